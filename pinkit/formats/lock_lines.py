"""The lines of a hashed requirements.txt to drafts of pins, counting a hash only where pip counts it."""

from __future__ import annotations

import re

from pinkit.model.value import frozen_value

_COMMENT_LINE = re.compile(r"\s*+#")
_TRAILER = re.compile(r"(?<!\s)\s++#(.*)$")
_LONGEST_HEAD = 65_536
_OPTIONS = re.compile(r"(?:^|\s)-(?=\S)")
_DIGEST = re.compile(r"[A-Za-z0-9_]+:[0-9A-Fa-f]+")
_HASH = "    --hash="


@frozen_value(frozen=True, slots=True, kw_only=True)
class Problem:
    """A line that is no part of a lock as pip would use it: `what` is one clause without the place."""

    line: int
    what: str


class Draft:
    """A pin while its lines are read; `head` is its requirement as text."""

    __slots__ = ("hash_lines", "hashes", "head", "index", "line", "via")

    def __init__(self, line: int, head: str) -> None:
        self.line, self.head, self.index = line, head, ""
        self.hashes: list[str] = []
        self.hash_lines: list[int] = []
        self.via: list[str] = []


class LockLines:
    """What the lines say: drafts, header, options, includes, comments, and how annotations are laid out.

    `block` are comments after the last pin, `unsafe_heading` those above a section set apart, `warnings` those that
    stand directly above a pin.
    """

    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self.header: list[str] = []
        self.options: list[tuple[int, str]] = []
        self.includes: list[tuple[int, str]] = []
        self.problems: list[Problem] = []
        self.comments: list[tuple[int, str]] = []
        self.block: list[tuple[int, str]] = []
        self._stands_apart = self._after_blank = self._in_via = self._in_comment = False
        self.split = self.lined = False
        self.unsafe_heading: tuple[str, ...] = ()
        self.warnings: list[tuple[Draft, list[tuple[int, str]]]] = []

    def read(self, lines: list[str]) -> None:
        """Take in the lines of a file, without their ends."""
        continued = False
        draft: Draft | None = None
        for number, line in enumerate(lines, start=1):
            if continued and draft is not None and not self._in_comment and line.startswith(_HASH):
                value = line[11:]
                continued = value.endswith("\\")
                if continued:
                    value = value[:-1].rstrip()
                if _DIGEST.fullmatch(value):
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

    def _start(self, number: int, line: str) -> Draft | None:
        text, trailer = _without_trailer(line)
        self._in_via = self._in_comment = False
        if text.startswith("-") and not text.startswith(("-e", "--editable")):
            self._option(number, text)
            return None
        head, options = _split_options(text)
        draft = Draft(number, head)
        self.drafts.append(draft)
        self._take_block(draft)
        self._hashes(draft, number, options)
        self._trailer(draft, number, line, trailer)
        return draft

    def _continue(self, draft: Draft, number: int, line: str) -> None:
        if self._in_comment:
            self.problems.append(
                Problem(line=number, what="part of a comment that begins above: pip ignores it")
            )
            return
        text, trailer = _without_trailer(line)
        head, options = _split_options(text)
        if head and len(draft.head) < _LONGEST_HEAD:
            draft.head = f"{draft.head} {head}"
        self._hashes(draft, number, options)
        self._trailer(draft, number, line, trailer)

    def _trailer(self, draft: Draft, number: int, line: str, trailer: str | None) -> None:
        if trailer is not None:
            self._annotation(draft, number, trailer, inline=True)
            # pip joins lines before it removes comments: what continues such a line is lost.
            self._in_comment = line.endswith("\\")

    def _hashes(self, draft: Draft, number: int, options: str) -> None:
        words = iter(options.split())
        for word in words:
            option, equals, value = word.partition("=")
            if option == "--hash":
                self._hash(draft, number, value if equals else next(words, ""))
            else:
                self.problems.append(Problem(line=number, what=f"{option} has no place in a lock"))

    def _hash(self, draft: Draft, number: int, value: str) -> None:
        if _DIGEST.fullmatch(value):
            draft.hashes.append(value)
            draft.hash_lines.append(number)
        else:
            self.problems.append(Problem(line=number, what=f"not a hash: {value!r}"))

    def _option(self, number: int, text: str) -> None:
        name = text.split("=", 1)[0].split(None, 1)[0]
        if name == "--hash":
            self.problems.append(Problem(line=number, what="a hash that belongs to no pin: pip ignores it"))
        elif name.startswith(("-r", "-c", "--req", "--con")):
            self.includes.append((number, text))
        else:
            self.options.append((number, text))

    def _comment(self, draft: Draft | None, number: int, line: str) -> None:
        if draft is not None and line[0].isspace() and not self._after_blank:
            self._annotation(draft, number, line.strip()[1:], inline=False)
        elif not self.drafts and not self.options and not self.includes and not self._after_blank:
            self.header.append(line)
        else:
            if not self.block:
                self._stands_apart = self._after_blank
            self.block.append((number, line))

    def _annotation(self, draft: Draft, number: int, comment: str, *, inline: bool) -> None:
        text = comment.strip()
        if text == "via":
            self._in_via = self.split = True
        elif text.startswith("via "):
            entries = text[4:].strip().split(", ")
            draft.via += entries
            self._in_via = True
            self.lined = self.lined or inline or len(entries) > 1
        elif text.startswith("from "):
            draft.index = text[5:].strip()
        elif self._in_via and text:
            draft.via.append(text)
        elif text:
            self.comments.append((number, comment))

    def _take_block(self, draft: Draft) -> None:
        block, self.block = self.block, []
        if block and self._stands_apart and not self.unsafe_heading:
            self.unsafe_heading = tuple(line for _, line in block)
        elif block:
            self.warnings.append((draft, block))
        self._after_blank = False


def _without_trailer(line: str) -> tuple[str, str | None]:
    """(the line without continuation and comment, the comment's text or None)."""
    # pip removes backslashes at both ends of a line that continues.
    text = line.strip("\\") if line.endswith("\\") else line
    match = _TRAILER.search(text)
    return (text[: match.start()].strip(), match[1]) if match else (text.strip(), None)


def _split_options(text: str) -> tuple[str, str]:
    match = _OPTIONS.search(text, 2 if text.startswith("-e") else 10 if text.startswith("--editable") else 0)
    if match is None:
        return text, ""
    return text[: match.start()].rstrip(), text[match.start() :].lstrip()
