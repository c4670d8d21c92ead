from __future__ import annotations

import pytest

from pinkit.errors import UsageError
from pinkit.formats.pyproject import (
    DEFAULT_BUILD_REQUIRES,
    Include,
    group_requirements,
    read_pyproject,
    selected_requirements,
)
from pinkit.model.requirement import Origin

DOCUMENT = """\
[build-system]
requires = ["hatchling>=1.27", 'editables']
build-backend = "hatchling.build"
backend-path = ["."]

[project]
name = "My_Proj"
version = "1.0"
requires-python = ">= 3.9, <4"
dynamic = ["description"]
dependencies = [
  "six",
  "idna >= 2 ; os_name == 'nt'",
]

[project.optional-dependencies]
dev = ["my-proj[Test_It] ; python_version < '3.12'", "toml", "six"]
Test_It = ["pytest ; os_name == 'nt' or os_name == 'posix'", "my_proj[dev]"]

[dependency-groups]
lint = ["ruff", {include-group = "Base_Group"}]
Base_Group = ["attrs", "my-proj[test-it]"]
"""


def read(text, file="pyproject.toml"):
    return read_pyproject(text.encode(), file)


def shown(requirements):
    return [str(item) for item in requirements]


def test_what_a_project_says():
    project = read(DOCUMENT)
    assert (project.name, project.version, project.requires_python) == ("my-proj", "1.0", ">=3.9,<4")
    assert project.dynamic == ("description",)
    assert shown(project.dependencies) == ["six", 'idna>=2 ; os_name == "nt"']
    assert [name for name, _ in project.extras] == ["dev", "test-it"]
    assert dict(project.groups)["lint"][1] == Include(group="base-group")
    assert shown(project.build_requires) == ["hatchling>=1.27", "editables"]
    assert (project.build_backend, project.backend_path) == ("hatchling.build", (".",))


def test_origins_have_lines_and_annotations():
    project = read(DOCUMENT, "sub/pyproject.toml")
    via = "my-proj (sub/pyproject.toml)"
    place = "sub/pyproject.toml"
    assert [item.origin for item in project.dependencies] == [
        Origin(file=place, line=12, section="project.dependencies", via=via),
        Origin(file=place, line=13, section="project.dependencies", via=via),
    ]
    assert dict(project.extras)["dev"][2].origin == Origin(file=place, line=17, section="extra:dev", via=via)
    assert project.build_requires[1].origin.line == 2
    attrs = group_requirements(project, "lint")[1]
    assert attrs.origin == Origin(
        file=place, line=22, section="group:base-group", via="my-proj (sub/pyproject.toml:lint)"
    )


def test_an_empty_document():
    project = read("")
    assert (project.name, project.dependencies, project.extras, project.groups) == ("", (), (), ())
    assert shown(project.build_requires) == list(DEFAULT_BUILD_REQUIRES)
    assert read("[project]\nname='a'").dependencies == ()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({}, ["six", 'idna>=2 ; os_name == "nt"'], id="dependencies"),
        pytest.param({"dependencies": False}, [], id="nothing"),
        pytest.param(
            {"dependencies": False, "extras": ["Test.It"]},
            [
                'pytest ; os_name == "nt" or os_name == "posix"',
                'pytest ; (os_name == "nt" or os_name == "posix") and python_version < "3.12"',
                'toml ; python_version < "3.12"',
                'six ; python_version < "3.12"',
                "toml",
                "six",
            ],
            id="extras-of-itself",
        ),
        pytest.param({"dependencies": False, "groups": ["LINT"]}, None, id="group"),
    ],
)
def test_selection(options, expected):
    found = shown(selected_requirements(read(DOCUMENT), **options))
    if expected is None:
        assert found[:2] == ["ruff", "attrs"]
        assert "toml" in found
    else:
        assert [item for item in found if item not in expected] == []
        assert [item for item in expected if item not in found] == []


