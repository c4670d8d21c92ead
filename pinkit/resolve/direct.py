"""Releases behind direct references (PEP 440), standing among the versions of their project."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pinkit.formats.pep440 import sort_key
from pinkit.model.distribution import Project

if TYPE_CHECKING:
    from pinkit.model.requirement import Dependency


class Direct(NamedTuple):
    """A release by direct reference (PEP 440): what its source says of itself.

    `url` is spelled as in the requirement; `kind` is "sdist" for everything that is built, else a wheel's tag
    set. `dependencies` are as in `ports.Catalog`.
    """

    url: str
    version: str
    dependencies: tuple[Dependency, ...] = ()
    requires_python: str = ""
    kind: str = "sdist"

    @property
    def label(self) -> str:
        """How the release stands among the versions: "1.0 @ URL"."""
        return f"{self.version} @ {self.url}"


def with_direct(project: Project, direct: tuple[Direct, ...]) -> Project:
    """The project with its direct references among its versions, in order."""
    order = sorted(
        [(sort_key(text) or (), index, text) for index, text in enumerate(project.versions)]
        + [(sort_key(each.version) or (), len(project.versions), each.label) for each in direct]
    )
    versions = tuple(label for _, _, label in order)
    at = {label: 2 << index for index, label in enumerate(versions)}
    classes = [
        (file, sum(at[text] for index, text in enumerate(project.versions) if members >> (index + 1) & 1))
        for file, members in project.classes
    ]
    classes += [((each.requires_python, each.kind, False), at[each.label]) for each in direct]
    return Project(name=project.name, versions=versions, classes=tuple(classes), index=project.index)
