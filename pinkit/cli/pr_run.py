"""What `pinkit pr` does: the plan's file, the forge, the branches, and what to say of it."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.adapters.files import read_bytes, write_atomically
from pinkit.adapters.forges.known import KINDS, Place, api_for, forge_at, place_of
from pinkit.adapters.forges.token import found_token
from pinkit.adapters.git_publish import GitBranches
from pinkit.adapters.git_run import remote_url
from pinkit.cli.console import printable
from pinkit.errors import ExitCode, UsageError
from pinkit.formats.plan_json import read_plan
from pinkit.upgrade.commits import proposal_digest
from pinkit.workflows.publish import publish
from pinkit.workflows.publish_patch import patch_text, push_proposal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinkit.cli.settings import Settings
    from pinkit.model.proposal import Outcome
    from pinkit.model.upgrade import UpgradePlan
    from pinkit.ports import Branches

FORGES = (*KINDS, "patch")
_NOT_DONE = ("stopped", "limited")
_TOLD = {
    "created": "opened",
    "updated": "updated",
    "unchanged": "nothing to do, it shows this plan already:",
    "stopped": "stopped:",
    "limited": "not opened:",
    "declined": "not opened again:",
    "done": "nothing to do:",
    "withdrawn": "withdrawn:",
    "patch": "pushed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PrOptions:
    """The command line of `pinkit pr`, as written."""

    plan: str
    forge: str
    remote: str = "origin"
    repo: str = ""
    api_url: str = ""
    token_env: str = ""
    token_file: str = ""
    token_command: str = ""
    through: str = "git"
    output: str = ""
    push_options: str = ""
    format: str = "text"


def run_pr(options: PrOptions, settings: Settings) -> int:
    """The exit code of `pinkit pr`."""
    _check(options, settings)
    plan, _ = read_plan(read_bytes(options.plan), options.plan)
    digest = proposal_digest(plan)
    if options.forge == "patch":
        return _patch(options, settings, plan, digest)
    names = (options.token_env,) if options.token_env else KINDS[options.forge].variables
    token = found_token(os.environ, names, file=options.token_file, command=options.token_command)
    url = "" if options.through == "api" and options.repo and options.api_url else _remote(options)
    place = place_of(options.forge, url, options.repo, options.api_url)
    api = api_for(options.forge, place, token)
    with ExitStack() as stack:
        branches: Branches
        if options.through == "api":
            from pinkit.adapters.forges.github_branches import GitHubBranches

            branches = GitHubBranches(api, place.slug)
        else:
            user = KINDS[options.forge].user
            git = GitBranches(checkout=Path.cwd(), url=_pushed(url, place), token=token, user=user)
            branches = stack.enter_context(git)
        outcome = publish(plan, digest, forge_at(options.forge, api, place), branches)
    return _tell(options, settings, outcome)


def _check(options: PrOptions, settings: Settings) -> None:
    if options.forge not in FORGES:
        raise UsageError(f"--forge {options.forge}: no such forge", hint=f"it can be {', '.join(FORGES)}")
    if options.through not in ("git", "api"):
        raise UsageError(f"--commit-through {options.through}: no such way", hint="say git or api")
    if options.through == "api" and options.forge != "github":
        raise UsageError("--commit-through api is for --forge github", hint="leave it out")
    if options.format not in ("text", "json"):
        raise UsageError(f"--format {options.format}: no such rendering", hint="text or json")
    if options.push_options not in ("", "gitlab", "agit"):
        raise UsageError(f"--push-options {options.push_options}: no such kind", hint="gitlab or agit")
    if (options.push_options or options.output) and options.forge != "patch":
        raise UsageError("--push-options and -o are for --forge patch")
    if settings.offline:
        raise UsageError("a plan cannot be published with --offline")


def _patch(options: PrOptions, settings: Settings, plan: UpgradePlan, digest: str) -> int:
    if not plan.files:
        settings.console.note("the plan changes no file: there is nothing to make a patch of")
        return int(ExitCode.YES)
    with GitBranches(checkout=Path.cwd(), url=_remote(options)) as branches:
        if options.push_options:
            return _tell(options, settings, push_proposal(plan, digest, branches, options.push_options))
        text = patch_text(plan, digest, branches)
    if options.output:
        write_atomically(options.output, text.encode())
    else:
        settings.console.answer(text)
    return int(ExitCode.YES)


def _remote(options: PrOptions) -> str:
    return remote_url(Path.cwd(), options.remote)


def _pushed(url: str, place: Place) -> str:
    """The URL to push to; a token of the forge is not sent to another host than the forge's."""
    if url.startswith(("http://", "https://")) and not place.serves(url):
        raise UsageError(
            "the git remote is at another host than the forge's API",
            "the token would be sent to both",
            "name the right --remote or --api-url",
        )
    return url


def _tell(options: PrOptions, settings: Settings, outcome: Outcome) -> int:
    if options.format == "json":
        settings.console.answer(json.dumps({"version": 1, **asdict(outcome)}, indent=2) + "\n")
    else:
        settings.console.answer(printable("\n".join(_lines(outcome))) + "\n")
    return int(ExitCode.NO if outcome.action in _NOT_DONE else ExitCode.YES)


def _lines(outcome: Outcome) -> Sequence[str]:
    first = f"{outcome.branch}: {_TOLD[outcome.action]} {outcome.detail} {outcome.url}"
    lines = [" ".join(first.split())]
    lines += [f"closed {number}" for number in outcome.overtaken]
    lines += [f"left {number} open: {why}" for number, why in outcome.left]
    if outcome.action == "stopped":
        lines.append("hint: merge or close it, or delete the branch; then it is made anew")
    return lines
