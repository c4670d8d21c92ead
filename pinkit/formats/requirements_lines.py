"""The bytes of a requirements file to its logical lines, by the rules of pip's own reader.

What an option or a requirement means is not known here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_BYTES = 64 * 1024 * 1024

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_CODING = re.compile(rb"coding[:=]\s*([-\w.]+)")
_COMMENT = re.compile(r"(?:^|(?<!\s)\s++)#.*$")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")


def decoded(content: bytes, file: str) -> str:
    """The text of a file: by its byte order mark, a coding comment in its first two lines, else UTF-8.

    Raises UsageError where the bytes are not in that encoding, the encoding is unknown, or they are too many.
    """
    if len(content) > MAX_BYTES:
        raise UsageError(
            f"{file} is too large for a requirements file",
            f"{len(content)} bytes; the limit is {MAX_BYTES}",
        )
    bom, encoding = coding(content)
    content = content.removeprefix(bom)
    try:
        return content.decode(encoding)
    except LookupError:
        raise UsageError(
            f"{file} declares an encoding that does not exist", f"its coding comment says {encoding!r}"
        ) from None
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise UsageError(
            f"{file}:{line}: not text in {encoding}",
            f"byte {problem.start} is 0x{content[problem.start]:02x}: {problem.reason}",
            "save the file as UTF-8, or name its encoding in a first line such as `# -*- coding: latin-1 -*-`",
        ) from None


def coding(content: bytes) -> tuple[bytes, str]:
    """The byte order mark that a file begins with (b"" for none), and the name of the encoding of what follows."""
    bom, encoding = next((pair for pair in _BOMS if content.startswith(pair[0])), (b"", ""))
    return bom, encoding or _declared_encoding(content)


def _declared_encoding(content: bytes) -> str:
    for line in content.split(b"\n", 2)[:2]:
        if line.startswith(b"#"):
            match = _CODING.search(line)
            if match is not None:
                return match[1].decode("ascii", "replace")
    return "utf-8"


def logical_lines(text: str, environment: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """(number of its first physical line, text) of each line that says something.

    Continuations are joined, comments removed, and `${NAME}` replaced where the environment has a non-empty
    value of that name (others stay as they are). A comment ends a continuation, as in pip.
    """
    for number, line in _joined(text):
        bare = _COMMENT.sub("", line).strip()
        if bare:
            yield number, _VARIABLE.sub(lambda found: environment.get(found[1]) or found[0], bare)


def _joined(text: str) -> Iterator[tuple[int, str]]:
    parts: list[str] = []
    first = 0
    for number, line in enumerate(text.splitlines(), start=1):
        is_comment = _COMMENT.match(line) is not None
        if line.endswith("\\") and not is_comment:
            first = first if parts else number
            parts.append(line.strip("\\"))
        elif parts:
            yield first, "".join([*parts, " " + line if is_comment else line])
            parts = []
        else:
            yield number, line
    if parts:
        yield first, "".join(parts)
