"""Signals from what files say: each against the release before, and what could not be compared."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice, permutations

import pytest

from pinkit.model.contents import Contents, Inspected, Installed, PathFile, Unread
from pinkit.model.distribution import Distribution
from pinkit.upgrade.chosen_files import chosen_files
from pinkit.upgrade.licences import same_licence
from pinkit.upgrade.signals_contents import ReleaseFacts, content_signals

PLAIN = Contents(
    licences=("License-Expression: MIT",),
    people=("Author: Ann",),
    backend="hatchling",
    said_in=("lib-1.dist-info/METADATA", "lib-1.dist-info/WHEEL"),
    installed=Installed(import_names=("lib",)),
)
SDIST = replace(PLAIN, installed=None, backend="hatchling.build", said_in=("PKG-INFO", "pyproject.toml"))
HOOK, QUIET = PathFile(name="h.pth", digest="1", runs=True), PathFile(name="h.pth", digest="2", runs=False)


def facts(
    version: str, *files: Inspected, publishers: tuple[tuple[str, ...] | Unread, ...] = ()
) -> ReleaseFacts:
    named = {f"lib-{version}-{place}.whl": file for place, file in enumerate(files)}
    return ReleaseFacts(version=version, files=named, publishers=dict(zip(named, publishers, strict=False)))


def told(before: ReleaseFacts | None, after: ReleaseFacts) -> list[tuple[str, str]]:
    return [(signal.kind, signal.detail) for signal in content_signals("lib", before, after)]


def installs(**what: object) -> Contents:
    return replace(PLAIN, installed=Installed(**what))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(PLAIN, PLAIN, [], id="the same"),
        pytest.param(
            PLAIN,
            replace(PLAIN, licences=()),
            [("licence change", "none stated; before License-Expression: MIT")],
            id="licence no more stated",
        ),
        pytest.param(replace(PLAIN, licences=()), replace(PLAIN, licences=()), [], id="licence never stated"),
        pytest.param(
            PLAIN,
            replace(PLAIN, people=("Maintainer: Bob", "Author-email: Ann <a@x.example>")),
            [("maintainers changed", "a@x.example, Bob came")],
            id="more people",
        ),
        pytest.param(
            replace(PLAIN, people=("Author: Ann", "Author-email: a@x.example")),
            replace(PLAIN, people=('Author-email: "Ann" <A@x.example>',)),
            [],
            id="people written otherwise",
        ),
        pytest.param(
            PLAIN,
            replace(PLAIN, people=()),
            [("not checked", "maintainers: not every file names any, and no index says who published both")],
            id="nobody named",
        ),
        pytest.param(
            PLAIN,
            replace(PLAIN, backend="uv"),
            [("build backend changed", "uv; before hatchling")],
            id="backend",
        ),
        pytest.param(
            replace(PLAIN, backend="bdist_wheel"),
            replace(PLAIN, backend="setuptools"),
            [],
            id="one backend, two names",
        ),
        pytest.param(
            PLAIN,
            replace(PLAIN, backend=""),
            [("not checked", "build backend: not every file names it")],
            id="backend unknown",
        ),
        pytest.param(installs(path_files=(HOOK,)), installs(path_files=(HOOK,)), [], id="the same .pth file"),
        pytest.param(
            installs(path_files=(HOOK,)),
            installs(path_files=(QUIET,)),
            [(".pth file", "changed: h.pth")],
            id="other .pth",
        ),
        pytest.param(
            installs(entry_points=("a: b",)),
            installs(entry_points=("a: b", "a: c")),
            [("new entry point", "a: c")],
            id="entry point",
        ),
        pytest.param(installs(entry_points=("a: b",)), installs(), [], id="entry point that went"),
        pytest.param(
            PLAIN,
            installs(import_names=("usercustomize",)),
            [("new import name", "usercustomize (runs whenever Python starts)")],
            id="import name",
        ),
        pytest.param(
            SDIST,
            SDIST,
            [("not checked", "what would be installed: not every release has a wheel")],
            id="sdists",
        ),
        pytest.param(
            SDIST,
            PLAIN,
            [("not checked", "what would be installed: not every release has a wheel")],
            id="sdist to wheel of the same backend",
        ),
        pytest.param(
            Unread(why="no"),
            PLAIN,
            [
                (
                    "not checked",
                    "lib-1-0.whl: no; what would be installed: not every release has a wheel",
                )
            ],
            id="before unread",
        ),
        pytest.param(PLAIN, Unread(why="no"), [("not checked", "lib-2-0.whl: no")], id="after unread"),
    ],
)
def test_one_file_each(old: Inspected, new: Inspected, expected: list[tuple[str, str]]) -> None:
    assert told(facts("1", old), facts("2", new)) == expected


def test_a_new_name_is_held_against_nothing() -> None:
    new = installs(path_files=(HOOK,), entry_points=("a: b",), import_names=("lib",))
    assert told(None, facts("1", new)) == [
        (".pth file", "new: h.pth, which runs code whenever Python starts"),
        ("new entry point", "a: b"),
    ]


def test_path_files_that_differ_by_platform_are_the_same_ones() -> None:
    both = installs(path_files=(HOOK,)), installs(path_files=(QUIET,))
    assert told(facts("1", *both), facts("2", *both)) == []
    assert told(facts("1", both[1]), facts("2", *both)) == [
        (".pth file", "changed: h.pth, which runs code whenever Python starts")
    ]


def test_machine_code_in_a_wheel_for_any_platform() -> None:
    pure, native = installs(), installs(native=("lib/x.so",))
    any_, linux = "lib-2-py3-none-any.whl", "lib-2-cp312-cp312-linux_x86_64.whl"
    before, after = facts("1", pure), facts("2", native)
    assert told(before, replace(after, files={linux: native})) == []
    assert told(before, replace(after, files={any_: native})) == [
        ("native code", "a wheel for any platform has machine code: lib/x.so")
    ]
    assert told(facts("1", native), replace(after, files={any_: native})) == []


def test_many_are_told_in_short_and_kept_whole() -> None:
    names = tuple(f"m{number:02}" for number in range(15))
    (signal,) = content_signals("lib", facts("1", PLAIN), facts("2", installs(import_names=names)))
    assert signal.detail == f"{', '.join(names[:10])} and 5 more"
    assert signal.after == names
    assert signal.evidence == ("lib-2-0.whl",)


def test_what_was_read_in_part_says_so() -> None:
    part, note = replace(PLAIN, in_part=True), "(read in part, its hash not checked)"
    (licence,) = content_signals("lib", facts("1", part), facts("2", replace(PLAIN, licences=())))
    assert licence.evidence == (f"lib-1-0.whl: METADATA {note}", "lib-2-0.whl: METADATA")
    (more,) = content_signals(
        "lib", facts("1", PLAIN), facts("2", replace(installs(import_names=("x",)), in_part=True))
    )
    assert more.evidence == (f"lib-2-0.whl {note}",)


def test_all_files_of_a_release_count_together() -> None:
    linux, windows = installs(import_names=("lib", "_linux")), installs(import_names=("lib", "_win"))
    assert told(facts("1", linux, windows), facts("2", windows, linux)) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(("GitHub a/b r.yml",), ("GitHub a/b r.yml",), [], id="the same"),
        pytest.param(
            ("GitHub a/b r.yml",),
            ("GitHub e/b r.yml",),
            [("publisher changed", "GitHub e/b r.yml; before GitHub a/b r.yml")],
            id="another repository",
        ),
        pytest.param(("GitHub a/b r.yml",), (), [], id="none now: told by the index facts"),
        pytest.param(
            ("GitHub a/b r.yml",),
            Unread(why="no"),
            [("not checked", "provenance of lib-2-0.whl: no")],
            id="unread",
        ),
    ],
)
def test_publishers(
    old: tuple[str, ...], new: tuple[str, ...] | Unread, expected: list[tuple[str, str]]
) -> None:
    before, after = facts("1", PLAIN, publishers=(old,)), facts("2", PLAIN, publishers=(new,))
    assert told(before, after) == expected


def test_publishers_speak_where_files_name_nobody() -> None:
    nobody, publisher = replace(PLAIN, people=()), (("GitHub a/b r.yml",),)
    assert told(facts("1", nobody, publishers=publisher), facts("2", nobody, publishers=publisher)) == []


E, F, C = "License-Expression: ", "License: ", "Classifier: License :: OSI Approved :: "


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param((E + "MIT",), (E + "mit",), True, id="case"),
        pytest.param((E + "BSD-2-Clause",), (E + "BSD-3-Clause",), False, id="another expression"),
        pytest.param((F + "MIT", C + "MIT License"), (E + "MIT",), True, id="MIT taken up as an expression"),
        pytest.param((C + "MIT License",), (E + "Apache-2.0",), False, id="another licence taken up"),
        pytest.param((F + "Apache License, Version 2.0",), (E + "Apache-2.0",), True, id="Apache in words"),
        pytest.param((C + "BSD License",), (E + "BSD-3-Clause",), True, id="BSD, clauses unknown"),
        pytest.param((F + "Our own terms",), (E + "LicenseRef-Own",), False, id="unknown on both sides"),
        pytest.param((F + "MIT", C + "MIT License"), (F + "MIT",), True, id="a classifier dropped"),
        pytest.param((F + "MIT",), (F + "GPL",), False, id="another text"),
        pytest.param((), (E + "MIT",), False, id="stated at last"),
        pytest.param(
            (C + "MIT License",), (C + "MIT License", C + "ISC License (ISCL)"), False, id="one more"
        ),
    ],
)
def test_licences(old: tuple[str, ...], new: tuple[str, ...], expected: bool) -> None:
    assert same_licence(old, new) is expected
    assert same_licence(new, old) is expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(["lib-1.tar.gz", "lib-1-py3-none-any.whl"], ["lib-1-py3-none-any.whl"], id="the wheel"),
        pytest.param(
            ["lib-1.tar.gz", "lib-1.zip", "other-1.tar.gz"], ["lib-1.tar.gz"], id="an sdist without wheels"
        ),
        pytest.param(
            [
                *(
                    "lib-1-cp39-cp39-win_amd64.whl",
                    "lib-1-cp310-cp310-win_amd64.whl",
                    "lib-1-cp310-cp310-win32.whl",
                ),
                *(
                    "lib-1-cp310-cp310-manylinux_2_28_x86_64.whl",
                    "lib-1-cp310-cp310-musllinux_1_2_aarch64.whl",
                ),
                *("lib-1-cp310-cp310-macosx_11_0_arm64.whl", "lib-1-cp310-cp310-emscripten_3_wasm32.whl"),
                "lib-1-py3-none-any.whl",
            ],
            [
                "lib-1-py3-none-any.whl",
                "lib-1-cp310-cp310-manylinux_2_28_x86_64.whl",
                "lib-1-cp310-cp310-macosx_11_0_arm64.whl",
                "lib-1-cp310-cp310-emscripten_3_wasm32.whl",
                "lib-1-cp310-cp310-win_amd64.whl",
            ],
            id="one a family, of the newest Python",
        ),
        pytest.param([], [], id="nothing"),
    ],
)
def test_chosen_files(files: list[str], expected: list[str]) -> None:
    made = [Distribution(filename=name, url="") for name in files]
    for order in islice(permutations(made), 0, 5000, 97):
        assert [file.filename for file in chosen_files("lib", order)] == expected
