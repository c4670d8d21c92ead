"""Which versions each lane may have, by every policy, and the reasons for the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lane_catalogs import file, project, pure

from pinkit.errors import UsageError
from pinkit.resolve.candidates import ProjectCandidates, Wishes
from pinkit.resolve.direct import Direct
from pinkit.resolve.files import Fit, partition
from pinkit.resolve.lanes import Lanes, bits
from pinkit.resolve.policy import Policy
from pinkit.resolve.targets import target, universal_targets

if TYPE_CHECKING:
    from pinkit.model.distribution import Distribution

LANES = Lanes(
    tuple(map(target, ("linux-x86_64-py312", "windows-amd64-py312", "linux-x86_64-py314"))), spans=False
)
LINUX312, WINDOWS312, LINUX314 = 0b001, 0b010, 0b100


def candidates(
    files: list[Distribution],
    policy: Policy | None = None,
    wishes: Wishes = Wishes(),  # noqa: B008 - a value
    *,
    lanes: Lanes = LANES,
    direct: tuple[Direct, ...] = (),
) -> ProjectCandidates:
    columns, by_version = project("x", files)
    return ProjectCandidates(
        "x",
        lambda: columns,
        Fit(lanes),
        policy or Policy(),
        wishes,
        lambda _, version: by_version[version],
        direct,
    )


def allowed(found: ProjectCandidates) -> dict[int, set[str]]:
    """lane bit -> versions of the domain."""
    return {
        1 << lane: {found.versions[index - 1] for index in bits(versions)}
        for lanes, versions in found.domain
        for lane in bits(lanes)
    }


def texts(found: ProjectCandidates, versions: int) -> list[str]:
    return [found.versions[index - 1] for index in bits(versions)]


def everywhere(*versions: str) -> dict[int, set[str]]:
    return {1 << lane: set(versions) for lane in bits(LANES.all)}


def reasons(found: ProjectCandidates, lanes: int = LANES.all) -> dict[str, list[str]]:
    return {reason: texts(found, versions) for reason, versions in found.rejected(lanes)}


def test_pure_wheels_and_sdists_fit_everywhere() -> None:
    found = candidates([*pure("x", "1.0", "2.0"), file("x-3.0.tar.gz")])
    assert found.versions == ("1.0", "2.0", "3.0")
    assert found.domain == ((LANES.all, 0b1110),)
    assert found.rejected(LANES.all) == ()


def test_an_unknown_project_has_no_candidates() -> None:
    found = candidates([])
    assert found.versions == ()
    assert allowed(found) == everywhere()
    assert found.matching("") == 0


def test_wheels_fit_the_lanes_that_accept_them() -> None:
    found = candidates(
        [
            file("x-1.0-cp312-cp312-manylinux_2_17_x86_64.whl"),
            file("x-1.0-cp314-cp314-manylinux2014_x86_64.whl"),
            file("x-2.0-cp38-abi3-win_amd64.whl"),
            *pure("x", "0.1"),
        ]
    )
    assert allowed(found) == {LINUX312: {"0.1", "1.0"}, WINDOWS312: {"0.1", "2.0"}, LINUX314: {"0.1", "1.0"}}
    assert reasons(found, LINUX312) == {"wrong tag": ["2.0"]}


def test_a_lane_needs_a_file_for_each_of_its_targets() -> None:
    lanes = Lanes(tuple(map(target, ("linux-x86_64-py312", "musllinux-x86_64-py312"))), spans=False)
    found = candidates(
        [
            file("x-1-cp312-cp312-manylinux_2_17_x86_64.whl"),
            file("x-2-cp312-cp312-manylinux_2_17_x86_64.whl"),
            file("x-2-cp312-cp312-musllinux_1_1_x86_64.whl"),
            *pure("x", "3"),
        ],
        lanes=lanes,
    )
    assert allowed(found) == {1: {"2", "3"}}


def test_requires_python_of_each_file_counts() -> None:
    found = candidates(
        [
            file("x-1.0-py3-none-any.whl", requires=">=3.8,<3.13"),
            file("x-2.0-py3-none-any.whl", requires=">=3.13"),
            file("x-3.0-py3-none-any.whl", requires=">=3.13"),
            file("x-3.0.tar.gz", requires=">=3.12"),
        ]
    )
    assert allowed(found) == {
        LINUX312: {"1.0", "3.0"},
        WINDOWS312: {"1.0", "3.0"},
        LINUX314: {"1.0", "2.0", "3.0"},
    }
    assert reasons(found) == {"requires Python >=3.13": ["2.0"]}


@pytest.mark.parametrize(
    ("policy", "versions", "why"),
    [
        (Policy(), {"1", "2", "3"}, {}),
        (
            Policy(only_binary=frozenset({"x"})),
            {"1", "3"},
            {"only an sdist, and building is not allowed": ["2"]},
        ),
        (
            Policy(only_binary=frozenset({":all:"})),
            {"1", "3"},
            {"only an sdist, and building is not allowed": ["2"]},
        ),
        (Policy(only_binary=frozenset({":all:"}), no_binary=frozenset({"x"})), {"2", "3"}, None),
        (Policy(no_binary=frozenset({"x"})), {"2", "3"}, {"only wheels, and those are not allowed": ["1"]}),
        (
            Policy(no_binary=frozenset({":all:"})),
            {"2", "3"},
            {"only wheels, and those are not allowed": ["1"]},
        ),
        (Policy(only_binary=frozenset({"y"}), no_binary=frozenset({"z"})), {"1", "2", "3"}, {}),
    ],
)
def test_kinds_of_files(policy: Policy, versions: set[str], why: dict[str, list[str]] | None) -> None:
    found = candidates([*pure("x", "1", "3"), file("x-2.tar.gz"), file("x-3.tar.gz")], policy)
    assert allowed(found) == everywhere(*versions)
    assert why is None or reasons(found) == why


def test_yanked_releases_only_by_exact_pin() -> None:
    files = [*pure("x", "1.0", "2.0"), file("x-3.0-py3-none-any.whl", yanked="broken"), file("x-4.0.tar.gz")]
    files += [file("x-4.0-py3-none-any.whl", yanked="")]
    found = candidates(files)
    assert allowed(found) == everywhere("1.0", "2.0", "4.0")
    assert reasons(found) == {"yanked": ["3.0"]}
    assert allowed(candidates(files, wishes=Wishes(exact=("3.0.0",)))) == everywhere(
        "1.0", "2.0", "3.0", "4.0"
    )
    assert allowed(candidates(files, wishes=Wishes(exact=("2.0", "nonsense")))) == everywhere(
        "1.0", "2.0", "4.0"
    )


def test_the_cutoff_leaves_out_what_came_later() -> None:
    files = [
        *pure("x", "1.0", at=100),
        *pure("x", "2.0", at=200),
        *pure("x", "3.0", at=300),
        file("x-1.5-cp312-cp312-win_amd64.whl", at=150),
        file("x-1.5-py3-none-any.whl", at=250),
    ]
    found = candidates(files, Policy(cutoff=200))
    assert allowed(found) == {
        LINUX312: {"1.0", "2.0"},
        WINDOWS312: {"1.0", "1.5", "2.0"},
        LINUX314: {"1.0", "2.0"},
    }
    assert reasons(found) == {"newer than the cutoff": ["3.0"], "wrong tag": ["1.5"]}
    assert not found.undated
    assert allowed(candidates(files, Policy(cutoff=200, cutoffs=(("x", None),)))) == everywhere(
        "1.0", "1.5", "2.0", "3.0"
    )
    assert allowed(candidates(files, Policy(cutoffs=(("x", 100), ("y", 1))))) == everywhere("1.0")


def test_files_without_upload_time_are_no_candidates_under_a_cutoff() -> None:
    files = [*pure("x", "1.0", at=100), file("x-2.0.tar.gz"), *pure("x", "3.0", at=100), file("x-3.0.tar.gz")]
    found = candidates(files, Policy(cutoff=200))
    assert allowed(found) == everywhere("1.0", "3.0")
    assert texts(found, found.undated) == ["2.0", "3.0"]
    assert reasons(found) == {"without an upload time, which the cutoff needs": ["2.0"]}
    assert not candidates(files).undated


def test_an_index_without_upload_times_offers_nothing_under_a_cutoff() -> None:
    found = candidates(pure("x", "1.0", "2.0"), Policy(cutoff=200))
    assert allowed(found) == everywhere()
    assert texts(found, found.undated) == ["1.0", "2.0"]


@pytest.mark.parametrize(
    ("prerelease", "explicit", "specifier", "finals", "then"),
    [
        ("disallow", False, "", "1.0 2.0", ""),
        ("disallow", True, ">=3.0a1", "", ""),
        ("allow", False, "", "1.0 2.0a1 2.0 3.0a1 3.0.dev1", ""),
        ("if-necessary", False, "", "1.0 2.0", "2.0a1 3.0a1 3.0.dev1"),
        ("if-necessary", True, ">=2.0a1", "2.0", "2.0a1 3.0a1 3.0.dev1"),
        ("if-necessary", False, ">2", "", "3.0a1 3.0.dev1"),
        ("explicit", False, "", "1.0 2.0", ""),
        ("explicit", False, ">2", "", ""),
        ("explicit", True, ">=2.0a1", "2.0", "2.0a1 3.0a1 3.0.dev1"),
        ("if-necessary-or-explicit", False, "", "1.0 2.0", "2.0a1 3.0a1 3.0.dev1"),
        ("if-necessary-or-explicit", False, "==3.0a1", "", "3.0a1"),
        ("if-necessary-or-explicit", True, ">=2.0a1", "2.0", "2.0a1 3.0a1 3.0.dev1"),
    ],
)
def test_prereleases(prerelease: str, specifier: str, finals: str, then: str, *, explicit: bool) -> None:
    found = candidates(
        pure("x", "1.0", "2.0a1", "2.0", "3.0a1", "3.0.dev1"),
        Policy(prerelease=prerelease),
        Wishes(explicit=explicit),
    )
    matching = found.matching(specifier) & found.available
    assert sorted(texts(found, matching & ~found.last_resort)) == sorted(finals.split())
    assert sorted(texts(found, matching & found.last_resort)) == sorted(then.split())
    assert found.matching(specifier) == found.matching(specifier)


def test_prereleases_of_a_project_without_finals() -> None:
    found = candidates(pure("x", "1.0a1", "1.0b2"))
    assert texts(found, found.matching("")) == ["1.0a1", "1.0b2"]
    assert reasons(candidates(pure("x", "1.0a1"), Policy(prerelease="disallow"))) == {
        "pre-release": ["1.0a1"]
    }


def test_an_unknown_prerelease_policy() -> None:
    with pytest.raises(UsageError, match="unknown pre-release policy"):
        Policy(prerelease="maybe")


def test_nothing_satisfies_an_invalid_specifier() -> None:
    assert candidates(pure("x", "1.0")).matching(">=banana") == 0


LINUX_ONLY = (
    file("x-1.0-py3-none-manylinux_2_17_x86_64.whl"),
    file("x-2.0-py3-none-manylinux_2_17_x86_64.whl"),
)


def test_a_strict_lock_has_nothing_where_no_file_fits() -> None:
    found = candidates(list(LINUX_ONLY))
    assert allowed(found) == {LINUX312: {"1.0", "2.0"}, LINUX314: {"1.0", "2.0"}, WINDOWS312: set()}
    assert reasons(found, WINDOWS312) == {"wrong tag": ["1.0", "2.0"]}


def test_a_universal_lock_prefers_what_has_a_file() -> None:
    found = candidates(
        [*LINUX_ONLY, *pure("x", "0.1", "3.0a1"), file("x-3.0-py3-none-any.whl", requires=">=3.14")],
        Policy(lenient=True),
    )
    assert allowed(found) == {
        LINUX312: {"0.1", "1.0", "2.0", "3.0a1"},
        WINDOWS312: {"0.1", "1.0", "2.0", "3.0a1"},
        LINUX314: {"0.1", "1.0", "2.0", "3.0a1", "3.0"},
    }
    first = {lane: texts(found, versions) for lanes, versions in found.first for lane in bits(lanes)}
    assert first == {0: ["0.1", "1.0", "2.0"], 1: ["0.1"], 2: ["0.1", "1.0", "2.0", "3.0"]}


def test_a_universal_lock_needs_the_right_kind_of_file_all_the_same() -> None:
    found = candidates(
        [*LINUX_ONLY, file("x-3.0.tar.gz")], Policy(lenient=True, only_binary=frozenset({"x"}))
    )
    assert allowed(found) == everywhere("1.0", "2.0")


def test_existing_pins_stay_while_they_are_possible() -> None:
    wishes = Wishes(exact=("2.0",), kept=((LANES.all, "2.0"),))
    files = [*LINUX_ONLY, *pure("x", "0.1")]
    found = candidates(files, Policy(lenient=True), wishes)
    assert sum(lanes for lanes, _ in found.kept) == LANES.all
    strict = candidates(files, wishes=wishes)
    assert sum(lanes for lanes, _ in strict.kept) == LINUX312 | LINUX314


def test_direct_references_stand_among_the_versions() -> None:
    url = "https://index.example/x-1.5.zip"
    found = candidates(
        pure("x", "1.0", "2.0"),
        Policy(cutoff=1, only_binary=frozenset({":all:"})),
        direct=(Direct(url, "1.5", requires_python=">=3.14"),),
    )
    assert found.versions == ("1.0", f"1.5 @ {url}", "2.0")
    assert texts(found, found.matching(f"@ {url}")) == [f"1.5 @ {url}"]
    assert texts(found, found.matching(">1,<2")) == [f"1.5 @ {url}"]
    assert found.matching("@ https://index.example/other.zip") == 0
    assert allowed(found)[LINUX314] == {"1.0", f"1.5 @ {url}", "2.0"}
    assert allowed(found)[LINUX312] == {"1.0", "2.0"}


def test_a_kept_pin_means_one_version_even_beside_local_ones() -> None:
    files = pure("x", "1.0", "1.0+cpu")
    found = candidates(files, wishes=Wishes(kept=((LANES.all, "1.0"),)))
    assert texts(found, found.kept[0][1]) == ["1.0"]
    found = candidates(files, wishes=Wishes(kept=((LANES.all, "1.0.0+cpu"),)))
    assert texts(found, found.kept[0][1]) == ["1.0+cpu"]


@given(
    found=st.lists(
        st.tuples(st.integers(0, 255), st.integers(0, 63).map(lambda bits: bits << 1)), max_size=12
    )
)
@settings(max_examples=100, deadline=None)
def test_a_partition_has_every_lane_once(found: list[tuple[int, int]]) -> None:
    parts = partition(found, 255)
    assert sum(lanes for lanes, _ in parts) == 255
    assert len({versions for _, versions in parts}) == len(parts)
    for lane in range(8):
        expected = 0
        for lanes, versions in found:
            expected |= versions if lanes >> lane & 1 else 0
        assert [versions for lanes, versions in parts if lanes >> lane & 1] == [expected]


def test_a_thousand_tags_are_not_read_where_an_sdist_covers_them() -> None:
    lanes = Lanes(universal_targets("3.12"), spans=True)
    files = [file("x-1.0.tar.gz"), file("x-1.0-what-ever-this_is.whl")]
    assert allowed(candidates(files, lanes=lanes)) == {1 << lane: {"1.0"} for lane in bits(lanes.all)}
