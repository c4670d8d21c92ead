"""A `verify build` run as outcomes: only what decides, and no failure taken for an answer."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pinkit.model.rebuild import Verdict
from pinkit.model.variation import Application, Blame, BuildReport, Series
from pinkit.rebuild.classes import discrepancy
from pinkit.rebuild.own_outcomes import release_of, verdict_of, verify_report
from pinkit.render.build_report import build_json, build_text, summary
from pinkit.render.rebuild_junit import rebuild_junit
from pinkit.render.rebuild_markdown import rebuild_markdown

STEADY = Series(
    kind="wheel", epoch=7, file="Demo_x-1.0-py3-none-any.whl", repeatable=True, stable=True, builds=3
)
BLAMED = Series(
    kind="sdist",
    epoch=7,
    file="demo_x-1.0.tar.gz",
    repeatable=True,
    blames=(Blame(factor="umask", discrepancies=(discrepancy("mode-umask", "a", "b"),) * 10, fix="set it"),),
    builds=15,
)
BROKEN = Series(kind="sdist", epoch=7, failure="no setup.py\nsays the backend")
UNSET = Series(kind="wheel", epoch=None, file="Demo_x-1.0-py3-none-any.whl", builds=2)


def report(*series: Series) -> BuildReport:
    factors = (
        Application(factor="umask", applied=True),
        Application(factor="clock", applied=False, reason="not installed"),
    )
    return BuildReport(backend="own", python="3.11.7", sandbox="bubblewrap", series=series, factors=factors)


@pytest.mark.parametrize(
    ("series", "verdict", "release"),
    [
        pytest.param(STEADY, Verdict.REPRODUCED, ("demo-x", "1.0"), id="steady"),
        pytest.param(BLAMED, Verdict.DIFFERS, ("demo-x", "1.0"), id="blamed"),
        pytest.param(BROKEN, Verdict.UNBUILDABLE, ("", ""), id="broken"),
    ],
)
def test_a_series_has_a_verdict(series: Series, verdict: Verdict, release: tuple[str, str]) -> None:
    assert verdict_of(series) == verdict
    assert release_of(series) == release


@pytest.mark.parametrize(
    ("series", "told"),
    [
        pytest.param(
            [STEADY, UNSET], "1 of 1 reproducible; 1 of these only with SOURCE_DATE_EPOCH set", id="unset"
        ),
        pytest.param([replace(STEADY, stable=False), UNSET], "0 of 1 reproducible", id="neither-way"),
        pytest.param([STEADY, BLAMED], "1 of 2 reproducible", id="blamed"),
        pytest.param([STEADY, BROKEN], "1 of 2 reproducible; 1 could not be built", id="broken"),
    ],
)
def test_the_summary_counts_honestly(series: list[Series], told: str) -> None:
    assert summary(report(*series)) == told


def test_only_series_that_decide_become_outcomes() -> None:
    outcomes = verify_report(report(STEADY, UNSET, BLAMED, BROKEN)).outcomes
    assert [(o.name, o.version, o.verdict.value, o.builds) for o in outcomes] == [
        ("demo-x", "1.0", "REPRODUCED", 3),
        ("demo-x", "1.0", "DIFFERS", 15),
        ("project", "", "UNBUILDABLE", 0),
    ]
    assert outcomes[1].reason == "changed by umask: set it"
    assert outcomes[2].reason == "no setup.py\nsays the backend"


def test_text_shows_some_discrepancies_and_verbose_all() -> None:
    short, long = build_text(report(BLAMED)), build_text(report(BLAMED), verbose=True)
    assert "and 2 more; -v shows all" in short
    assert long.count("mode-umask: a: b") == 10
    for text in (short, long):
        assert "fix: set it" in text
        assert "varied: umask\n" in text
        assert "not varied: clock: not installed" in text


def test_json_has_the_contract_of_verify() -> None:
    told = json.loads(build_json(report(STEADY, BROKEN)))
    keys = {"name", "version", "file", "verdict", "builds", "plan", "discrepancies", "evidence"}
    assert all(keys <= result.keys() for result in told["results"])
    assert [result["verdict"] for result in told["results"]] == ["REPRODUCED", "UNBUILDABLE"]
    assert told["factors"][1] == {"factor": "clock", "applied": False, "reason": "not installed"}


def test_other_formats_never_show_a_failure_as_a_pass() -> None:
    found = verify_report(report(STEADY, BLAMED, BROKEN))
    assert 'tests="3" failures="1" errors="0" skipped="1"' in rebuild_junit(found)
    assert "changed by umask" in rebuild_markdown(found)
