""".github/dependabot.yml: what is read of it, and what is said not to be."""

from __future__ import annotations

import pytest

from pinkit.errors import UsageError
from pinkit.formats.dependabot_versions import specifier_of
from pinkit.formats.dependabot_yml import BotSettings, read_dependabot
from pinkit.model.upgrade_policy import AllowRule, IgnoreRule, MoveGroup

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
    cooldown: {default-days: 5, semver-major-days: 20, include: [a*, B_c], exclude: [x, y]}
    groups:
      web: {patterns: ["Django*", flask], exclude-patterns: [django_q], update-types: [minor, Patch]}
      urgent: {applies-to: security-updates, dependency-type: production}
    allow:
      - dependency-type: direct
      - {dependency-name: "zope.*", update-types: ["version-update:semver-patch"]}
    ignore:
      - dependency-name: Left_Pad
      - {dependency-name: "aws-*", update-types: ["version-update:semver-major"]}
      - {dependency-name: b, versions: ["5.x", ">= 7, < 8"]}
  - package-ecosystem: uv
    directory: /tools
    labels: [other]
    cooldown: {default-days: 9, semver-minor-days: 1, include: [d], exclude: [y]}
    groups:
      web: {patterns: [never]}
      rest: {patterns: ["*"], dependency-type: all}
