"""The text of a hashed requirements.txt (pip-compile's, uv's or pinkit's) to a lock, as pip would read it.

Tolerant: what is no pin is reported as a problem with its line, and the rest is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from pinkit.formats.lock_layout import Layout, header_cutoff, header_tool
from pinkit.formats.pep508 import InvalidRequirement, normalized_name, parse_requirement
from pinkit.formats.references import is_reference, parse_named, parse_reference
from pinkit.formats.requirements_lines import decoded
from pinkit.formats.sources import source_of
from pinkit.model.lock import Lock, Pin

_PIN = re.compile(
    r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?+)[ \t]*+(?:\[([^\]]*+)\])?+[ \t]*+"
    r"==[ \t]*+([A-Za-z0-9][A-Za-z0-9._+!-]*+)[ \t]*+(?:;[ \t]*+(.*\S))?[ \t]*+\Z",
    re.DOTALL,
)
_COMMENT_LINE = re.compile(r"\s*#")
_TRAILER = re.compile(r"\s+#(.*)$")
_OPTIONS = re.compile(r"(?:^|\s)--")
_OMITTED = re.compile(r"# ([A-Za-z0-9][A-Za-z0-9._-]*)\s*\Z")
_HASH = "    --hash="


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A line that is no part of a lock as pip would use it: `what` is one clause without the place."""

    line: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
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


def read_lock_text(content: bytes, file: str) -> LockText:
    """The lock of a requirements.txt. Raises UsageError only where the bytes are no text."""
    text = decoded(content, file)
    reader = _Reader()
    reader.read(text.splitlines())
    return reader.result("\r\n" if "\r\n" in text else "\n")


class _Draft:
    """A pin while its lines are read."""

    __slots__ = ("hash_lines", "hashes", "head", "index", "line", "via")

    def __init__(self, line: int, head: str) -> None:
        self.line, self.head, self.index = line, head, ""
        self.hashes: list[str] = []
        self.hash_lines: list[int] = []
        self.via: list[str] = []


