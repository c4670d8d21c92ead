"""The text of a hashed requirements.txt (pip-compile's, uv's or pinkit's) to a lock, as pip would read it.

Tolerant: what is no pin is reported as a problem with its line, and the rest is read.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from pinkit.formats.lock_layout import Layout, annotation_order, header_cutoff, header_layout, header_tool
from pinkit.formats.lock_lines import Draft, LockLines, Problem
from pinkit.formats.markers import InvalidMarker, canonical_marker
from pinkit.formats.pep440 import sort_key
from pinkit.formats.pep508 import InvalidRequirement, normalized_name, parse_requirement
from pinkit.formats.references import is_reference, parse_named, parse_reference
from pinkit.formats.requirements_lines import decoded
from pinkit.formats.sources import source_of
from pinkit.model.lock import Lock, Pin
from pinkit.model.value import frozen_value

_PIN = re.compile(
    r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)[ \t]*+(?:\[([^\]]*+)\])?[ \t]*+"
    r"(===?)[ \t]*+([A-Za-z0-9][A-Za-z0-9._+!-]*+)[ \t]*+(?:;[ \t]*+(.*\S))?[ \t]*+\Z",
    re.DOTALL,
)
_UV_LINES = Layout(annotation_style="line")
_TIGHT_EXTRAS = re.compile(r"[A-Za-z0-9._-]++\[[^\[\]]*,(?! )")
_OMITTED = re.compile(r"# ([A-Za-z0-9][A-Za-z0-9._-]*)\s*\Z")


@frozen_value(frozen=True, slots=True, kw_only=True)
class LockText:
    """A lock as read: `options` and `includes` are (line, text) of file options and of `-r`/`-c` lines.

    Pins are in file order, duplicates included; `comments` are the comments that a rewrite would lose.
    """

    lock: Lock
    layout: Layout
    options: tuple[tuple[int, str], ...] = ()
    includes: tuple[tuple[int, str], ...] = ()
    problems: tuple[Problem, ...] = ()
    comments: tuple[tuple[int, str], ...] = ()


def read_lock_text(content: bytes, file: str, *, legacy: bool = False) -> LockText:
    """The lock of a requirements.txt. Raises UsageError only where the bytes are no text.

    With `legacy`, what any pip took as one exact version is a pin: `===` too, and texts that PEP 440 does not know.
    """
    text = decoded(content, file)
    lines = LockLines()
    lines.read(text.splitlines())
    return _lock_text(lines, "\r\n" if "\r\n" in text else "\n", legacy=legacy)


def _lock_text(lines: LockLines, newline: Literal["\n", "\r\n"], *, legacy: bool) -> LockText:
    problems = list(lines.problems)
    pins = tuple(pin for draft in lines.drafts if (pin := _pin(draft, problems, legacy=legacy)) is not None)
    comments = list(lines.comments)
    layout = replace(_layout(lines, comments), newline=newline)
    cutoff = header_cutoff(lines.header)
    return LockText(
        lock=Lock(
            pins=pins,
            cutoff=_seconds(cutoff) if cutoff else None,
            index_urls=_index_urls([text for _, text in lines.options]),
            header=tuple(lines.header),
        ),
        layout=replace(
            layout,
            tool=_tool(lines, pins),
            annotate=not pins or any(pin.via for pin in pins),
            strip_extras=not any(pin.extras for pin in pins),
            index_annotated=any(pin.index for pin in pins),
        ),
        options=tuple(lines.options),
        includes=tuple(lines.includes),
        problems=tuple(sorted(problems, key=lambda problem: problem.line)),
        comments=tuple(sorted(comments)),
    )


def _layout(lines: LockLines, comments: list[tuple[int, str]]) -> Layout:
    """What the comments tell of the layout; those that tell nothing are added to `comments`."""
    warning: tuple[str, ...] = ()
    for draft, block in lines.warnings:
        if draft.hashes:
            comments += block
        else:
            warning = tuple(line for _, line in block)
    heading, omitted = _omitted(lines.block)
    if not omitted:
        heading = lines.unsafe_heading
        comments += lines.block
    return Layout(
        annotation_style="line" if lines.lined and not lines.split else "split",
        options=tuple(text for _, text in lines.options),
        unsafe_heading=heading,
        omitted=omitted,
        unhashed_warning=warning,
    )


def _tool(lines: LockLines, pins: tuple[Pin, ...]) -> Literal["uv", "pip-compile"]:
    """Whose conventions the body follows: the header's author's, else those that its details show."""
    named = header_layout(lines.header) or header_tool(lines.header)
    if named in ("uv", "pip-compile"):
        return "uv" if named == "uv" else "pip-compile"
    shown = (
        bool(lines.unsafe_heading),
        any('"' in pin.marker for pin in pins),
        any(_TIGHT_EXTRAS.match(draft.head) for draft in lines.drafts),
        # pip-compile names a pin with extras among its own parents.
        any(pin.name in pin.via for pin in pins),
        lines.lined and any(_is_by_text(pin.via) for pin in pins),
    )
    return "pip-compile" if any(shown) else "uv"


def _is_by_text(via: tuple[str, ...]) -> bool:
    return list(via) == sorted(via) and via != annotation_order(via, _UV_LINES)


def _pin(draft: Draft, problems: list[Problem], *, legacy: bool) -> Pin | None:
    match = _PIN.match(draft.head)
    if match is None or (match[3] == "===" and not legacy):
        return _sourced(draft, problems)
    name, extras, _, version, marker = match.groups()
    if sort_key(version) is None and not legacy:
        problems.append(Problem(line=draft.line, what=f"not a pin: {version!r} is no version"))
        return None
    try:
        parsed = parse_requirement(f"{name}[{extras}]").extras if extras else ()
        if marker is not None:
            canonical_marker(marker)
    except (InvalidMarker, InvalidRequirement) as problem:
        problems.append(Problem(line=draft.line, what=f"not a pin: {problem.reason}"))
        return None
    return Pin(
        name=normalized_name(name),
        version=version,
        extras=parsed,
        marker=marker or "",
        hashes=tuple(draft.hashes),
        via=tuple(draft.via),
        index=draft.index,
        line=draft.line,
        hash_lines=tuple(draft.hash_lines),
    )


def _sourced(draft: Draft, problems: list[Problem]) -> Pin | None:
    """A pin by URL or path, or None with the problem noted."""
    text, editable = draft.head, False
    for prefix in ("--editable", "-e"):
        if text.startswith(prefix):
            text, editable = text[len(prefix) :].lstrip(" \t="), True
    try:
        if editable or is_reference(text):
            name, extras, url, marker = parse_reference(text)
        else:
            name, extras, _, url, marker = parse_named(text)
    except InvalidRequirement as problem:
        problems.append(Problem(line=draft.line, what=f"not a pin: {problem.reason}"))
        return None
    if not url:
        problems.append(Problem(line=draft.line, what=f"{name} is not pinned to one version with =="))
        return None
    return Pin(
        name=name,
        version="",
        extras=extras,
        marker=marker,
        hashes=tuple(draft.hashes),
        via=tuple(draft.via),
        source=source_of(url, editable=editable),
        line=draft.line,
        hash_lines=tuple(draft.hash_lines),
    )


def _omitted(block: list[tuple[int, str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(heading, names) of a closing block of comments that lists packages left out, both empty for another."""
    heading = tuple(line for _, line in block if not _OMITTED.match(line))
    names = tuple(match[1] for _, line in block[len(heading) :] if (match := _OMITTED.match(line)))
    return (heading, names) if heading and len(heading) + len(names) == len(block) else ((), ())


def _index_urls(options: list[str]) -> tuple[str, ...]:
    default, extra = "", []
    for text in options:
        name, _, value = text.replace("=", " ", 1).partition(" ")
        if name in ("-i", "--index-url"):
            default = value.strip()
        elif name == "--extra-index-url":
            extra.append(value.strip())
    return (default, *extra) if default or extra else ()


def _seconds(cutoff: str) -> int | None:
    from pinkit.errors import UsageError
    from pinkit.formats.cutoff import parse_cutoff

    try:
        return parse_cutoff(cutoff, now=0)
    except UsageError:
        return None