def test_all_extras_and_groups():
    found = shown(selected_requirements(read(DOCUMENT), all_extras=True, all_groups=True))
    assert {"six", "toml", "ruff", "attrs"} <= set(found)
    assert not any(item.startswith("my-proj") for item in found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("a = @", "pyproject.toml:1: no TOML", id="toml"),
        pytest.param("a = 1\na = 2\n", "pyproject.toml:2: no TOML", id="toml-line"),
        pytest.param("a =", "pyproject.toml is no TOML", id="toml-end"),
        pytest.param("project = 1", "pyproject.toml: project must be a table", id="project-type"),
        pytest.param("[project]\nversion='1'", "project.name is missing", id="no-name"),
        pytest.param("[project]\nname='-x'", "project.name is no project name: '-x'", id="bad-name"),
        pytest.param("[project]\nname=1", "project.name must be a string", id="name-type"),
        pytest.param(
            "[project]\nname='a'\nrequires-python='3'", "requires-python is no version specifier", id="python"
        ),
        pytest.param(
            "[project]\nname='a'\ndependencies='x'",
            "project.dependencies must be an array of strings",
            id="dependencies-type",
        ),
        pytest.param(
            "[project]\nname='a'\n\ndependencies=[\n'x=1']",
            r"pyproject.toml:5 \(project.dependencies\): not a requirement",
            id="dependency",
        ),
        pytest.param(
            "[project]\nname='a'\ndependencies=['./x']", "a requirement here needs a name", id="unnamed"
        ),
        pytest.param(
            "[project]\nname='a'\n[project.optional-dependencies]\nA-b=[]\na_B=[]",
            "a_B is defined twice",
            id="extra-twice",
        ),
        pytest.param(
            "[project]\nname='a'\n[project.optional-dependencies]\n'x y'=[]",
            "x y is no valid name",
            id="extra-name",
        ),
        pytest.param("[dependency-groups]\na='x'", "dependency-groups.a must be an array", id="group-type"),
        pytest.param("[dependency-groups]\na=[{include='x'}]", "array of requirements and", id="group-item"),
        pytest.param(
            "[dependency-groups]\na=[{include-group='x', b=1}]",
            "array of requirements and",
            id="group-item-more",
        ),
        pytest.param(
            "[build-system]\nbuild-backend='x'", "build-system.requires is missing", id="no-requires"
        ),
    ],
)
def test_errors(text, message):
    with pytest.raises(UsageError, match=message):
        read(text)


def test_bytes_that_are_no_toml():
    with pytest.raises(UsageError, match="not UTF-8"):
        read_pyproject(b"\xff", "pyproject.toml")
    with pytest.raises(UsageError, match="nested too deeply"):
        read("a = " + "[" * 50_000)


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        pytest.param(
            {"extras": ["devv"]}, "project.optional-dependencies.devv is no known key", "`dev`", id="extra"
        ),
        pytest.param({"groups": ["lynt"]}, "dependency-groups.lynt is no known key", "`lint`", id="group"),
    ],
)
def test_unknown_selections_are_errors(options, message, hint):
    with pytest.raises(UsageError, match=message) as caught:
        selected_requirements(read(DOCUMENT), **options)
    assert hint in caught.value.hint


def test_groups_in_a_circle():
    project = read(
        "[dependency-groups]\na=[{include-group='b'}]\nb=[{include-group='c'}]\nc=[{include-group='b'}]"
    )
    with pytest.raises(UsageError, match="in a circle") as caught:
        group_requirements(project, "a")
    assert caught.value.why == "b -> c -> b"


def test_unknown_included_group_and_own_extra():
    with pytest.raises(UsageError, match=r"dependency-groups\.x"):
        group_requirements(read("[dependency-groups]\na=[{include-group='x'}]"), "a")
    project = read("[project]\nname='a'\n[project.optional-dependencies]\nx=['a[y]']")
    with pytest.raises(UsageError, match=r"optional-dependencies\.y"):
        selected_requirements(project, extras=["x"])


def test_a_project_without_a_name_annotates_its_groups_by_place():
    (six,) = group_requirements(read("[dependency-groups]\na=['six']"), "a")
    assert six.origin.via == "(pyproject.toml:a)"
