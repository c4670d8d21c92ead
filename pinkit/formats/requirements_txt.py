"""requirements.in / .txt as pip reads it, with all that it includes, to requirements that know their origin."""

from __future__ import annotations

import posixpath
import re
from dataclasses import field
from typing import TYPE_CHECKING

from pinkit.errors import UsageError
from pinkit.formats.pep508 import InvalidRequirement
from pinkit.formats.references import is_reference, parse_named, parse_reference
from pinkit.formats.requirements_lines import decoded, logical_lines
from pinkit.formats.requirements_options import (
    REQUIREMENT_OPTIONS,
    BadOption,
    InputOptions,
    Line,
    parse_line,
    with_options,
)
from pinkit.model.requirement import Origin, Requirement
from pinkit.model.value import frozen_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["InputFile", "InputOptions", "read_requirements", "requirement_of"]

MAX_FILES = 200
MAX_LINE = 65_536

_REMOTE = re.compile(r"(?:https?|file):", re.IGNORECASE)
_HASH = re.compile(r"(sha256):([0-9a-f]{64})|(sha384):([0-9a-f]{96})|(sha512):([0-9a-f]{128})", re.IGNORECASE)


@frozen_value(frozen=True, slots=True, kw_only=True)
class InputFile:
    """All that a requirements file and the files it includes ask for.

    A requirement's `name` is "" where only its URL's content tells it. `files` are all files read, in order,
    as their origins name them. `build_settings` are (requirement, option, value) of `--config-settings` and
    `--global-option`.
    """

    requirements: tuple[Requirement, ...] = ()
    constraints: tuple[Requirement, ...] = ()
    options: InputOptions = field(default_factory=InputOptions)
    files: tuple[str, ...] = ()
    build_settings: tuple[tuple[Requirement, str, str], ...] = ()


def read_requirements(
    file: str,
    read: Callable[[str], bytes],
    environment: Mapping[str, str],
    *,
    constraint: bool = False,
) -> InputFile:
    """What `file` asks for; `read` answers each path (as the includes spell it) or URL with its bytes.

    `environment` gives the values of `${NAME}`. An OSError or UsageError of `read` becomes a UsageError that names
    the including line; other errors pass. A file that includes itself is a UsageError.
    """
    reader = _Reader(read, environment)
    reader.file(file, constraint=constraint, ancestors=())
    return InputFile(
        requirements=tuple(reader.requirements),
        constraints=tuple(reader.constraints),
        options=reader.options,
        files=tuple(dict.fromkeys(reader.files)),
        build_settings=tuple(reader.settings),
    )


