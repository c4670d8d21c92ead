"""What one solve sees of a catalog: rows, overrides, excludes, existing pins, direct references, hints."""

from __future__ import annotations

import pytest
from lane_catalogs import MemoryCatalog, file, pure

from pinkit.errors import UsageError
from pinkit.model.requirement import Dependency, Origin, Requirement
from pinkit.resolve.direct import Direct
from pinkit.resolve.lanes import Lanes, LaneSplit
from pinkit.resolve.overrides import overridden_roots
from pinkit.resolve.policy import Policy
from pinkit.resolve.solver import solve
from pinkit.resolve.targets import target, universal_targets
from pinkit.resolve.universe import Problem
from pinkit.resolve.world import Undated, Unfitting, World

LANES = Lanes(
    tuple(map(target, ("linux-x86_64-py312", "windows-amd64-py312", "linux-x86_64-py314"))), spans=False
)
WINDOWS = 0b010
ORIGIN = Origin(file="requirements.in", line=3)
URL = "https://index.example/x-9.zip"


def asks(
    name: str, specifier: str = "", *, marker: str = "", url: str = "", extras: tuple[str, ...] = ()
) -> Requirement:
    return Requirement(name=name, origin=ORIGIN, specifier=specifier, marker=marker, url=url, extras=extras)


def row(name: str, specifier: str = "", marker: str = "", extras: tuple[str, ...] = ()) -> Dependency:
    return (name, extras, specifier, marker)


def test_rows_pass_as_they_are() -> None:
    rows = (row("b", ">=1", 'extra == "z"'), row("c"))
    world = World(MemoryCatalog({"a": pure("a", "1")}, {("a", "1"): rows}), LANES)
    assert world.dependencies("a", "1") is rows
    assert world.lanes == LANES.all
    assert world.marker('extra == "z"') == {"": 0, "z": LANES.all}


def test_the_same_question_gets_the_same_answer() -> None:
    catalog = MemoryCatalog({"a": pure("a", "1")})
    world = World(catalog, LANES)
    assert world.candidates("a") is world.candidates("a")
    assert catalog.asked == ["a"]


def test_excluded_names_are_no_dependencies() -> None:
    catalog = MemoryCatalog({}, {("a", "1"): (row("b"), row("c"))})
    assert World(catalog, LANES, excludes=frozenset({"b"})).dependencies("a", "1") == (row("c"),)


def test_overrides_replace_requirements_but_not_their_extra() -> None:
    catalog = MemoryCatalog(
        {},
        {
            ("a", "1"): (
                row("b", "<1", 'python_version < "3"'),
                row("c"),
                row("b", ">2", 'extra == "z" and sys_platform == "linux"'),
                row("b", ">3", 'extra == "z"'),
            ),
            ("a", "2"): (row("c"),),
        },
    )
    overrides = (asks("b", "==5", marker="os_name == 'nt'"), asks("b", "==6", extras=("w",)))
    world = World(catalog, LANES, overrides=overrides)
    assert world.dependencies("a", "1") == (
        row("b", "==5", "os_name == 'nt'"),
        row("b", "==6", extras=("w",)),
        row("c"),
        row("b", "==5", "(os_name == 'nt') and extra == \"z\""),
        row("b", "==6", 'extra == "z"', ("w",)),
    )
    assert world.dependencies("a", "2") == (row("c"),)


def test_an_override_may_be_a_direct_reference() -> None:
    catalog = MemoryCatalog({}, {("a", "1"): (row("x"),)})
    world = World(catalog, LANES, overrides=(asks("x", url=URL),), direct={"x": (Direct(URL, "9"),)})
    assert world.dependencies("a", "1") == (row("x", f"@ {URL}"),)
    assert world.candidates("x").matching(f"@ {URL}") == 0b10
    assert catalog.asked == []


def test_overridden_roots_keep_their_origin() -> None:
    other = Requirement(name="b", origin=Origin(file="o.txt", line=1), specifier="==5")
    assert overridden_roots((asks("a"), asks("b", "<1")), (other,)) == (asks("a"), asks("b", "==5"))


