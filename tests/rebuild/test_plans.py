"""Fingerprints from wheels of the tests' own making, and the plans that follow from them."""

from __future__ import annotations

from calendar import timegm
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinkit.formats.zip_end import Malformed
from pinkit.model.build import BuildSystem
from pinkit.model.rebuild import Attempt, Comparison, Level
from pinkit.model.rebuild_plan import Fingerprint, Plan
from pinkit.rebuild.classes import discrepancy
from pinkit.rebuild.fingerprint import backend_of, epoch_of, fingerprint
from pinkit.rebuild.plan import MAX_PLANS, plans, python_for, timezone, worth_after_time
from pinkit.rebuild.search import search

from .raw_zip import MOMENT, Member, demo, sealed, with_member, write

PYTHONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13")
EPOCH = timegm((2024, 5, 6, 7, 8, 18, 0, 0, 0))
HATCH_DEFAULT = timegm((2020, 2, 2, 0, 0, 0, 0, 0, 0))
DAY = 86_400
IN_2022 = timegm((2022, 6, 1, 0, 0, 0, 0, 0, 0))
IN_2025 = timegm((2025, 6, 1, 0, 0, 0, 0, 0, 0))
PLAIN = Fingerprint(
    generator="hatchling 1.27.0",
    backend=("hatchling", "1.27.0"),
    stamp=EPOCH,
    first_stamp=EPOCH,
    last_stamp=EPOCH,
)


@pytest.mark.parametrize(
    ("generator", "backend"),
    [
        ("bdist_wheel (0.37.1)", ("wheel", "0.37.1")),
        ("setuptools (75.6.0)", ("setuptools", "75.6.0")),
        ("flit 3.12.0", ("flit-core", "3.12.0")),
        ("poetry 1.0.7", ("poetry-core", "1.0.7")),
        ("poetry-core 2.3.1", ("poetry-core", "2.3.1")),
        ("hatchling 1.33.0", ("hatchling", "1.33.0")),
        ("pdm-backend (2.5.0)", ("pdm-backend", "2.5.0")),
        ("uv 0.5.1", ("uv-build", "0.5.1")),
        ("maturin (1.7.4)", ("maturin", "1.7.4")),
        ("scikit-build-core 0.10.7", ("scikit-build-core", "0.10.7")),
        ("mine", None),
        ("", None),
    ],
)
def test_generator_names_a_project_and_a_version(generator: str, backend: tuple[str, str] | None) -> None:
    assert backend_of(generator) == backend


def described(*metadata: str, wheel: str = "Tag: py3-none-any", generator: str = "tests 1.0") -> list[Member]:
    members = with_member("METADATA", content=("\n".join([*metadata, "", "Body: no field"])).encode())
    told = f"Wheel-Version: 1.0\nGenerator: {generator}\n{wheel}\n".encode()
    return sealed([replace(m, content=told) if m.name.endswith("/WHEEL") else m for m in members])


def test_one_time_of_all_members_is_the_stamp() -> None:
    told = fingerprint(write(demo()), upload_time=7)
    assert (told.stamp, told.first_stamp, told.last_stamp) == (EPOCH, EPOCH, EPOCH)
    assert (told.backend, told.upload_time) == (("tests", "1.0"), 7)
    assert epoch_of(MOMENT) == EPOCH


def test_members_of_several_times_have_no_stamp() -> None:
    told = fingerprint(write(with_member("part.py", time=MOMENT + 1)))
    assert (told.stamp, told.first_stamp, told.last_stamp) == (None, EPOCH, EPOCH + 2)


@pytest.mark.parametrize(
    ("members", "mark", "value"),
    [
        (described("License-File: LICENSE"), "licence_files", True),
        (described("Platform: UNKNOWN"), "platform_unknown", True),
        (described("Requires-Dist: other (>=1)"), "bracketed", True),
        (described("Requires-Dist: other>=1 ; python_version < '3' and (extra == 'x')"), "bracketed", False),
        (described("Metadata-Version: 2.4"), "metadata_version", "2.4"),
        (described(wheel="Tag: py2-none-any\nTag: py3-none-any"), "universal", True),
        (described(wheel="Tag: cp312-cp312-linux_x86_64"), "pure", False),
        (described("Name: demo\r\nVersion: 1"), "crlf", True),
        (with_member("METADATA", mode=0o100664), "group_writable", True),
        (with_member("part.py", mode=0o100664), "group_writable", False),
        (with_member("RECORD", mode=0o664), "bare_record_mode", True),
        (with_member("RECORD", mode=0o100664), "bare_record_mode", False),
    ],
)
def test_marks(members: list[Member], mark: str, value: object) -> None:
    assert getattr(fingerprint(write(members)), mark) == value


