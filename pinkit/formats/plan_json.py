"""plan.json: an upgrade plan as versioned JSON that carries its own digest.

The same plan gives the same bytes. The digest covers the whole document, keys of newer versions included, so that
what is published is what was planned.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict
from typing import Any

import msgspec

from pinkit.errors import IntegrityError, UsageError
from pinkit.model.upgrade import UpgradePlan

VERSION = 1
MAX_BYTES = 64 << 20
_DIGEST = re.compile(r"(sha256:[0-9a-f]{64})?")
_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_+.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_+.-]*)*")
_FORGE_FOLDERS = (".github", ".gitlab", ".forgejo", ".gitea", ".woodpecker", ".circleci")
_PIPELINES = (".gitlab-ci.yml", ".woodpecker.yml", ".woodpecker.yaml", ".drone.yml", ".travis.yml")
_NAMES = {"before": "from", "after": "to"}
"""Fields of a change and their keys in the document."""


def plan_json(plan: UpgradePlan) -> str:
    """The document, with a newline at its end. Raises `UsageError` for what `read_plan` would refuse."""
    _check(plan, "the plan")
    content = asdict(plan)
    content["changes"] = [_renamed(change, _NAMES) for change in content["changes"]]
    document = {"version": VERSION, "digest": "", **content, "fixed": list(plan.fixed)}
    document["digest"] = _digest(document)
    return json.dumps(document, indent=2) + "\n"


def plan_digest(plan: UpgradePlan) -> str:
    """The "sha256:hex" that the plan's document carries."""
    return str(json.loads(plan_json(plan))["digest"])


def read_plan(content: bytes, file: str) -> tuple[UpgradePlan, str]:
    """The plan and its digest; keys that this version does not know are left out.

    Raises `UsageError` for what is no plan of this version or names a path or branch that none may have,
    `IntegrityError` where the document is not the one that was written.
    """
    document = _document(content, file)
    digest = _digest(document)
    if document.get("digest") != digest:
        raise IntegrityError(
            f"{file} is not as `pinkit upgrade` wrote it",
            f"it says digest {str(document.get('digest'))[:80]!r}, its content has {digest}",
            "make the plan again",
        )
    changes = document.get("changes")
    if isinstance(changes, list):
        back = {key: field for field, key in _NAMES.items()}
        document["changes"] = [_renamed(c, back) if isinstance(c, dict) else c for c in changes]
    try:
        plan = msgspec.convert(document, UpgradePlan)
    except msgspec.ValidationError as problem:
        raise UsageError(f"{file} is no upgrade plan", str(problem)) from None
    _check(plan, file)
    return plan, digest


def is_branch(name: str) -> bool:
    """Whether `name` is a branch that plans may name: no option, no revision syntax, nothing that git forbids."""
    forbidden = (".." in name, name.endswith((".", ".lock")), "./" in name, ".lock/" in name, len(name) > 200)
    return bool(_BRANCH.fullmatch(name)) and not any(forbidden)


def is_inner_path(path: str) -> bool:
    """Whether `path` stays inside a repository and out of git's own folder, on every platform."""
    parts = path.split("/")
    return (
        path.isprintable()
        and not {"\\", ":", '"'} & set(path)
        and all(part not in ("", ".", "..") for part in parts)
        and not any(part.lower().rstrip(". ") in (".git", "git~1") for part in parts)
    )


def runs_by_itself(path: str) -> bool:
    """Whether forges take what stands there for work to do as soon as it is pushed: no upgrade touches that."""
    folder, _, rest = path.casefold().partition("/")
    return folder in _PIPELINES or (folder in _FORGE_FOLDERS and rest.endswith((".yml", ".yaml")))


def _document(content: bytes, file: str) -> dict[str, Any]:
    if len(content) > MAX_BYTES:
        raise UsageError(f"{file} is larger than {MAX_BYTES >> 20} MiB", hint="is this the right file?")
    try:
        document = json.loads(content)
        json.dumps(document, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError) as problem:
        raise UsageError(f"{file} is no JSON", str(problem)) from None
    if not isinstance(document, dict) or document.get("version") != VERSION:
        hint = "make it with `pinkit upgrade --plan`"
        raise UsageError(f"{file} is no upgrade plan of version {VERSION}", hint=hint)
    return document


def _digest(document: dict[str, Any]) -> str:
    rest = {key: value for key, value in document.items() if key != "digest"}
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"


def _renamed(table: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in table.items()}


def _check(plan: UpgradePlan, file: str) -> None:
    for branch in filter(None, (plan.branch, plan.base)):
        if not is_branch(branch):
            raise UsageError(f"{file}: {branch!r} is no name that a branch may have here")
    if not plan.branch or plan.branch == plan.base:
        raise UsageError(f"{file} names no branch of its own")
    if not plan.title.strip() or not plan.title.isprintable():
        raise UsageError(f"{file}: the title must be one line of text")
    paths = [each.path for each in plan.files]
    for each in plan.files:
        if not is_inner_path(each.path):
            raise UsageError(f"{file}: {each.path!r} is no path inside the repository")
        if runs_by_itself(each.path):
            why = "a forge would run what stands there, and no upgrade changes that"
            raise UsageError(f"{file}: {each.path!r} is no file of a plan", why)
        if not _DIGEST.fullmatch(each.before):
            raise UsageError(f"{file}: {each.path} has no digest of what it replaces")
    if len({path.casefold() for path in paths}) != len(paths):
        raise UsageError(f"{file} names a path twice")
    inner = next((path for path in paths if any(path.startswith(f"{other}/") for other in paths)), None)
    if inner:
        raise UsageError(f"{file}: {inner!r} is below another file of the plan")