def test_a_marker_without_meaning_rules_the_version_out() -> None:
    rows = (row("b", marker="os_name ~= 'x'"), row("c"))
    world = World(MemoryCatalog({"b": pure("b", "1")}, {("a", "1"): rows}), LANES)
    invalid, fine = world.dependencies("a", "1")
    assert fine == row("c")
    assert invalid[3] == ""
    assert world.candidates("b").matching(invalid[2]) == 0


@pytest.mark.parametrize(
    "requirement",
    [asks("a", ">=banana"), asks("a", marker="nonsense"), asks("a", marker="os_name ~= 'x'")],
    ids=["specifier", "marker", "comparison"],
)
def test_a_wrong_requirement_of_the_input_is_named_with_its_origin(requirement: Requirement) -> None:
    for where in ("roots", "constraints", "overrides"):
        with pytest.raises(UsageError, match=r"requirements\.in:3"):
            World(MemoryCatalog({}), LANES, **{where: (requirement,)})  # type: ignore[arg-type]


@pytest.mark.parametrize("where", ["roots", "constraints", "overrides"])
def test_requirements_of_the_input_open_yanked_versions_and_prereleases(where: str) -> None:
    catalog = MemoryCatalog(
        {"a": [*pure("a", "1"), file("a-2.tar.gz", yanked="bad")], "b": pure("b", "1", "2a1")}
    )
    opened = World(catalog, LANES, **{where: (asks("a", "==2"), asks("b", ">=2a0"))})  # type: ignore[arg-type]
    assert opened.candidates("a").available == 0b110
    assert World(catalog, LANES).candidates("a").available == 0b010
    policy = Policy(prerelease="explicit")
    opened = World(catalog, LANES, policy=policy, **{where: (asks("b", ">=2a0"),)})  # type: ignore[arg-type]
    assert opened.candidates("b").available == 0b110
    assert World(catalog, LANES, policy=policy).candidates("b").available == 0b010


def test_existing_pins_are_preferred_in_their_lanes() -> None:
    catalog = MemoryCatalog({"a": [*pure("a", "1", "2", "3"), file("a-4.tar.gz", yanked="")]})
    keep = {"a": (("2", "sys_platform == 'win32'"), ("4", "sys_platform != 'win32'"), ("9", ""), ("1", "?"))}
    world = World(catalog, LANES, keep=keep)
    assert set(world.preferred("a")) == {(WINDOWS, 0b100), (LANES.all & ~WINDOWS, 0b10000)}
    assert world.preferred("b") == ()
    assert catalog.asked == ["a"]


def test_the_index_is_not_asked_for_a_project_that_has_a_direct_reference_everywhere() -> None:
    catalog = MemoryCatalog({"x": pure("x", "1")})
    rows = (row("y"),)
    world = World(catalog, LANES, roots=(asks("x", url=URL),), direct={"x": (Direct(URL, "9", rows),)})
    assert world.candidates("x").versions == (f"9 @ {URL}",)
    assert world.dependencies("x", f"9 @ {URL}") == rows
    world.prefetch([("x", "")])
    world.prefetch_dependencies([("x", f"9 @ {URL}")])
    assert catalog.asked == catalog.hinted == []


def test_a_project_asked_for_many_times_is_hinted_once() -> None:
    catalog = MemoryCatalog({"x": pure("x", "1")})
    world = World(catalog, LANES, roots=(asks("x"), asks("x", ">=1")))
    world.prefetch([("x", ""), ("x", ">=1"), ("y", "")])
    world.prefetch([("x", "<2")])
    assert catalog.hinted == ["x", "y"]