@pytest.mark.parametrize(
    ("ahead_s", "hours"),
    [(0, 0), (2 * 3600, 2), (-5 * 3600 - 1, -5), (1800, None), (20 * 3600, None)],
    ids=["utc", "east", "west", "half-an-hour", "a-day"],
)
def test_zone_is_told_by_whole_hours_between_wheel_and_sources(ahead_s: int, hours: int | None) -> None:
    moment = (EPOCH - ahead_s, 0o644)
    sources = {"demo/__init__.py": moment, "src/demo/part.py": moment, "other.py": (5, 0o644)}
    assert fingerprint(write(demo()), sources=sources).zone_hours == hours
    assert fingerprint(write(demo())).zone_hours is None


@pytest.mark.parametrize(
    ("mode", "in_sdist", "modes"),
    [(0o664, 0o644, "loosened"), (0o664, 0o664, "kept"), (0o644, 0o664, "tightened"), (0o644, 0o644, "kept")],
)
def test_modes_of_the_sources_are_told_from_those_of_the_sdist(mode: int, in_sdist: int, modes: str) -> None:
    wheel = write(with_member("part.py", mode=0o100000 | mode))
    assert fingerprint(wheel, sources={"demo/part.py": (0, in_sdist)}).source_modes == modes


def test_a_vendored_project_tells_nothing_of_the_wheel() -> None:
    plain = fingerprint(write(demo()))
    inner = [
        Member(name="demo/vendor/a-1.dist-info/WHEEL", content=b"Generator: x 1\nTag: py2-none-any\n"),
        Member(
            name="demo/vendor/a-1.dist-info/METADATA", content=b"Requires-Dist: b (>1)\nLicense-File: x\n"
        ),
    ]
    assert fingerprint(write([*inner, *demo()])) == plain


def test_a_wheel_that_cannot_be_read_has_no_fingerprint() -> None:
    with pytest.raises(Malformed):
        fingerprint(b"PK")


def first(told: Fingerprint) -> Plan:
    return plans(told, pythons=PYTHONS)[0]


def test_first_plan_is_what_the_wheel_says() -> None:
    told = replace(
        PLAIN, upload_time=IN_2025, zone_hours=2, group_writable=True, source_modes="loosened", universal=True
    )
    plan = first(told)
    assert plan.pins == ("hatchling==1.27.0",)
    assert (plan.cutoff, plan.python, plan.source_date_epoch) == (IN_2025, "3.13", EPOCH)
    assert (plan.timezone, plan.umask, plan.source_modes, plan.universal) == (
        "<+02>-2",
        0o002,
        "loosened",
        True,
    )


@pytest.mark.parametrize("stamp", [None, HATCH_DEFAULT], ids=["several-times", "a-default"])
def test_epoch_stays_unset_where_the_times_say_so(stamp: int | None) -> None:
    assert first(replace(PLAIN, stamp=stamp)).source_date_epoch is None


def test_the_other_clock_comes_next() -> None:
    assert [p.source_date_epoch for p in plans(PLAIN, pythons=PYTHONS)] == [EPOCH, None, EPOCH]


def test_a_zone_is_tried_without_too() -> None:
    told = replace(PLAIN, stamp=None, zone_hours=-5)
    assert [p.timezone for p in plans(told, pythons=PYTHONS)] == ["<-05>+5", "", "<-05>+5"]


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ({"licence_files": True, "platform_unknown": True}, ["57.5.0"]),
        ({"platform_unknown": True}, ["56.2.0", "54.2.0", "44.1.1"]),
        ({"licence_files": True}, ["67.7.2", "65.5.0", "62.6.0", "60.10.0"]),
    ],
)
def test_old_setuptools_is_told_by_metadata(marks: dict[str, bool], expected: list[str]) -> None:
    told = replace(PLAIN, generator="bdist_wheel (0.37.1)", backend=("wheel", "0.37.1"), stamp=None, **marks)
    *pins, last = [p.pins for p in plans(told, pythons=PYTHONS)]
    assert last == ()
    assert pins == [("wheel==0.37.1",), *(("wheel==0.37.1", f"setuptools=={v}") for v in expected)]


