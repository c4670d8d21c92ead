"""The policy of upgrades: the configuration's table first, then an existing dependabot.yml, then defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pinkit.errors import UsageError
from pinkit.formats.cutoff import DAY_S
from pinkit.formats.dependabot_yml import BotSettings
from pinkit.upgrade.policy import IgnoreRule, UpgradePolicy, read_policy
from tests.upgrade.conftest import moves

if TYPE_CHECKING:
    from tests.upgrade.conftest import Project

BOT = BotSettings(
    groups=(("web", ("django*",)), ("all", ("*",))),
    ignores=("Left_Pad", "Aws-*"),
    labels=("bot",),
    cooldown_days=3,
    open_limit=2,
    base="next",
    message="deps: {title}",
)


def test_defaults() -> None:
    assert read_policy({}, "f") == UpgradePolicy()


def test_the_table_goes_before_the_bots_file_and_both_before_defaults() -> None:
    table = {
        "labels": ["own"],
        "groups": {"web": ["flask"]},
        "ignore": [{"name": "Some.Thing", "reason": "r", "until": "2026-02-01"}],
    }
    policy = read_policy(table, "f", bot=BOT)
    assert policy == UpgradePolicy(
        cooldown_s=3 * DAY_S,
        ignores=(
            IgnoreRule(pattern="some-thing", reason="r", until="2026-02-01"),
            IgnoreRule(pattern="left-pad", reason="ignored in .github/dependabot.yml"),
            IgnoreRule(pattern="aws-*", reason="ignored in .github/dependabot.yml"),
        ),
        groups=(("web", ("flask",)), ("all", ("*",))),
        labels=("own",),
        open_limit=2,
        base="next",
        message="deps: {title}",
    )
    assert read_policy({"cooldown": "2d"}, "f", bot=BOT).cooldown_s == 2 * DAY_S
    assert read_policy({"cooldown": "2d"}, "f", "1h", BOT).cooldown_s == 3600


@pytest.mark.parametrize(
    ("table", "said"),
    [
        pytest.param({"colour": "red"}, "colour is unknown", id="an unknown key"),
        pytest.param({"labels": "x"}, "labels must be an array", id="no array"),
        pytest.param({"groups": ["x"]}, "groups must be a table", id="no table"),
        pytest.param({"base": 1}, "base must be a string", id="no string"),
        pytest.param({"open-limit": True}, "open-limit must be a number", id="no number"),
        pytest.param({"open-limit": -1}, "open-limit must be a number", id="below 0"),
        pytest.param({"ignore": [{"name": "a"}]}, "needs a name and a reason", id="no reason"),
        pytest.param({"ignore": ["a"]}, "is not {name, reason, until}", id="no entry"),
        pytest.param({"cooldown": "soon"}, "'soon' is not a duration", id="no duration"),
    ],
)
def test_what_makes_no_sense(table: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as told:
        read_policy(table, "f")
    assert said in told.value.what


def test_a_bots_file_holds_for_the_command(project: Project) -> None:
    for name in ("one", "left-pad"):
        project.release(name, "1.0")
    project.lock("one\nleft-pad\n", "one\n")
    for name in ("one", "left-pad"):
        project.release(name, "1.1", at="2026-01-17T00:00:00Z")
    entry = "  - package-ecosystem: pip\n    cooldown: {default-days: 2}\n    target-branch: next\n"
    ignore = "    ignore: [{dependency-name: left-pad}, {dependency-name: b, versions: ['>1']}]\n"
    folder = project.place.folder / ".github"
    folder.mkdir()
    (folder / "dependabot.yml").write_text(f"version: 2\nupdates:\n{entry}{ignore}")
    said = project.upgrade("--all")
    assert ".github/dependabot.yml: ignore of b by versions is not followed" in said.err
    plan = project.plan("--all")
    assert {name for _, name, *_ in moves(plan)} == {"one"}
    assert (plan["base"], plan["exit"]) == ("next", 0)