def test_but_it_is_where_the_reference_holds_somewhere_only() -> None:
    catalog = MemoryCatalog({"x": pure("x", "1")})
    roots = (
        asks("x", url=URL, marker="sys_platform == 'win32'"),
        asks("x", marker="sys_platform != 'win32'"),
    )
    world = World(catalog, LANES, roots=roots, direct={"x": (Direct(URL, "9"),)})
    assert world.candidates("x").versions == ("1", f"9 @ {URL}")


def test_hints_pass_once() -> None:
    catalog = MemoryCatalog({})
    world = World(catalog, LANES)
    world.prefetch([("a", ""), ("b", ">1")])
    world.prefetch([("a", ">2")])
    world.prefetch_dependencies([("a", "1")])
    assert catalog.hinted == ["a", "b", ("a", "1")]


@pytest.mark.parametrize(
    ("roots", "keep", "guess"),
    [
        ((), {}, "3"),
        ((asks("a", "<3"),), {}, "2"),
        ((asks("a", "<3"), asks("a", "<2")), {}, "1"),
        ((asks("a", ">9"),), {}, None),
        ((asks("a", url=URL),), {}, "3"),
        ((), {"a": (("1", ""),)}, "1"),
    ],
)
def test_a_guess_for_eager_prefetching(
    roots: tuple[Requirement, ...], keep: dict[str, tuple[tuple[str, str], ...]], guess: str | None
) -> None:
    catalog = MemoryCatalog({"a": pure("a", "1", "2", "3", "4a1")})
    project = catalog.project("a")
    catalog.asked.clear()
    assert World(catalog, LANES, roots=roots, keep=keep).guess(project) == guess
    assert catalog.asked == []


def test_what_the_reader_must_know_of_the_choices() -> None:
    linux = "py3-none-manylinux_2_17_x86_64"
    catalog = MemoryCatalog(
        {
            "a": [file(f"a-1-{linux}.whl", at=1)],
            "b": [*pure("b", "1", at=1), file("b-2.tar.gz")],
            "c": pure("c", "1", at=1),
            "d": [file(f"d-1-{linux}.whl", at=1)],
        },
        {("b", "1"): (row("d", marker="sys_platform == 'linux'"),)},
    )
    roots = (asks("a"), asks("b"), asks("c"))
    world = World(catalog, LANES, policy=Policy(lenient=True, cutoff=5), roots=roots)
    resolution = solve(world, Problem(requirements=roots))
    assert [(each.name, each.version, each.lanes) for each in resolution.chosen] == [
        ("a", "1", LANES.all),
        ("b", "1", LANES.all),
        ("c", "1", LANES.all),
        ("d", "1", LANES.all & ~WINDOWS),
    ]
    assert world.warnings(resolution) == (Unfitting("a", "1", WINDOWS), Undated("b"))


def test_an_extra_that_asks_for_others_of_its_own_project() -> None:
    rows = (
        row("a", marker='extra == "all"', extras=("one", "two")),
        row("b", marker='extra == "one"'),
        row("c", marker='sys_platform == "win32" and extra == "two"'),
    )
    catalog = MemoryCatalog(
        {"a": pure("a", "1"), "b": pure("b", "1"), "c": pure("c", "1")}, {("a", "1"): rows}
    )
    roots = (asks("a", extras=("all",)),)
    resolution = solve(World(catalog, LANES, roots=roots), Problem(requirements=roots))
    assert [(each.name, each.lanes) for each in resolution.chosen] == [
        ("a", LANES.all),
        ("b", LANES.all),
        ("c", WINDOWS),
    ]


def test_a_guess_over_lanes_that_are_too_coarse_is_none() -> None:
    catalog = MemoryCatalog({"a": pure("a", "1")})
    keep = {"a": (("1", "python_full_version < '3.13.1'"),)}
    world = World(catalog, Lanes(universal_targets("3.13"), spans=True), keep=keep)
    assert world.guess(catalog.project("a")) is None
    with pytest.raises(LaneSplit):
        world.candidates("a")