class _Reader:
    def __init__(self, read: Callable[[str], bytes], environment: Mapping[str, str]) -> None:
        self._read, self._environment = read, environment
        self.requirements: list[Requirement] = []
        self.constraints: list[Requirement] = []
        self.settings: list[tuple[Requirement, str, str]] = []
        self.files: list[str] = []
        self.options = InputOptions()

    def file(self, name: str, *, constraint: bool, ancestors: tuple[tuple[str, int], ...]) -> None:
        content = self._content(name, ancestors)
        via = f"{'-c' if constraint else '-r'} {name}"
        for number, text in logical_lines(decoded(content, name), self._environment):
            parent = ancestors[-1][0] if ancestors else ""
            origin = Origin(file=name, line=number, via=via, included_by=parent)
            if len(text) > MAX_LINE:
                raise UsageError(f"{origin}: a line of {len(text)} characters", f"the limit is {MAX_LINE}")
            try:
                line = parse_line(text)
            except BadOption as problem:
                raise UsageError(f"{origin}: {problem}", text) from None
            if line.requirement or line.values("--editable"):
                self._requirement(line, origin, constraint=constraint)
                continue
            if line.values("--hash"):
                raise UsageError(
                    f"{origin}: a hash without a requirement",
                    text,
                    "the line above it has to end with a backslash, and no comment may stand between",
                )
            self.options = with_options(self.options, line)
            for option, value in line.options:
                if option in ("--requirement", "--constraint"):
                    self.file(
                        _included(name, value),
                        constraint=option == "--constraint",
                        ancestors=(*ancestors, (name, number)),
                    )

    def _content(self, name: str, ancestors: tuple[tuple[str, int], ...]) -> bytes:
        place = f"{ancestors[-1][0]}:{ancestors[-1][1]}: " if ancestors else ""
        chain = [file for file, _ in ancestors]
        same = [posixpath.normpath(file) for file in chain]
        if posixpath.normpath(name) in same:
            cycle = " -> ".join([*chain[same.index(posixpath.normpath(name)) :], name])
            raise UsageError(f"{place}{name} includes itself", cycle, "remove one of these -r or -c lines")
        if len(self.files) >= MAX_FILES:
            raise UsageError(f"{place}too many included files", f"the limit is {MAX_FILES}")
        self.files.append(name)
        try:
            return self._read(name)
        except OSError as problem:
            reason = problem.strerror or str(problem)
            raise UsageError(
                f"{place}cannot read {name}", reason, "check the path" if place else ""
            ) from problem
        except UsageError as problem:
            raise UsageError(f"{place}{problem.what}", problem.why, problem.hint) from problem

    def _requirement(self, line: Line, origin: Origin, *, constraint: bool) -> None:
        editable = line.values("--editable")
        text = line.requirement or editable[-1]
        if line.requirement and editable:
            raise UsageError(
                f"{origin}: a requirement and -e on one line", text, "write each on a line of its own"
            )
        for option, _ in line.options:
            if option not in REQUIREMENT_OPTIONS and option != "--editable":
                raise UsageError(
                    f"{origin}: {option} cannot follow a requirement",
                    f"it is an option of the whole file: {text}",
                    "give it a line of its own",
                )
        hashes = tuple(_hash(value, origin) for value in line.values("--hash"))
        if editable and hashes:
            raise UsageError(
                f"{origin}: an editable requirement cannot have hashes", text, "leave out -e or --hash"
            )
        requirement = requirement_of(text, origin, editable=bool(editable), hashes=hashes)
        (self.constraints if constraint else self.requirements).append(requirement)
        self.settings += [
            (requirement, name, value) for name, value in line.options if name in _BUILD_OPTIONS
        ]


_BUILD_OPTIONS = ("--config-settings", "--global-option")


def requirement_of(
    text: str, origin: Origin, *, editable: bool = False, hashes: tuple[str, ...] = ()
) -> Requirement:
    """The requirement that a text of a requirements file or a command line names. Raises UsageError."""
    try:
        if editable or is_reference(text):
            name, extras, url, marker = parse_reference(text)
            specifier = ""
        else:
            name, extras, specifier, url, marker = parse_named(text)
    except InvalidRequirement as problem:
        raise UsageError(
            f"{origin}: not a requirement: {problem.reason}",
            f"{problem.text}\n{' ' * problem.column}^",
            "write NAME, NAME==1.0, NAME[extra]>=1,<2, `NAME @ URL` or a path",
        ) from None
    return Requirement(
        name=name,
        origin=origin,
        extras=extras,
        specifier=specifier,
        marker=marker,
        url=url,
        editable=editable,
        hashes=hashes,
    )


def _included(file: str, value: str) -> str:
    if _REMOTE.match(file):
        from urllib.parse import urljoin

        return urljoin(file, value)
    if _REMOTE.match(value):
        return value
    # Not normalised: annotations of pip-compile and uv show `sub/../base.in` as it follows from the text.
    return posixpath.join(posixpath.dirname(file), value)


def _hash(value: str, origin: Origin) -> str:
    if _HASH.fullmatch(value) is None:
        raise UsageError(
            f"{origin}: not a usable hash: {value}",
            "expected sha256:, sha384: or sha512: and that many hexadecimal digits",
        )
    return value.lower()
