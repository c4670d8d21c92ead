""".github/dependabot.yml: what is read of it, and what is said not to be."""

from __future__ import annotations

import pytest

from pinkit.errors import UsageError
from pinkit.formats.dependabot_yml import BotSettings, read_dependabot

FULL = b"""
version: 2
updates:
  - package-ecosystem: github-actions
    directory: /
    cooldown: {default-days: 30}
    labels: [ci]
  - package-ecosystem: pip
    directories: [/, /docs]
    target-branch: next
    open-pull-requests-limit: 3
    labels: [dependencies, python]
    commit-message: {prefix: "chore(deps)"}
    cooldown: {default-days: 5, semver-major-days: 20}
    groups:
      web: {patterns: ["django*", flask]}
    ignore:
      - dependency-name: Left_Pad
      - dependency-name: "aws-*"
  - package-ecosystem: uv
    directory: /tools
    labels: [other]
    cooldown: {semver-minor-days: 9, semver-patch-days: 1}
    groups:
      web: {patterns: [never]}
      rest: {patterns: ["*"]}
"""


def test_entries_for_python_are_taken_together() -> None:
    assert read_dependabot(FULL) == BotSettings(
        groups=(("rest", ("*",)), ("web", ("django*", "flask"))),
        ignores=("Left_Pad", "aws-*"),
        labels=("dependencies", "python"),
        cooldown_days=9,
        open_limit=3,
        base="next",
        message="chore(deps): {title}",
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"version: 2\n",
        b"updates: 3\n",
        b"- a\n- b\n",
        b"updates:\n  - package-ecosystem: npm\n    labels: [x]\n",
    ],
    ids=["empty", "no updates", "no list", "no mapping", "another ecosystem"],
)
def test_nothing_for_python(content: bytes) -> None:
    assert read_dependabot(content) == BotSettings()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param(
            "ignore: [{dependency-name: a, versions: ['>2']}]", "ignore of a by versions", id="versions"
        ),
        pytest.param("ignore: [{update-types: [x]}]", "ignore of all by update-types", id="update types"),
        pytest.param(
            "groups: {g: {patterns: ['*'], exclude-patterns: [b]}}", "exclude-patterns of group g", id="group"
        ),
        pytest.param("cooldown: {default-days: 1, exclude: [c]}", "exclude of cooldown", id="cooldown"),
    ],
)
def test_what_is_not_followed_is_said(body: str, said: str) -> None:
    found = read_dependabot(f"updates:\n  - package-ecosystem: pip\n    {body}\n".encode())
    assert found.unread == (f".github/dependabot.yml: {said} is not followed",)
    assert found.ignores == ()


def test_what_is_no_yaml() -> None:
    with pytest.raises(UsageError, match=r"dependabot\.yml:2: no YAML"):
        read_dependabot(b"updates:\n  - [}\n")


def test_aliases_do_not_grow() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    text = "\n".join([*lines, "updates:", "  - package-ecosystem: pip", "    labels: *a59", ""])
    assert read_dependabot(text.encode()).labels == ()