@pytest.mark.parametrize(
    ("roots", "chosen"),
    [
        ((asks("b"),), "1.0"),
        ((asks("b"), asks("c")), "2.0a1"),
        ((asks("d"),), "1.0"),
        ((asks("b", ">=1.0a1"),), "1.0"),
        ((asks("b", ">1"),), "2.0a1"),
        ((asks("b", "!=2.0a1"),), "1.0"),
    ],
    ids=[
        "final",
        "pinned by a dependency",
        "named by a dependency",
        "named by the input",
        "needed",
        "excluded",
    ],
)
@pytest.mark.parametrize("resolution", ["highest", "lowest"])
def test_a_prerelease_is_chosen_where_no_final_version_is_left(
    roots: tuple[Requirement, ...], chosen: str, resolution: str
) -> None:
    catalog = MemoryCatalog(
        {"b": pure("b", "0.9a1", "1.0", "2.0a1"), "c": pure("c", "1"), "d": pure("d", "1")},
        {("c", "1"): (row("b", "==2.0a1"),), ("d", "1"): (row("b", ">=0.9a1"),)},
    )
    found = solve(World(catalog, LANES, roots=roots), Problem(requirements=roots, resolution=resolution))
    assert [each.version for each in found.chosen if each.name == "b"] == [chosen]


def test_an_existing_prerelease_is_kept() -> None:
    catalog = MemoryCatalog({"b": pure("b", "1.0b1", "1.0")})
    roots = (asks("b"),)
    found = solve(
        World(catalog, LANES, roots=roots, keep={"b": (("1.0b1", ""),)}), Problem(requirements=roots)
    )
    assert [each.version for each in found.chosen] == ["1.0b1"]


@pytest.mark.parametrize(
    ("roots", "chosen"),
    [
        ((asks("b"),), {"1": WINDOWS, "2": LANES.all & ~WINDOWS}),
        ((asks("b", ">=2"),), {"2": LANES.all}),
        ((asks("c"),), {"2": LANES.all}),
        ((asks("b", ">=2", marker="sys_platform == 'linux'"),), {"2": LANES.all & ~WINDOWS}),
    ],
    ids=["each lane has a file", "asked for", "needed by a dependency", "not needed there"],
)
def test_a_universal_lock_goes_without_a_file_only_where_it_must(
    roots: tuple[Requirement, ...], chosen: dict[str, int]
) -> None:
    catalog = MemoryCatalog(
        {
            "b": [*pure("b", "1"), file("b-2-py3-none-manylinux_2_17_x86_64.whl"), *pure("b", "3a1")],
            "c": pure("c", "1"),
        },
        {("c", "1"): (row("b", ">=2"),)},
    )
    world = World(catalog, LANES, policy=Policy(lenient=True), roots=roots)
    resolution = solve(world, Problem(requirements=roots))
    assert {each.version: each.lanes for each in resolution.chosen if each.name == "b"} == chosen
    missing = chosen.get("2", 0) & WINDOWS
    assert world.warnings(resolution) == ((Unfitting("b", "2", WINDOWS),) if missing else ())


def test_what_was_worked_out_for_a_guess_serves_the_solve() -> None:
    catalog = MemoryCatalog({"a": pure("a", "1", "2rc1", at=5)}, {("a", "1"): (row("b"),)})
    world = World(catalog, LANES, policy=Policy(cutoff=9))
    project = catalog.project("a")
    catalog.asked.clear()
    assert world.guess(project) == "1"
    found = world.candidates("a")
    assert (found.versions, found.last_resort, found.available) == (("1", "2rc1"), 0b100, 0b110)
    assert catalog.asked == []
    world.keep_notes()
    assert len(catalog.noted) == 1


def test_a_guess_without_all_files_serves_nothing_else() -> None:
    files = [file("a-1-py3-none-any.whl", at=5), file("a-1.tar.gz", at=50)]
    catalog = MemoryCatalog({"a": files})
    world = World(catalog, LANES, policy=Policy(cutoff=9))
    assert world.guess(catalog.project("a")) is None
    assert world.candidates("a").available == 0b10
