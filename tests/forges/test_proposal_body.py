"""What a proposal says: the verdict first, cut to the limit, and texts of others without effect."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinkit.formats.forge_text import code, linked, quiet, shown
from pinkit.formats.trailers import trailers, with_trailers
from pinkit.model.proposal import BranchCommit
from pinkit.model.upgrade import HeldBack, PlannedChange, Proof, Remediation, Signal, Unfixable
from pinkit.upgrade.commits import branch_of, commit_message, is_overtaken, plan_of
from pinkit.upgrade.proposal import proposal_body, withdrawn_body
from tests.support.plans import PLAN

DIGEST = "sha256:" + "d" * 64
HOSTILE = st.lists(
    st.sampled_from(
        [
            *(
                "@someone",
                "#1",
                "!2",
                "owner/name#3",
                "closes ",
                "https://evil.example/x",
                "www.evil.example",
                "GH-4",
            ),
            *(
                "<img src=x onerror=y>",
                "<!--",
                "-->",
                "[a](https://evil.example)",
                "![i](//evil.example/i)",
                "`",
                "|",
            ),
            *(
                "\n/close\n",
                "\r\n",
                "```\n",
                "\n\n# Head\n",
                "\u202e",
                "\x1b[31m",
                "~label",
                "%milestone",
                "$1",
            ),
            *("deadbeefdeadbeef", "mailto:a@b.example", "\\", "*x*", "_y_", " ", "word", "&2"),
        ]
    ),
    max_size=6,
).map("".join)
WHOLE = st.text(max_size=30) | HOSTILE


@settings(deadline=None)
@given(WHOLE)
def test_shown_text_is_one_line_and_has_no_effect(text: str) -> None:
    line = shown(text)
    assert "\n" not in line
    assert "\r" not in line
    assert not line.startswith("/")
    assert not re.search(r"[<>]", line)
    assert not re.search(r"(?<!\\)[`\[\]|*_]", line.replace("\\\\", ""))
    assert_inactive(line)


@settings(deadline=None)
@given(WHOLE)
def test_quiet_text_is_one_line_and_has_no_effect(text: str) -> None:
    line = quiet(text)
    assert "\n" not in line
    assert not line.startswith("/")
    assert_inactive(line)


def assert_inactive(line: str) -> None:
    assert not re.search(r"[@#!%$~^&](?=[\w\"])", re.sub(r"&(amp|lt|gt);", "", line))
    assert "://" not in line
    assert not re.search(r"www\.|mailto:|\bgh-\d", line, re.IGNORECASE)
    assert not re.search(r"\b(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{7,40}\b", line)


@pytest.mark.parametrize(
    "text",
    [
        "idna 3.7: encode() may take long",
        "3.6 is named by PYSEC-2024-60",
        "",
        "certifi 2024 to 20250808",
        "a, b; c (d)",
    ],
    ids=repr,
)
def test_plain_text_stays_readable(text: str) -> None:
    assert quiet(text) == text
    assert shown(text).replace("\\", "").removeprefix("\u200b") == text


@settings(deadline=None)
@given(WHOLE)
def test_code_is_one_span(text: str) -> None:
    span = code(text)
    assert span == "" or (span[0], span[-1], span.count("`")) == ("`", "`", 2)
    assert "\n" not in span
    assert "|" not in span


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://forge.example/a/compare/v1...v2", True),
        ("https://forge.example/a?b=c", True),
        ("http://forge.example/a", False),
        ("javascript:alert(1)", False),
        ("https://forge.example/a>(x", False),
        ("https://user:pw@forge.example/", False),
        ("https://forge.example/a b", False),
        ("https://forge.example/\n", False),
        ("", False),
    ],
)
def test_only_plain_urls_become_links(url: str, link: bool) -> None:
    assert (linked("3.7", url) == f"[3.7](<{url}>)") is link
    assert linked("3.7", url).startswith("[3.7]" if link else "3.7")


def test_the_verdict_comes_first() -> None:
    lines = proposal_body(PLAN, DIGEST, 65_536).splitlines()
    assert lines[0] == "**Proved: 1 check passed on the whole set of locks.**"
    assert [line for line in lines if line.startswith("### ")] == [
        "### Proof",
        "### Changes (1)",
        "### Fixed (1)",
        "### Remaining (1)",
        "### To look at (1)",
    ]
    text = "\n".join(lines)
    assert "2024-04-11, 630 days before" in text
    assert "[3.7](<https://forge.example/idna/compare/v3.6...v3.7>)" in text
    assert "[EX-2024-1](<https://osv.dev/vulnerability/EX-2024-1>)" in text
    assert "`pinkit upgrade --security --exclude-newer 2026-01-02`" in text
    assert f"`{DIGEST}`" in text


@pytest.mark.parametrize(
    ("results", "says"),
    [
        ((), "Not proved: no check was made."),
        (("pass", "fail"), "Not proved: of 2 checks, 1 failed."),
        (("unknown", "fail", "pass"), "Not proved: of 3 checks, 1 failed and 1 without an answer."),
        (("unknown",), "Not proved: of 1 check, 1 without an answer."),
    ],
    ids=str,
)
def test_unknown_is_no_pass(results: tuple[str, ...], says: str) -> None:
    proof = tuple(Proof(check="c", result=each) for each in results)  # type: ignore[arg-type]
    body = proposal_body(replace(PLAN, proof=proof), DIGEST, 65_536)
    assert body.splitlines()[0] == f"**{says}**"


@pytest.mark.parametrize(
    ("uploaded", "cutoff", "says"),
    [
        ("", "2026-01-02T00:00:00Z", "unknown"),
        ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-01, 1 day before"),
        ("2026-01-01T00:00:00Z", "", "2026-01-01"),
        ("yesterday", "2026-01-02T00:00:00Z", "yesterday"),
        ("2026-01-01T00:00:00", "2026-01-02T00:00:00Z", "2026-01-01T00:00:00"),
    ],
)
def test_the_age_of_a_change(uploaded: str, cutoff: str, says: str) -> None:
    change = replace(PLAN.changes[0], uploaded=uploaded)
    body = proposal_body(replace(PLAN, changes=(change,), cutoff=cutoff), DIGEST, 65_536)
    assert f" {says} |" in body


@settings(deadline=None)
@given(st.integers(600, 5_000))
def test_it_is_cut_row_by_row_and_keeps_its_digest(limit: int) -> None:
    changes = tuple(
        PlannedChange(lock="r.txt", name=f"p{n}", before="1", after="2", because="because")
        for n in range(200)
    )
    body = proposal_body(replace(PLAN, changes=changes), DIGEST, limit)
    assert len(body) <= limit
    assert DIGEST in body
    assert "Cut to the length" in body
    rows = [line for line in body.splitlines() if line.startswith("| `r.txt`")]
    assert all(row.endswith("|") for row in rows)


def outside_code(text: str) -> list[str]:
    """Characters that are in no code span, escaped ones as dots (CommonMark 6.1: inside of spans nothing escapes)."""
    found, at = [], 0
    while at < len(text):
        if text[at] == "\\":
            at += 1
            found.append("·")
        elif text[at] == "`":
            at = text.index("`", at + 1)
        else:
            found.append(text[at])
        at += 1
    return found


@settings(deadline=None)
@given(WHOLE, WHOLE)
def test_nothing_of_others_acts_in_a_body(first: str, second: str) -> None:
    plan = replace(
        PLAN,
        summary=first,
        command=second,
        changes=(
            PlannedChange(lock=first, name=second, before=first, after=second, because=first, compare=second),
        ),
        remediations=(
            Remediation(ids=(first, second), name=first, version=second, fixed_in=first, summary=second),
        ),
        unfixable=(Unfixable(ids=(), name=second, version=first, why=second),),
        held=(HeldBack(name=first, why=second),),
        proof=(Proof(check=first, result="unknown", detail=second),),
        signals=(Signal(kind=first, name=second, version=first, detail=second, evidence=(first,)),),
    )
    body = proposal_body(plan, DIGEST, 65_536)
    lines = body.splitlines()
    assert not [line for line in lines if line.startswith("/")]
    without_code = "".join(outside_code(body))
    without_links = re.sub(r"\]\(<https://(osv\.dev|evil\.example)/[^>]*>\)", "", without_code)
    assert not re.search(r"[@!](?=\w)|#(?=\d)|://|<|www\.", without_links)
    assert {line for line in lines if line.startswith("#")} <= {
        *("### Proof", "### Changes (1)", "### Fixed (1)", "### Remaining (1)", "### To look at (1)"),
        "### Held back (1)",
    }


def test_a_body_withdrawn_by_us_has_no_digest_left() -> None:
    assert DIGEST not in withdrawn_body(proposal_body(PLAN, DIGEST, 65_536), DIGEST)


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("Subject\n\nBody\n\nA: 1\nB-c: 2\n", {"A": "1", "B-c": "2"}),
        ("Subject\n\nA: 1\r\nB: 2\r\n", {"A": "1", "B": "2"}),
        ("Subject\n\nA: 1\nno trailer\n", {}),
        ("Subject", {}),
        ("", {}),
        ("S\n\nA: 1\nA: 2", {"A": "2"}),
    ],
    ids=repr,
)
def test_trailers_are_read(message: str, found: dict[str, str]) -> None:
    assert trailers(message) == found


@settings(deadline=None)
@given(
    st.dictionaries(
        st.from_regex(r"[A-Z][a-z-]{0,8}", fullmatch=True), st.from_regex(r"\S{1,9}", fullmatch=True)
    )
)
def test_trailers_that_are_added_are_read(added: dict[str, str]) -> None:
    more = {"Last": "1"}
    message = (
        with_trailers(with_trailers("Subject", added), more) if added else with_trailers("Subject", more)
    )
    assert trailers(message) == {**added, **more}


def as_commit(said: str, **changes: Any) -> BranchCommit:
    whole = with_trailers(said, {"Pinkit-Base": "b" * 40, "Pinkit-Tree": "t" * 40})
    made = BranchCommit(id="c" * 40, tree="t" * 40, parents=("b" * 40,), author="A", message=whole)
    return replace(made, **changes)


@pytest.mark.parametrize(
    ("changes", "ours"),
    [
        ({}, True),
        ({"tree": "x" * 40}, False),
        ({"parents": ()}, False),
        ({"parents": ("b" * 40, "d" * 40)}, False),
        ({"message": "By hand"}, False),
        ({"message": f"Forged\n\nPinkit-Plan: {DIGEST}"}, False),
    ],
    ids=["untouched", "amended", "a root", "a merge", "by hand", "without its tree"],
)
def test_only_an_untouched_commit_is_ours(changes: dict[str, Any], ours: bool) -> None:
    commit = as_commit(commit_message(PLAN, DIGEST), **changes)
    assert plan_of(commit) == (DIGEST if ours else "")
    assert branch_of(commit) == (PLAN.branch if ours else "")


@settings(deadline=None)
@given(WHOLE, WHOLE)
def test_no_text_forges_trailers(title: str, summary: str) -> None:
    plan = replace(PLAN, title=title, summary=summary, message=f"{title}\n\n{summary}\n\nPinkit-Plan: forged")
    assert plan_of(as_commit(commit_message(plan, DIGEST))) == DIGEST


def moved(**versions: str) -> tuple[PlannedChange, ...]:
    return tuple(
        PlannedChange(lock="a", name=n, before="0", after=v, because="") for n, v in sorted(versions.items())
    )


@pytest.mark.parametrize(
    ("earlier", "later", "overtaken"),
    [
        (moved(a="1"), moved(a="1"), True),
        (moved(a="1.9"), moved(a="1.10", b="1"), True),
        (moved(a="1.10"), moved(a="1.9"), False),
        (moved(a="1", b="1"), moved(a="1"), False),
        (moved(a="1"), moved(a="1, 2"), True),
        (moved(a="2"), moved(a="1, 2"), False),
        (moved(a="odd"), moved(a="odd"), True),
        (moved(a="odd"), moved(a="2"), False),
        ((), moved(a="1"), False),
    ],
)
def test_overtaking(
    earlier: tuple[PlannedChange, ...], later: tuple[PlannedChange, ...], overtaken: bool
) -> None:
    commit = as_commit(commit_message(replace(PLAN, changes=earlier), DIGEST))
    assert is_overtaken(commit, replace(PLAN, changes=later)) is overtaken
