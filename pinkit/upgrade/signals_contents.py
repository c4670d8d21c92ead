"""What to look at in the files of a release, held against those of the one before it: listed, never scored."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinkit.model.contents import Contents, Unread
from pinkit.model.upgrade import Signal
from pinkit.upgrade.licences import same_licence

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from pinkit.model.contents import Inspected, Installed, PathFile

_MOST_TOLD = 10
_MOST_PLACES = 2
_IN_PART = "(read in part, its hash not checked)"
_METADATA = ("METADATA", "PKG-INFO")
_STARTERS = ("sitecustomize", "usercustomize")
"""Modules that Python imports whenever it starts, where it finds them (`site`)."""
_BACKENDS = {
    "bdist_wheel": "setuptools",
    "flit_core": "flit",
    "hatchling": "hatchling",
    "maturin": "maturin",
    "mesonpy": "meson",
    "pdm": "pdm-backend",
    "poetry": "poetry-core",
    "scikit_build_core": "scikit-build-core",
    "uv_build": "uv",
}
"""One name for what a wheel's Generator and an sdist's build-backend (its first module) call differently."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFacts:
    """What is known of a release: of the files that were looked into, by filename, and who published them.

    `gap` says why none could be chosen.
    """

    version: str
    files: Mapping[str, Inspected]
    publishers: Mapping[str, tuple[str, ...] | Unread]
    gap: str = ""

    @property
    def read(self) -> tuple[Contents, ...]:
        """What could be read."""
        return tuple(each for each in self.files.values() if isinstance(each, Contents))

    @property
    def installed(self) -> tuple[Installed, ...]:
        """What the wheels install."""
        return tuple(each.installed for each in self.read if each.installed is not None)

    @property
    def attested(self) -> tuple[str, ...]:
        """Every publisher named, sorted."""
        return _united(each for each in self.publishers.values() if isinstance(each, tuple))

    def places(self, names: Collection[str]) -> Iterable[str]:
        """Where members of these names were read, by filename."""
        for file, contents in sorted(self.files.items()):
            if isinstance(contents, Contents):
                members = (member.rpartition("/")[2] for member in contents.said_in)
                yield from (f"{file}: {member}" for member in members if member in names)


def content_signals(
    name: str, before: ReleaseFacts | None, after: ReleaseFacts, untold: Iterable[str] = ()
) -> Iterable[Signal]:
    """What the files of `after` say and bring that those of `before` (None: the name is new) did not.

    What could not be compared, here and by others (`untold`), is a signal of its own, "not checked", with the reasons.
    """
    told = _Told(name, before, after)
    gaps = [*untold, *(gap for facts in (before, after) if facts for gap in _gaps(facts))]
    old_installed = before.installed if before else ()
    if after.installed and (old_installed or before is None):
        yield from _installed(told, old_installed, after.installed)
    elif after.read:
        gaps.append("what would be installed: not every release has a wheel")
    if before is not None and before.read and after.read:
        yield from _licence(told, before, after)
        yield from _backend(told, before, after, gaps)
    if before is not None:
        yield from _people(told, before, after, gaps)
    if gaps:
        yield told.signal("not checked", "; ".join(gaps), (), (), ())


@dataclass(frozen=True, slots=True)
class _Told:
    """Makes the signals about one move."""

    name: str
    before: ReleaseFacts | None
    after: ReleaseFacts

    def signal(
        self, kind: str, detail: str, old: Iterable[str], new: Iterable[str], evidence: Iterable[str]
    ) -> Signal:
        return Signal(
            kind=kind,
            name=self.name,
            version=self.after.version,
            detail=detail,
            evidence=tuple(map(self._marked, evidence))[:_MOST_TOLD],
            before=tuple(old),
            after=tuple(new),
        )

    def _marked(self, place: str) -> str:
        """A place in a file whose digest was not checked says so."""
        file = place.partition(": ")[0]
        for facts in filter(None, (self.before, self.after)):
            contents = facts.files.get(file)
            if isinstance(contents, Contents) and contents.in_part:
                return f"{place} {_IN_PART}"
        return place

    def members(self, *names: str) -> list[str]:
        """Where members of these names were read, as "file: member": of each release at most two, before first."""
        return [
            place
            for facts in filter(None, (self.before, self.after))
            for place in list(facts.places(names))[:_MOST_PLACES]
        ]


def _gaps(facts: ReleaseFacts) -> Iterable[str]:
    if facts.gap:
        yield f"{facts.version}: {facts.gap}"
    for label, told in (("", facts.files), ("provenance of ", facts.publishers)):
        yield from (
            f"{label}{file}: {each.why}" for file, each in sorted(told.items()) if isinstance(each, Unread)
        )


