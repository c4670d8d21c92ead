"""plan.json: same plan, same bytes; nothing that was changed afterwards is read."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinkit.errors import IntegrityError, UsageError
from pinkit.formats.plan_json import (
    is_branch,
    is_inner_path,
    plan_digest,
    plan_json,
    read_plan,
    runs_by_itself,
)
from pinkit.model.upgrade import PlannedChange, PlannedFile, Proof, UpgradePlan
from tests.support.plans import PLAN

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
CHANGES = st.builds(PlannedChange, lock=TEXT, name=TEXT, before=TEXT, after=TEXT, because=TEXT)
FILES = st.builds(
    PlannedFile,
    path=st.from_regex(r"[a-f]{1,8}(/[a-f]{1,8})?\.txt", fullmatch=True),
    before=st.sampled_from(["", "sha256:" + "0" * 64]),
    content=st.none() | TEXT,
)
PLANS = st.builds(
    UpgradePlan,
    mode=st.sampled_from(["security", "named", "group", "all", "fixup"]),
    title=st.just("Upgrade idna"),
    branch=st.just("pinkit/all"),
    summary=TEXT,
    labels=st.tuples(TEXT),
    open_limit=st.integers(0, 50),
    changes=st.lists(CHANGES, max_size=3).map(tuple),
    files=st.lists(FILES, max_size=3, unique_by=lambda f: f.path).map(tuple),
)


def signed_again(document: dict[str, Any]) -> bytes:
    """The document with the digest that it should have, as a newer version would write it."""
    rest = {key: value for key, value in document.items() if key != "digest"}
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()
    return json.dumps({**rest, "digest": f"sha256:{hashlib.sha256(canonical).hexdigest()}"}).encode()


@given(PLANS)
def test_what_is_written_is_read(plan: UpgradePlan) -> None:
    text = plan_json(plan)
    assert read_plan(text.encode(), "plan.json") == (plan, plan_digest(plan))
    assert plan_json(plan) == text


def test_the_document_has_the_keys_of_the_contract() -> None:
    document = json.loads(plan_json(PLAN))
    assert document["version"] == 1
    assert {"lock", "name", "from", "to", "because"} <= set(document["changes"][0])
    assert document["fixed"] == ["CVE-2024-1", "EX-2024-1"]
    assert {"ids", "name", "version", "why"} <= set(document["unfixable"][0])
    assert {"check", "result", "detail"} <= set(document["proof"][0])
    assert document["files"][0].keys() == {"path", "before", "content"}


def test_keys_of_newer_versions_are_left_out() -> None:
    document = json.loads(plan_json(PLAN)) | {"weather": "fine"}
    document["files"][0]["mode"] = "100644"
    plan, digest = read_plan(signed_again(document), "plan.json")
    assert plan == PLAN
    assert digest != plan_digest(PLAN)


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda d: d["files"][0].update(content="evil==1\n"), id="content"),
        pytest.param(lambda d: d.update(title="Something else"), id="title"),
        pytest.param(lambda d: d.update(digest="sha256:" + "0" * 64), id="digest"),
        pytest.param(lambda d: d.pop("digest"), id="no digest"),
        pytest.param(lambda d: d.update(weather="fine"), id="unknown key"),
    ],
)
def test_what_was_edited_is_refused(edit: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads(plan_json(PLAN))
    edit(document)
    with pytest.raises(IntegrityError, match="is not as"):
        read_plan(json.dumps(document).encode(), "plan.json")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"\xff", "no JSON", id="no text"),
        pytest.param(b"{", "no JSON", id="no json"),
        pytest.param(b'{"version": 1, "title": "\\ud800"}', "no JSON", id="half a surrogate pair"),
        pytest.param(b"[" * 100_000, "no JSON", id="deep"),
        pytest.param(b"[]", "no upgrade plan of version 1", id="array"),
        pytest.param(b'{"version": 2}', "no upgrade plan of version 1", id="newer"),
        pytest.param(signed_again({"version": 1}), "no upgrade plan", id="keys missing"),
        pytest.param(signed_again({"version": 1, "changes": [3]}), "no upgrade plan", id="change"),
    ],
)
def test_what_is_no_plan_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read_plan(content, "plan.json")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param({"branch": "--force"}, "no name that a branch", id="option as branch"),
        pytest.param({"branch": ""}, "no branch of its own", id="no branch"),
        pytest.param({"branch": "main"}, "no branch of its own", id="branch is base"),
        pytest.param({"base": "a..b"}, "no name that a branch", id="range as base"),
        pytest.param({"title": "a\nb"}, "one line", id="two lines of title"),
        pytest.param({"title": " "}, "one line", id="no title"),
        pytest.param(
            {"files": (PlannedFile(path="../x", before="", content=""),)}, "no path inside", id="path escape"
        ),
        pytest.param(
            {"files": (PlannedFile(path="x", before="sha256:1", content=""),)}, "no digest", id="digest"
        ),
        pytest.param(
            {
                "files": (
                    PlannedFile(path="x", before="", content=""),
                    PlannedFile(path="X", before="", content=""),
                )
            },
            "twice",
            id="same path twice",
        ),
        pytest.param(
            {
                "files": (
                    PlannedFile(path="a/b", before="", content=""),
                    PlannedFile(path="a", before="", content=""),
                )
            },
            "below another file",
            id="a file that is a folder",
        ),
        pytest.param(
            {"files": (PlannedFile(path=".github/workflows/x.yml", before="", content=""),)},
            "no file of a plan",
            id="a workflow",
        ),
    ],
)
def test_a_plan_that_none_may_follow_is_neither_written_nor_read(change: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        plan_json(replace(PLAN, **change))
    document = json.loads(plan_json(PLAN)) | {k: v for k, v in change.items() if k != "files"}
    if "files" in change:
        document["files"] = [{"path": f.path, "before": f.before, "content": ""} for f in change["files"]]
    with pytest.raises(UsageError, match=says):
        read_plan(signed_again(document), "plan.json")


def test_too_much_is_not_read() -> None:
    with pytest.raises(UsageError, match="larger than 64 MiB"):
        read_plan(b" " * ((64 << 20) + 1), "plan.json")


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("pinkit/security", True),
        ("main", True),
        ("release-1.2", True),
        ("", False),
        ("-x", False),
        ("a/-x", False),
        ("a/.b", False),
        ("a//b", False),
        ("a.lock", False),
        ("a.lock/b", False),
        ("a@{1}", False),
        ("a b", False),
        ("a~1", False),
        ("a:b", False),
        ("x" * 201, False),
    ],
)
def test_names_of_branches(name: str, good: bool) -> None:
    assert is_branch(name) is good


@pytest.mark.parametrize(
    ("path", "good"),
    [
        ("requirements.txt", True),
        ("locks/ä b.txt", True),
        (".github/dependabot.yml", True),
        ("", False),
        ("/etc/passwd", False),
        ("a/../b", False),
        ("./a", False),
        ("a//b", False),
        (".git/config", False),
        ("a/.GIT/hooks/x", False),
        (".git ./config", False),
        ("git~1/config", False),
        ("a\\b", False),
        ("c:x", False),
        ("a\nb", False),
        ("a\0b", False),
    ],
)
def test_paths(path: str, good: bool) -> None:
    assert is_inner_path(path) is good


@pytest.mark.parametrize(
    ("results", "proved"),
    [((), False), (("pass",), True), (("pass", "unknown"), False), (("pass", "fail"), False)],
    ids=str,
)
def test_only_passes_prove(results: tuple[Any, ...], proved: bool) -> None:
    plan = replace(PLAN, proof=tuple(Proof(check="c", result=each) for each in results))
    assert plan.proved is proved


@pytest.mark.parametrize(
    ("path", "runs"),
    [
        (".github/workflows/x.yml", True),
        (".GitHub/actions/own/action.YAML", True),
        (".forgejo/workflows/x.yaml", True),
        (".gitlab-ci.yml", True),
        (".gitlab/jobs.yml", True),
        (".github/requirements.txt", False),
        ("docs/.github/x.yml", False),
        ("requirements.txt", False),
    ],
)
def test_what_forges_run_by_themselves(path: str, runs: bool) -> None:
    assert runs_by_itself(path) is runs