"""
ALL_LOCKS = "entries for several directories are not told apart: their rules hold for all locks"
NO_LIST = "it has no list of `updates`, and is not followed"
WHY = "ignored in .github/dependabot.yml"


def test_entries_for_python_are_taken_together() -> None:
    assert read_dependabot(FULL) == BotSettings(
        groups=(
            MoveGroup(name="rest", patterns=("*",)),
            MoveGroup(name="urgent", patterns=("*",), role="production", fixes=True),
            MoveGroup(
                name="web", patterns=("django*", "flask"), exclude=("django-q",), kinds=("minor", "patch")
            ),
        ),
        ignores=(
            IgnoreRule(pattern="left-pad", reason=WHY, fixes=False),
            IgnoreRule(pattern="aws-*", reason=WHY, kinds=("major",), fixes=False),
            IgnoreRule(pattern="b", reason=WHY, versions=("==5.*", ">=7,<8")),
        ),
        allows=(AllowRule(role="direct"), AllowRule(pattern="zope-*", kinds=("patch",))),
        labels=("dependencies", "python"),
        cooldown_days=9,
        cooldown_kinds=(("major", 20), ("minor", 5)),
        cooldown_include=("a*", "b-c", "d"),
        cooldown_exclude=("y",),
        open_limit=3,
        base="next",
        message="chore(deps): {title}",
        unread=(f".github/dependabot.yml: {ALL_LOCKS}",),
    )


@pytest.mark.parametrize(
    ("folders", "labels", "said"),
    [
        pytest.param({"/"}, ("dependencies", "python"), (), id="the first"),
        pytest.param({"/tools"}, ("other",), (), id="the second"),
        pytest.param({"/docs", "/tools"}, ("dependencies", "python"), (ALL_LOCKS,), id="both"),
        pytest.param({"/elsewhere"}, ("dependencies", "python"), (ALL_LOCKS,), id="neither, so all"),
    ],
)
def test_entries_hold_for_their_directories(
    folders: set[str], labels: tuple[str, ...], said: tuple[str, ...]
) -> None:
    found = read_dependabot(FULL, folders=folders)
    assert (found.labels, found.unread) == (labels, tuple(f".github/dependabot.yml: {s}" for s in said))


@pytest.mark.parametrize(
    ("said", "folder", "matches"),
    [
        ("directory: /", "/", True),
        ("directory: /", "/docs", False),
        ("directory: docs/", "/docs", True),
        ("directory: ./docs", "/docs", True),
        ("directories: [/a, '/lib-*']", "/lib-b", True),
        ("directories: ['/lib-*']", "/lib-b/c", False),
        ("directories: ['/**']", "/", True),
        ("directories: ['/**/*']", "/a/b", True),
        ("directories: ['/a.b']", "/axb", False),
        ("labels: [x]", "/a", True),
    ],
)
def test_directories(said: str, folder: str, matches: bool) -> None:
    content = f"updates: [{{package-ecosystem: pip, labels: [mine], {said}}}]\n".encode()
    other = b"{package-ecosystem: uv, labels: [other], directory: %s}" % folder.encode()
    content = content.replace(b"}]", b"}, %s]" % other).replace(
        b"labels: [mine], labels: [x]", b"labels: [mine]"
    )
    assert read_dependabot(content, folders={folder}).labels == (("mine",) if matches else ("other",))


@pytest.mark.parametrize(
    ("cooldowns", "days", "kinds", "include"),
    [
        pytest.param(["{semver-major-days: 8}"], None, (("major", 8),), (), id="a kind alone"),
        pytest.param(["{default-days: 4, semver-major-days: 0}"], 4, (), (), id="0 is the default"),
        pytest.param(["{default-days: 0}"], 0, (), (), id="none wanted"),
        pytest.param(["{include: [a]}", "{default-days: 2}"], 2, (), (), id="one entry includes all"),
        pytest.param(
            ["{default-days: 9}", "{semver-minor-days: 3}"], 9, (("minor", 9),), (), id="the longest of both"
        ),
    ],
)
def test_cooldowns(
    cooldowns: list[str], days: int | None, kinds: tuple[object, ...], include: tuple[str, ...]
) -> None:
    entries = "".join(f"  - package-ecosystem: pip\n    cooldown: {each}\n" for each in cooldowns)
    found = read_dependabot(f"updates:\n{entries}".encode())
    assert (found.cooldown_days, found.cooldown_kinds, found.cooldown_include) == (days, kinds, include)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{prefix: deps}", "deps: {title}"),
        ("{prefix: 'up ->'}", "up -> {title}"),
        ("{prefix: build, include: scope}", "build(deps): {title}"),
        ("{prefix: '[x]'}", "[x]: {title}"),
        ("{include: scope}", ""),
    ],
)
def test_messages(body: str, message: str) -> None:
    content = f"updates:\n  - package-ecosystem: pip\n    commit-message: {body}\n"
    assert read_dependabot(content.encode()).message == message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "", id="empty"),
        pytest.param(b"version: 2\n", NO_LIST, id="no updates"),
        pytest.param(b"version: 2\nupdates: 3\n", NO_LIST, id="no list"),
        pytest.param(b"version: 2\nupdates:\n  package-ecosystem: pip\n", NO_LIST, id="a mapping"),
        pytest.param(b"- a\n- b\n", NO_LIST, id="no mapping"),
        pytest.param(b"updates: []\n", "", id="an empty list"),
        pytest.param(b"updates:\n  - package-ecosystem: npm\n    labels: [x]\n", "", id="another ecosystem"),
        pytest.param(
            b"version: 1\nupdates:\n  - package-ecosystem: pip\n    labels: [x]\n",
            "version '1' is not followed: only 2 is known",
            id="another version",
        ),
        pytest.param(
            b"version: 1\nupdate_configs: []\n",
            "version '1' is not followed: only 2 is known",
            id="version 1",
        ),
    ],
)
def test_nothing_for_python(content: bytes, said: str) -> None:
    unread = (f".github/dependabot.yml: {said}",) if said else ()
    assert read_dependabot(content) == BotSettings(unread=unread)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param(
            "ignore: [{dependency-name: a, versions: [new]}]",
            "ignore of a by versions 'new' is not followed",
            id="versions",
        ),
        pytest.param(
            "ignore: [{update-types: [x]}]", "ignore of all by update-types 'x' is not followed", id="kinds"
        ),
        pytest.param(
            "allow: [{dependency-type: dev}]",
            "allow of all by dependency-type 'dev' is not followed",
            id="role",
        ),
        pytest.param(
            "groups: {g: {update-types: [big]}}", "update-types 'big' of group g is not followed", id="group"
        ),
        pytest.param(
            "groups: {g: {dependency-type: dev}}",
            "dependency-type 'dev' of group g is not followed",
            id="g role",
        ),
        pytest.param(
            "groups: {g: {applies-to: x}}", "applies-to 'x' of group g is not followed", id="applies"
        ),
        pytest.param(
            "groups: {g: {group-by: dependency-name}}", "group-by of group g is not followed", id="group by"
        ),
        pytest.param("labels: x", "labels is no list, and is not followed", id="labels"),
        pytest.param(
            "open-pull-requests-limit: many",
            "open-pull-requests-limit 'many' is no number, and is not followed",
            id="no limit",
        ),
        pytest.param(
            "cooldown: {semver-major-days: -3}",
            "semver-major-days '-3' is no number, and is not followed",
            id="no days",
        ),
        pytest.param("assignees: [a]", "assignees is not followed", id="people"),
        pytest.param(
            "commit-message: {prefix-development: x}",
            "prefix-development of commit-message is not followed",
            id="prefix",
        ),
        pytest.param(
            "versioning-strategy: widen",
            "versioning-strategy is not followed: see edit-inputs of [tool.pinkit.upgrade]",
            id="strategy",
        ),
        pytest.param(
            "open-pull-requests-limit: 0",
            "open-pull-requests-limit 0 is not followed: no plan is proposed unless it is published",
            id="no proposals",
        ),
    ],
)
def test_what_is_not_followed_is_said(body: str, said: str) -> None:
    found = read_dependabot(f"updates:\n  - package-ecosystem: pip\n    {body}\n".encode())
    assert found.unread == (f".github/dependabot.yml: {said}",)
    assert found.ignores == ()


@pytest.mark.parametrize(
    ("written", "specifier"),
    [
        ("5.x", "==5.*"),
        ("5.1.*", "==5.1.*"),
        ("== 5.*", "==5.*"),
        ("2.0.1", "==2.0.1"),
        (">= 2, < 3", ">=2,<3"),
        ("~> 1.4", "~=1.4"),
        ("~> 1", ""),
        ("^1", ""),
        ("[1,2)", ""),
    ],
)
def test_versions(written: str, specifier: str) -> None:
    assert specifier_of(written) == specifier


def test_what_is_no_yaml() -> None:
    with pytest.raises(UsageError, match=r"dependabot\.yml:2: no YAML"):
        read_dependabot(b"updates:\n  - [}\n")


def test_aliases_do_not_grow() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    text = "\n".join([*lines, "updates:", "  - package-ecosystem: pip", "    labels: *a59", ""])
    assert read_dependabot(text.encode()).labels == ()