def _installed(told: _Told, old: Collection[Installed], new: Collection[Installed]) -> Iterable[Signal]:
    yield from _path_files(told, old, new)
    yield from _native(told, old)
    where = list(told.after.places(("entry_points.txt",))) or sorted(told.after.files)
    yield from _more(
        told, "new entry point", [[each.entry_points for each in side] for side in (old, new)], where
    )
    if told.before is not None:
        where = sorted(told.after.files)
        yield from _more(
            told, "new import name", [[each.import_names for each in side] for side in (old, new)], where
        )


def _native(told: _Told, old: Iterable[Installed]) -> Iterable[Signal]:
    """Machine code in a wheel that is for any platform by its name; other wheels are known by theirs."""
    had = {name for each in old for name in each.native}
    for file, contents in sorted(told.after.files.items()):
        if file.endswith("-none-any.whl") and isinstance(contents, Contents) and contents.installed:
            more = [name for name in contents.installed.native if name not in had]
            if more:
                detail = f"a wheel for any platform has machine code: {_few(more)}"
                yield told.signal("native code", detail, sorted(had), contents.installed.native, [file])


def _path_files(told: _Told, old: Iterable[Installed], new: Iterable[Installed]) -> Iterable[Signal]:
    had = {file for each in old for file in each.path_files}
    more = {file for each in new for file in each.path_files} - had
    if more:
        known, names = sorted({file.name for file in had}), sorted({file.name for file in more})
        said = sorted({_path_file(file, known) for file in more})
        yield told.signal(".pth file", _few(said), known, names, told.members(*names))


def _path_file(file: PathFile, known: Collection[str]) -> str:
    change = "changed" if file.name in known else "new"
    return f"{change}: {file.name}" + (", which runs code whenever Python starts" if file.runs else "")


def _more(
    told: _Told, kind: str, sides: Sequence[Iterable[tuple[str, ...]]], where: Iterable[str]
) -> Iterable[Signal]:
    had, has = map(_united, sides)
    more = [each for each in has if each not in had]
    if more:
        said = [f"{each} (runs whenever Python starts)" if each in _STARTERS else each for each in more]
        yield told.signal(kind, _few(said), had, has, where)


def _licence(told: _Told, before: ReleaseFacts, after: ReleaseFacts) -> Iterable[Signal]:
    old, new = (_united(each.licences for each in facts.read) for facts in (before, after))
    if (old or new) and not same_licence(old, new):
        detail = f"{_few(new) or 'none stated'}; before {_few(old) or 'none stated'}"
        yield told.signal("licence change", detail, old, new, told.members(*_METADATA))


def _backend(told: _Told, before: ReleaseFacts, after: ReleaseFacts, gaps: list[str]) -> Iterable[Signal]:
    old, new = (tuple(sorted({each.backend for each in facts.read})) for facts in (before, after))
    if "" in old or "" in new:
        gaps.append("build backend: not every file names it")
    elif {_backend_name(each) for each in old} != {_backend_name(each) for each in new}:
        detail = f"{_few(new)}; before {_few(old)}"
        where = told.members("WHEEL", "pyproject.toml")
        yield told.signal("build backend changed", detail, old, new, where)


def _backend_name(text: str) -> str:
    first = text.partition(":")[0].partition(".")[0]
    return _BACKENDS.get(first, first)


def _people(told: _Told, before: ReleaseFacts, after: ReleaseFacts, gaps: list[str]) -> Iterable[Signal]:
    old, new = (_united(each.people for each in facts.read) for facts in (before, after))
    was, now = _identities(old), _identities(new)
    came = [now[key] for key in sorted(now.keys() - was.keys())]
    went = [was[key] for key in sorted(was.keys() - now.keys())]
    if old and new and (came or went):
        said = [f"{_few(each)} {word}" for each, word in ((came, "came"), (went, "went")) if each]
        yield told.signal("maintainers changed", "; ".join(said), old, new, told.members(*_METADATA))
    published = before.attested, after.attested
    if all(published) and published[0] != published[1]:
        detail = f"{_few(published[1])}; before {_few(published[0])}"
        where = [f"provenance of {file}" for each in (before, after) for file in sorted(each.publishers)]
        yield told.signal("publisher changed", detail, *published, where)
    if not all(published) and before.read and after.read and not (old and new):
        gaps.append("maintainers: not every file names any, and no index says who published both")


def _identities(people: Iterable[str]) -> dict[str, str]:
    """Names and addresses as written by themselves in lower case: neither field nor case makes a difference."""
    texts = (part.strip() for line in people for part in re.split(r'[,;<>"]', line.partition(": ")[2]))
    return {text.lower(): text for text in texts if text}


def _united(lists: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({each for texts in lists for each in texts}))


def _few(texts: Iterable[str]) -> str:
    every = list(texts)
    more = f" and {len(every) - _MOST_TOLD} more" if len(every) > _MOST_TOLD else ""
    return ", ".join(every[:_MOST_TOLD]) + more