class _Reader:
    def __init__(self) -> None:
        self._drafts: list[_Draft] = []
        self._header: list[str] = []
        self._options: list[tuple[int, str]] = []
        self._includes: list[tuple[int, str]] = []
        self._problems: list[Problem] = []
        self._comments: list[tuple[int, str]] = []
        self._block: list[tuple[int, str]] = []
        self._block_stands_apart = self._after_blank = self._in_via = False
        self._split = self._lined = False
        self._unsafe_heading: tuple[str, ...] = ()
        self._warnings: list[tuple[_Draft, list[tuple[int, str]]]] = []

    def read(self, lines: list[str]) -> None:
        continued = False
        draft: _Draft | None = None
        for number, line in enumerate(lines, start=1):
            if continued and draft is not None and line.startswith(_HASH):
                value = line[11:]
                continued = value.endswith("\\")
                if continued:
                    value = value[:-1].rstrip()
                if " " not in value:
                    draft.hashes.append(value)
                    draft.hash_lines.append(number)
                    continue
                self._continue(draft, number, line)
            elif _COMMENT_LINE.match(line):
                continued = False
                self._comment(draft, number, line)
                continue
            elif continued and draft is not None:
                self._continue(draft, number, line)
            elif not line or line.isspace():
                self._after_blank, self._in_via = True, False
            else:
                draft = self._start(number, line)
            continued = line.endswith("\\")

    def _start(self, number: int, line: str) -> _Draft | None:
        text, trailer = _without_trailer(line)
        self._in_via = False
        if text.startswith("-") and not text.startswith(("-e", "--editable")):
            self._option(number, text)
            return None
        head, options = _split_options(text)
        draft = _Draft(number, head)
        self._drafts.append(draft)
        self._take_block(draft)
        self._hashes(draft, number, options)
        if trailer:
            self._annotation(draft, number, trailer, inline=True)
        return draft

    def _continue(self, draft: _Draft, number: int, line: str) -> None:
        text, trailer = _without_trailer(line)
        head, options = _split_options(text)
        if head:
            draft.head = f"{draft.head} {head}"
        self._hashes(draft, number, options)
        if trailer:
            self._annotation(draft, number, trailer, inline=True)

    def _hashes(self, draft: _Draft, number: int, options: str) -> None:
        words = iter(options.split())
        for word in words:
            option, equals, value = word.partition("=")
            if option == "--hash":
                draft.hashes.append(value if equals else next(words, ""))
                draft.hash_lines.append(number)
            else:
                self._problems.append(Problem(line=number, what=f"{option} has no place in a lock"))

    def _option(self, number: int, text: str) -> None:
        name = text.split("=", 1)[0].split(None, 1)[0]
        if name == "--hash":
            self._problems.append(Problem(line=number, what="a hash that belongs to no pin: pip ignores it"))
        elif name.startswith(("-r", "-c", "--req", "--con")):
            self._includes.append((number, text))
        else:
            self._options.append((number, text))

    def _comment(self, draft: _Draft | None, number: int, line: str) -> None:
        if draft is not None and line[0].isspace() and not self._after_blank:
            self._annotation(draft, number, line.strip()[1:], inline=False)
        elif not self._drafts and not self._options and not self._includes and not self._after_blank:
            self._header.append(line)
        else:
            if not self._block:
                self._block_stands_apart = self._after_blank
            self._block.append((number, line))

    def _annotation(self, draft: _Draft, number: int, comment: str, *, inline: bool) -> None:
        text = comment.strip()
        if text == "via":
            self._in_via = self._split = True
        elif text.startswith("via "):
            entries = text[4:].strip().split(", ")
            draft.via += entries
            self._in_via = True
            self._lined = self._lined or inline or len(entries) > 1
        elif text.startswith("from "):
            draft.index = text[5:].strip()
        elif self._in_via and text:
            draft.via.append(text)
        else:
            self._comments.append((number, comment))

    def _take_block(self, draft: _Draft) -> None:
        block, self._block = self._block, []
        if block and self._block_stands_apart and not self._unsafe_heading:
            self._unsafe_heading = tuple(line for _, line in block)
        elif block:
            self._warnings.append((draft, block))
        self._after_blank = False

    def result(self, newline: Literal["\n", "\r\n"]) -> LockText:
        warning: tuple[str, ...] = ()
        for draft, block in self._warnings:
            if draft.hashes:
                self._comments += block
            else:
                warning = tuple(line for _, line in block)
        heading, omitted = _omitted(self._block)
        if not omitted:
            heading = self._unsafe_heading
            self._comments += self._block
        pins = tuple(pin for draft in self._drafts if (pin := self._pin(draft)) is not None)
        tool = header_tool(self._header)
        if tool not in ("uv", "pip-compile"):
            tool = "pip-compile" if any('"' in pin.marker for pin in pins) else "uv"
        layout = Layout(
            tool="uv" if tool == "uv" else "pip-compile",
            annotate=not pins or any(pin.via for pin in pins),
            annotation_style="line" if self._lined and not self._split else "split",
            strip_extras=not any(pin.extras for pin in pins),
            options=tuple(text for _, text in self._options),
            unsafe_heading=heading,
            omitted=omitted,
            unhashed_warning=warning,
            index_annotated=any(pin.index for pin in pins),
            newline=newline,
        )
        return LockText(
            lock=self._lock(pins),
            layout=layout,
            options=tuple(self._options),
            includes=tuple(self._includes),
            problems=tuple(sorted(self._problems, key=lambda problem: problem.line)),
            comments=tuple(sorted(self._comments)),
        )

    def _lock(self, pins: tuple[Pin, ...]) -> Lock:
        cutoff = header_cutoff(self._header)
        return Lock(
            pins=pins,
            cutoff=_seconds(cutoff) if cutoff else None,
            index_urls=_index_urls([text for _, text in self._options]),
            header=tuple(self._header),
        )

    def _pin(self, draft: _Draft) -> Pin | None:
        match = _PIN.match(draft.head)
        if match is None:
            return self._sourced(draft)
        name, extras, version, marker = match.groups()
        try:
            parsed = parse_requirement(f"{name}[{extras}]").extras if extras else ()
        except InvalidRequirement as problem:
            self._problems.append(Problem(line=draft.line, what=f"not a pin: {problem.reason}"))
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

    def _sourced(self, draft: _Draft) -> Pin | None:
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
            self._problems.append(Problem(line=draft.line, what=f"not a pin: {problem.reason}"))
            return None
        if not url:
            self._problems.append(
                Problem(line=draft.line, what=f"{name} is not pinned to one version with ==")
            )
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


def _without_trailer(line: str) -> tuple[str, str]:
    """(the line without continuation and comment, the comment's text)."""
    text = line.removesuffix("\\")
    match = _TRAILER.search(text)
    return (text[: match.start()].strip(), match[1]) if match else (text.strip(), "")


def _split_options(text: str) -> tuple[str, str]:
    match = _OPTIONS.search(text)
    if match is None or text.startswith("--editable"):
        return text, ""
    return text[: match.start()].rstrip(), text[match.start() :].lstrip()


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
