"""Notes of an earlier solve: nothing is worked out again, nothing is different, and what does not hold is not used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lane_catalogs import MemoryCatalog, file, pure

from pinkit.errors import Unsolvable
from pinkit.formats.core_metadata import InvalidMetadata
from pinkit.model.requirement import Dependency, Origin, Requirement
from pinkit.resolve.lanes import Lanes
from pinkit.resolve.notes import read_note
from pinkit.resolve.policy import Policy
from pinkit.resolve.targets import target, universal_targets
from pinkit.resolve.world import World

if TYPE_CHECKING:
    from pinkit.model.distribution import Distribution, Project
    from pinkit.resolve.candidates import ProjectCandidates

LANES = Lanes(
    tuple(map(target, ("linux-x86_64-py312", "windows-amd64-py312", "linux-x86_64-py314"))), spans=False
)
FILES = {
    "a": [
        *pure("a", "1", "2rc1", at=5),
        file("a-2-cp312-cp312-win_amd64.whl", at=7),
        file("a-3-py3-none-any.whl", requires=">=3.14", at=9),
    ]
}
ROWS: dict[tuple[str, str], tuple[Dependency, ...]] = {
    ("a", "1"): (
        ("b", ("z",), ">=1", ""),
        ("c", (), "", "sys_platform == 'win32'"),
        ("d", (), "<2", "extra == 'x'"),
        ("e", (), "", "python_version < '3'"),
    ),
    ("a", "2"): (("b", (), "", "os_name =! 'nt'"),),
}


def world(catalog: MemoryCatalog, lanes: Lanes = LANES, **rest: object) -> World:
    return World(catalog, lanes, **rest)  # type: ignore[arg-type]


def asks(name: str, specifier: str = "") -> Requirement:
    return Requirement(name=name, origin=Origin(file="requirements.in", line=1), specifier=specifier)


def noted(catalog: MemoryCatalog, lanes: Lanes = LANES, **rest: object) -> None:
    """Let a solve work out everything of "a" and keep it."""
    first = world(catalog, lanes, **rest)
    first.candidates("a").matching(">=2")
    for version in first.candidates("a").versions:
        first.needs("a", version)
    first.keep_notes()


def seen(found: ProjectCandidates) -> tuple[object, ...]:
    answers = tuple(found.matching(text) for text in ("", ">=2", "==1", "nonsense"))
    stated = tuple(found.states_python(version) for version in found.versions)
    shape = (found.versions, found.domain, found.first, found.installable, found.last_resort)
    return (*shape, found.available, found.kept, found.undated, answers, stated, found.rejected(0b111))


def test_a_second_solve_works_nothing_out() -> None:
    catalog = MemoryCatalog(FILES, ROWS)
    noted(catalog)
    fresh, again = MemoryCatalog(FILES, ROWS), MemoryCatalog({}, {}, noted=catalog.noted)
    before, after = world(fresh), world(again)
    after.prefetch([("a", "")])
    assert after.candidates("a").matching(">=2") == before.candidates("a").matching(">=2")
    assert [after.needs("a", version) for version in ("1", "2")] == [
        before.needs("a", version) for version in ("1", "2")
    ]
    after.prefetch_dependencies([("a", "1")])
    assert (again.asked, again.hinted) == ([], [])


def test_all_that_can_be_seen_is_the_same() -> None:
    catalog = MemoryCatalog(FILES, ROWS)
    noted(catalog)
    kept = {"a": (("2rc1", "sys_platform == 'win32'"),)}
    fresh = world(MemoryCatalog(FILES, ROWS), keep=kept)
    again = world(catalog, keep=kept)
    assert seen(again.candidates("a")) == seen(fresh.candidates("a"))


def test_what_is_learned_later_is_added() -> None:
    catalog = MemoryCatalog(FILES, ROWS)
    first = world(catalog)
    first.needs("a", "1")
    first.candidates("a")
    first.keep_notes()
    second = world(catalog)
    second.candidates("a").matching("<3")
    second.needs("a", "2")
    second.keep_notes()
    (kept,) = catalog.noted.values()
    note = read_note(kept)
    assert note is not None
    assert (set(note.matching), set(note.needs), note.changed) == ({"<3"}, {"2"}, False)


def test_what_did_not_change_is_not_kept_again() -> None:
    catalog = MemoryCatalog(FILES, ROWS)
    noted(catalog)
    kept = dict(catalog.noted)
    catalog.noted = {key: bytes(bytearray(value)) for key, value in kept.items()}
    second = world(catalog)
    second.candidates("a").matching(">=2")
    before = dict(catalog.noted)
    second.keep_notes()
    assert all(catalog.noted[key] is before[key] for key in before)


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param({"policy": Policy(prerelease="allow")}, id="pre-releases"),
        pytest.param({"policy": Policy(lenient=True)}, id="lenient"),
        pytest.param({"policy": Policy(only_binary=frozenset({"a"}))}, id="only-binary"),
        pytest.param({"policy": Policy(no_binary=frozenset({":all:"}))}, id="no-binary"),
        pytest.param({"overrides": (asks("b", "==5"),)}, id="overrides"),
        pytest.param({"excludes": frozenset({"b"})}, id="excludes"),
        pytest.param({"lanes": Lanes((target("linux-x86_64-py312"),), spans=False)}, id="targets"),
        pytest.param({"lanes": Lanes(universal_targets(">=3.12"), spans=True)}, id="spans"),
    ],
)
def test_another_view_sees_for_itself(rest: dict[str, object]) -> None:
    catalog = MemoryCatalog(FILES, ROWS)
    noted(catalog)
    catalog.asked.clear()
    other = world(catalog, **rest)
    assert seen(other.candidates("a")) == seen(world(MemoryCatalog(FILES, ROWS), **rest).candidates("a"))
    assert other.needs("a", "1") == world(MemoryCatalog(FILES, ROWS), **rest).needs("a", "1")
    assert catalog.asked[0] == "a"


@pytest.mark.parametrize(
    ("first", "second", "used"),
    [
        pytest.param(None, 9, True, id="at-the-last-upload"),
        pytest.param(9, 50, True, id="later"),
        pytest.param(9, 8, False, id="before-the-last-upload"),
        pytest.param(8, 9, False, id="kept-nothing"),
    ],
)
def test_a_cutoff_that_leaves_nothing_out(first: int | None, second: int, used: bool) -> None:
    catalog = MemoryCatalog(FILES, ROWS)
    noted(catalog, policy=Policy(cutoff=first))
    catalog.asked.clear()
    found = world(catalog, policy=Policy(cutoff=second)).candidates("a")
    assert ("a" not in catalog.asked) == used
    fresh = world(MemoryCatalog(FILES, ROWS), policy=Policy(cutoff=second)).candidates("a")
    assert seen(found) == seen(fresh)


def test_files_without_a_time_are_noted_for_no_cutoff() -> None:
    catalog = MemoryCatalog({"a": pure("a", "1", "2")})
    noted(catalog)
    assert world(catalog).candidates("a").available == 0b110
    assert world(catalog, policy=Policy(cutoff=9)).candidates("a").available == 0


def test_a_yanked_version_is_possible_for_who_pins_it_alone() -> None:
    files = {"a": [*pure("a", "1"), file("a-2-py3-none-any.whl", yanked="broken")]}
    catalog = MemoryCatalog(files)
    noted(catalog)
    assert world(catalog).candidates("a").available == 0b010
    assert world(catalog, roots=(asks("a", "==2"),)).candidates("a").available == 0b110
    noted(catalog, roots=(asks("a", "==2"),))
    assert world(catalog).candidates("a").available == 0b010


def test_a_pre_release_for_who_names_it_alone() -> None:
    catalog, policy = MemoryCatalog({"a": pure("a", "1", "2rc1")}), Policy(prerelease="explicit")
    noted(catalog, policy=policy)
    named = world(catalog, policy=policy, roots=(asks("a", ">=2rc1"),))
    assert named.candidates("a").available == 0b110
    noted(catalog, policy=policy, roots=(asks("a", ">=2rc1"),))
    assert world(catalog, policy=policy).candidates("a").available == 0b010


@given(st.integers(min_value=0), st.integers(1, 255))
def test_a_damaged_note_is_none(place: int, change: int) -> None:
    catalog = MemoryCatalog(FILES, ROWS)
    noted(catalog)
    ((key, kept),) = catalog.noted.items()
    broken = bytearray(kept)
    broken[place % len(broken)] ^= change
    catalog.noted[key] = bytes(broken)
    assert read_note(bytes(broken)) is None
    assert seen(world(catalog).candidates("a")) == seen(world(MemoryCatalog(FILES, ROWS)).candidates("a"))


@dataclass
class BrokenCatalog(MemoryCatalog):
    """A catalog in which the metadata of 1 are malformed."""

    told: list[str] = field(default_factory=list)

    def dependencies(self, name: str, version: str) -> tuple[Dependency, ...]:
        if version == "1":
            raise InvalidMetadata("a 1 has malformed metadata", "", "")
        return super().dependencies(name, version)

    def project(self, name: str) -> Project:
        self.told.append(name)
        return super().project(name)


def test_why_a_release_was_left_out_is_told_each_time() -> None:
    files: dict[str, list[Distribution]] = {"a": pure("a", "1", "2")}
    catalog = BrokenCatalog(files)
    for _ in range(2):
        each = world(catalog)
        each.candidates("a")
        each.needs("a", "1")
        each.needs("a", "2")
        each.keep_notes()
        assert [(found.name, found.version) for found in each.unusable] == [("a", "1")]
    assert catalog.told == ["a"]


def test_direct_references_are_not_noted() -> None:
    from pinkit.resolve.direct import Direct

    catalog = MemoryCatalog(FILES, ROWS)
    direct = {"a": (Direct("https://index.example/a.zip", "9"),)}
    noted(catalog, direct=direct)
    assert catalog.noted == {}
    noted(catalog)
    assert "9 @ https://index.example/a.zip" in world(catalog, direct=direct).candidates("a").versions


def test_a_malformed_marker_rules_a_version_out_each_time() -> None:
    catalog = MemoryCatalog(FILES, ROWS)
    for _ in range(2):
        noted(catalog)
        assert world(catalog).needs("a", "2") == {
            "": [(("b", (), "with the invalid marker os_name =! 'nt'", ""), LANES.all)]
        }


def test_that_nothing_can_be_solved_is_no_note() -> None:
    @dataclass
    class Hopeless(MemoryCatalog):
        def dependencies(self, name: str, version: str) -> tuple[Dependency, ...]:
            raise Unsolvable(f"{name} {version} cannot be built")

    catalog = Hopeless({"a": pure("a", "1")})
    noted(catalog)
    ((_, kept),) = catalog.noted.items()
    note = read_note(kept)
    assert note is not None
    assert note.needs == {}