def test_an_old_wheel_beside_setuptools_is_told_by_its_marks() -> None:
    told = replace(PLAIN, backend=("setuptools", "75.1.0"), stamp=None, bracketed=True)
    assert [p.pins[1] for p in plans(told, pythons=PYTHONS)[:-1]] == ["wheel==0.38.4", "wheel==0.41.3"]


@pytest.mark.parametrize(
    ("moment", "python"),
    [(None, "3.13"), (IN_2022, "3.10"), (IN_2025, "3.13"), (0, "3.8")],
    ids=["unknown", "2022", "2025", "1970"],
)
def test_python_is_one_that_publishers_had(moment: int | None, python: str) -> None:
    assert python_for(moment, PYTHONS) == python


@pytest.mark.parametrize(
    ("requires", "backend_path", "own"),
    [
        ((), (".",), True),
        (("other>=1", "??"), ("backend",), True),
        (("Tests>=1",), (".",), False),
        ((), (), False),
    ],
    ids=["alone", "with-others", "a-wrapper", "no-own"],
)
def test_sources_that_hold_their_backend_need_no_other(
    requires: tuple[str, ...], backend_path: tuple[str, ...], own: bool
) -> None:
    system = BuildSystem(requires=requires, backend="x", backend_path=backend_path)
    assert fingerprint(write(demo()), system=system).own_backend == own


def test_what_the_sources_ask_for_comes_first_where_they_hold_their_backend() -> None:
    told = plans(replace(PLAIN, own_backend=True), pythons=PYTHONS)
    pinned = ("hatchling==1.27.0",)
    assert [(p.pins, p.source_date_epoch) for p in told] == [
        ((), EPOCH),
        ((), None),
        (pinned, EPOCH),
        (pinned, None),
    ]
    assert "the sources hold their own build backend" in told[0].because


def test_tools_that_cannot_be_had_end_no_search() -> None:
    *named, last = plans(PLAIN, pythons=PYTHONS)
    assert all(plan.pins for plan in named)
    assert last.pins == ()
    assert "cannot be had" in last.because

    def attempt(plan: Plan) -> Attempt:
        return ended(plan, None if plan.pins else Level.BYTES)

    found, builds = search([*named, last], attempt)
    assert found is not None
    assert (found.plan, builds) == (last, 1)
    found, builds = search([*named, last], lambda plan: ended(plan, Level.PAYLOAD, "payload"))
    assert found is not None
    assert (found.plan, builds) == (named[0], len(named))


@pytest.mark.parametrize(
    ("stamp", "sources", "uploaded", "moment", "inferred"),
    [
        (MOMENT, {}, None, EPOCH + DAY, True),
        (MOMENT, {"a.py": (EPOCH + 9, 0o644)}, None, EPOCH + 9 + DAY, True),
        (0x00210000, {"a.py": (5, 0o644)}, None, None, False),
        (MOMENT, {}, 7, 7, False),
    ],
    ids=["zip-times", "times-of-sources", "nothing-plausible", "told"],
)
def test_an_upload_that_no_index_tells_is_inferred(
    stamp: int, sources: dict[str, tuple[int, int]], uploaded: int | None, moment: int | None, inferred: bool
) -> None:
    wheel = write([replace(member, time=stamp) for member in demo()])
    told = fingerprint(wheel, sources=sources, upload_time=uploaded)
    assert (told.upload_time, told.inferred) == (moment, inferred)


def test_an_inferred_cutoff_is_told_and_tried_without() -> None:
    told = replace(PLAIN, upload_time=IN_2022, inferred=True)
    first_, *others, last, spare = plans(told, pythons=PYTHONS)
    assert (first_.cutoff, first_.cutoff_inferred, first_.python) == (IN_2022, True, "3.10")
    assert "is the cutoff" in first_.because
    assert all(plan.cutoff_inferred for plan in (*others, spare))
    assert (last.cutoff, last.cutoff_inferred, last.python, last.pins) == (None, False, "3.13", first_.pins)


