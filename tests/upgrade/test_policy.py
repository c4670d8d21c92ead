"""The policy of upgrades: the configuration's table first, then an existing dependabot.yml, then defaults."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from pinkit.errors import UsageError
from pinkit.formats.cutoff import DAY_S
from pinkit.formats.dependabot_yml import BotSettings
from pinkit.model.upgrade_policy import AllowRule, Cooldown, IgnoreRule, MoveGroup
from pinkit.upgrade.policy import UpgradePolicy
from pinkit.upgrade.policy_table import read_policy

BOT = BotSettings(
    groups=(MoveGroup(name="all", patterns=("*",)), MoveGroup(name="web", patterns=("django*",))),
    ignores=(IgnoreRule(pattern="aws-*", reason="ignored there", fixes=False),),
    allows=(AllowRule(role="direct"),),
    labels=("bot",),
    cooldown_days=3,
    cooldown_kinds=(("major", 30),),
    cooldown_include=("a*",),
    cooldown_exclude=("aa",),
    open_limit=2,
    base="next",
    message="deps: {title}",
)


def test_defaults() -> None:
    assert read_policy({}, "f") == UpgradePolicy()
    assert UpgradePolicy().cooldown == Cooldown(default_s=7 * DAY_S)


def test_the_table_goes_before_the_bots_file_and_both_before_defaults() -> None:
    table = {
        "labels": ["own"],
        "groups": {"web": ["flask"]},
        "ignore": [{"name": "Some.Thing", "reason": "r", "until": "2026-02-01"}],
        "allow": [{"name": "Zope.*"}],
    }
    policy = read_policy(table, "f", bot=BOT)
    assert policy == UpgradePolicy(
        cooldown=Cooldown(
            default_s=3 * DAY_S, kinds=(("major", 30 * DAY_S),), include=("a*",), exclude=("aa",)
        ),
        ignores=(
            IgnoreRule(pattern="some-thing", reason="r", until="2026-02-01"),
            IgnoreRule(pattern="aws-*", reason="ignored there", fixes=False),
        ),
        allows=(AllowRule(pattern="zope-*"), AllowRule(role="direct")),
        groups=(MoveGroup(name="all", patterns=("*",)), MoveGroup(name="web", patterns=("flask",))),
        labels=("own",),
        open_limit=2,
        base="next",
        message="deps: {title}",
    )
    assert read_policy({"cooldown": "2d"}, "f", bot=BOT).cooldown == Cooldown(default_s=2 * DAY_S)
    assert read_policy({"cooldown": "2d"}, "f", "1h", BOT).cooldown == Cooldown(default_s=3600)


def test_everything_that_a_table_can_say() -> None:
    from datetime import date

    table = {
        "base": "next",
        "branch-prefix": "up/",
        "commit-message": "chore: {title}",
        "edit-inputs": True,
        "open-limit": 0,
        "cooldown": {"default": "5d", "major": "30d", "patch": "1d", "include": ["A_*"], "exclude": ["a.b"]},
        "groups": {
            "web": {
                "patterns": ["Django*"],
                "exclude-patterns": ["django_q"],
                "update-types": ["patch", "minor"],
                "dependency-type": "production",
            },
            "urgent": {"applies-to": "security-updates", "dependency-type": "all"},
        },
        "ignore": [
            {"name": "a*", "reason": "r", "update-types": ["major"], "until": date(2027, 1, 31)},
            {"name": "b", "reason": "r", "versions": [">= 5, < 6", "==7.*"]},
        ],
        "allow": [{"dependency-type": "direct", "update-types": ["major", "minor"]}],
    }
    assert read_policy(table, "f") == UpgradePolicy(
        cooldown=Cooldown(
            default_s=5 * DAY_S,
            kinds=(("major", 30 * DAY_S), ("patch", DAY_S)),
            include=("a-*",),
            exclude=("a-b",),
        ),
        groups=(
            MoveGroup(
                name="web",
                patterns=("django*",),
                exclude=("django-q",),
                role="production",
                kinds=("minor", "patch"),
            ),
            MoveGroup(name="urgent", patterns=("*",), fixes=True),
        ),
        ignores=(
            IgnoreRule(pattern="a*", reason="r", kinds=("major",), until="2027-01-31"),
            IgnoreRule(pattern="b", reason="r", versions=(">=5,<6", "==7.*")),
        ),
        allows=(AllowRule(role="direct", kinds=("major", "minor")),),
        base="next",
        branch_prefix="up/",
        message="chore: {title}",
        open_limit=0,
        edit_inputs=True,
    )
    assert read_policy({"cooldown": {"major": "30d"}}, "f", bot=BOT).cooldown == Cooldown(
        default_s=3 * DAY_S, kinds=(("major", 30 * DAY_S),)
    )


@pytest.mark.parametrize(
    ("name", "kind", "days"),
    [
        pytest.param("ab", "patch", 7, id="of all"),
        pytest.param("ab", "major", 30, id="of its kind"),
        pytest.param("ab", None, 7, id="a new name"),
        pytest.param("b", "major", 0, id="not included"),
        pytest.param("aa", "major", 0, id="excluded"),
    ],
)
def test_ages(name: str, kind: Any, days: int) -> None:
    cooldown = Cooldown(default_s=7 * DAY_S, kinds=(("major", 30 * DAY_S),), include=("a*",), exclude=("aa",))
    assert cooldown.age_s(name, kind) == days * DAY_S
    assert not cooldown.uniform


@pytest.mark.parametrize(
    ("allows", "kinds"),
    [
        pytest.param((), ("major", "minor", "patch"), id="nothing said"),
        pytest.param((AllowRule(pattern="b*"),), (), id="another name"),
        pytest.param((AllowRule(role="indirect"),), (), id="another role"),
        pytest.param((AllowRule(pattern="a*", role="direct"),), ("major", "minor", "patch"), id="all kinds"),
        pytest.param(
            (AllowRule(kinds=("patch",)), AllowRule(pattern="a", kinds=("minor",))),
            ("minor", "patch"),
            id="of both rules",
        ),
    ],
)
def test_what_is_allowed(allows: tuple[AllowRule, ...], kinds: tuple[str, ...]) -> None:
    assert UpgradePolicy(allows=allows).allowed("a", ("direct", "production")) == kinds


def test_a_rule_ends_after_its_day() -> None:
    policy = UpgradePolicy(ignores=(IgnoreRule(pattern="a", reason="r", until="2026-01-31"),))
    assert policy.rules("a", "2026-01-31")
    assert not policy.rules("a", "2026-02-01")
    assert not policy.rules("b", "2026-01-31")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        pytest.param({"colour": "red"}, "colour is no known key", id="an unknown key"),
        pytest.param({"labels": "x"}, "labels must be an array", id="no array"),
        pytest.param({"labels": [1]}, "labels must be an array of strings", id="no strings"),
        pytest.param({"groups": ["x"]}, "groups must be a table", id="no table"),
        pytest.param({"groups": {"g": {"pattern": []}}}, "groups.g.pattern is no known key", id="in a group"),
        pytest.param({"groups": {"g": {"applies-to": "all"}}}, "applies-to is 'all'", id="applies to what"),
        pytest.param({"groups": {"g": {"update-types": ["big"]}}}, "has 'big'", id="an unknown kind of move"),
        pytest.param({"branch-prefix": "deps-"}, "branch-prefix is 'deps-'", id="no slash"),
        pytest.param({"branch-prefix": "../"}, "branch-prefix is '../'", id="no branch"),
        pytest.param({"base": "-x"}, "upgrade.base is '-x'", id="no branch to propose to"),
        pytest.param({"labels": ["deps", " "]}, "labels has ' '", id="an empty label"),
        pytest.param({"base": 1}, "base must be a string", id="no string"),
        pytest.param({"open-limit": True}, "open-limit must be a number", id="no number"),
        pytest.param({"open-limit": -1}, "open-limit must be a number", id="below 0"),
        pytest.param({"ignore": [{"name": "a"}]}, "needs a name and a reason", id="no reason"),
        pytest.param({"ignore": ["a"]}, "ignore must be an array of tables", id="no entry"),
        pytest.param(
            {"ignore": [{"name": "a", "reason": "r", "until": "soon"}]}, "until must be a date", id="no date"
        ),
        pytest.param(
            {"ignore": [{"name": "a", "reason": "r", "versions": ["5.x"]}]},
            "versions has '5.x'",
            id="no range",
        ),
        pytest.param({"allow": [{"dependency-type": "dev"}]}, "dependency-type is 'dev'", id="no role"),
        pytest.param({"cooldown": {"huge": "1d"}}, "cooldown.huge is no known key", id="an unknown cooldown"),
        pytest.param({"cooldown": 7}, "cooldown must be a string", id="a bare number"),
        pytest.param({"edit-inputs": "yes"}, "must be true or false", id="no flag"),
        pytest.param(
            {"cooldown": "soon"}, "f: tool.pinkit.upgrade.cooldown: 'soon' is not", id="no duration"
        ),
        pytest.param(
            {"cooldown": {"major": "soon"}},
            "f: tool.pinkit.upgrade.cooldown.major: 'soon' is not",
            id="of a kind",
        ),
        pytest.param({"cooldown": ""}, "'' is not a duration", id="an empty duration"),
    ],
)
def test_what_makes_no_sense(table: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as told:
        read_policy(table, "f")
    assert said in told.value.what


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('name = "soon"\n[tool.pinkit.upgrade]\ncooldown = "soon"\n', 3),
        ('[tool.pinkit.upgrade]\n\ncooldown = {major = "soon"}\n', 3),
        ('x = "soon"\n[tool.pinkit.upgrade.cooldown]\n\ndefault = "soon"\n', 4),
    ],
    ids=["a string", "inline", "a table"],
)
def test_a_wrong_age_is_told_with_its_line(text: str, line: int) -> None:
    table = tomllib.loads(text)["tool"]["pinkit"]["upgrade"]
    with pytest.raises(UsageError, match=f"^f:{line}: tool.pinkit.upgrade.cooldown"):
        read_policy(table, "f", content=text.encode())