def test_no_interpreter_no_plan() -> None:
    assert plans(PLAIN, pythons=()) == ()


@given(
    st.builds(
        Fingerprint,
        generator=st.just("g 1"),
        backend=st.sampled_from([None, ("wheel", "0.37.1"), ("setuptools", "75.0"), ("hatchling", "1.0")]),
        stamp=st.sampled_from([None, EPOCH, HATCH_DEFAULT]),
        first_stamp=st.just(0),
        last_stamp=st.just(0),
        zone_hours=st.sampled_from([None, 0, 3, -8]),
        group_writable=st.booleans(),
        bare_record_mode=st.booleans(),
        bracketed=st.booleans(),
        licence_files=st.booleans(),
        platform_unknown=st.booleans(),
        universal=st.booleans(),
        own_backend=st.booleans(),
        inferred=st.booleans(),
    )
)
def test_plans_are_few_and_each_is_another_one(told: Fingerprint) -> None:
    made = plans(told, pythons=PYTHONS)
    acts = {replace(plan, because="") for plan in made}
    assert 1 <= len([plan for plan in made if plan.pins]) <= MAX_PLANS or not told.backend
    assert len(made) <= MAX_PLANS + 1
    assert len(acts) == len(made)


@pytest.mark.parametrize(("hours", "zone"), [(None, ""), (0, ""), (2, "<+02>-2"), (-11, "<-11>+11")])
def test_zone_as_posix_writes_it(hours: int | None, zone: str) -> None:
    assert timezone(hours) == zone


ONE = Plan(because="one", source_date_epoch=5)
OTHER_CLOCK = replace(ONE, because="clock", source_date_epoch=None)
OTHER_TOOL = replace(ONE, because="tool", pins=("wheel==1",))


def test_only_the_clock_is_worth_another_try_when_only_times_differ() -> None:
    assert worth_after_time(ONE, OTHER_CLOCK)
    assert not worth_after_time(ONE, OTHER_TOOL)
    assert not worth_after_time(ONE, replace(ONE, because="the same"))


def ended(plan: Plan, level: Level | None, *kinds: str) -> Attempt:
    found = tuple(discrepancy(kind, "", "") for kind in kinds)
    comparison = Comparison(level=level, discrepancies=found) if level else None
    return Attempt(
        plan=plan, comparison=comparison, rebuilt="sha256:1" if level else "", failure="" if level else "no"
    )


@pytest.mark.parametrize(
    ("levels", "tried", "best"),
    [
        ([Level.BYTES, Level.BYTES, Level.BYTES], 1, 0),
        ([Level.MODULO_TIME, Level.BYTES, Level.BYTES], 2, 1),
        ([Level.MODULO_TIME, Level.MODULO_TIME, Level.BYTES], 2, 0),
        ([Level.PAYLOAD, Level.CLASSES, Level.BYTES], 3, 2),
        ([None, Level.CLASSES, Level.PAYLOAD], 3, 1),
        ([None, None, None], 3, 0),
    ],
)
def test_search_stops_when_nothing_can_get_better(levels: list[Level | None], tried: int, best: int) -> None:
    order = [ONE, OTHER_CLOCK, OTHER_TOOL]
    asked: list[Plan] = []

    def attempt(plan: Plan) -> Attempt:
        asked.append(plan)
        return ended(plan, levels[order.index(plan)])

    found, builds = search(order, attempt)
    assert found is not None
    assert (len(asked), found.plan) == (tried, order[best])
    assert builds == sum(levels[order.index(plan)] is not None for plan in asked)


def test_search_prefers_the_lighter_discrepancies() -> None:
    def attempt(plan: Plan) -> Attempt:
        return ended(plan, Level.PAYLOAD, *(["member-added"] if plan is ONE else ["payload", "missing"]))

    found, _ = search([ONE, OTHER_TOOL], attempt)
    assert found is not None
    assert found.plan is OTHER_TOOL
    assert search([], attempt) == (None, 0)
