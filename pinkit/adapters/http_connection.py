"""One connection and the answers that come over it: HTTP/1.1 as RFC 9112 frames it, for GET alone.

A cold lock asks some hundred small questions; read this way they cost a quarter of what a full client takes.
"""

from __future__ import annotations

import re
import select
import time
from typing import TYPE_CHECKING

from pinkit.adapters.http_reason import Broken

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

MAX_HEAD_BYTES = 64 * 1024
_PIECE = 64 * 1024
_MAX_LINE_BYTES = 4096
_MOST_TRAILERS = 100
_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(r"HTTP/1\.([01]) ([1-9][0-9]{2})(?: .*)?")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?")
_NO_CHUNKS = "the answer is cut off, or is not in chunks as it says"
_WITHOUT_BODY = frozenset({204, 304})


class Connection:
    """Asks one question at a time. `read_s` bounds each silence and the head of an answer."""

    def __init__(self, sock: socket.socket, read_s: float) -> None:
        self._sock, self._read_s = sock, read_s
        self.held = b""
        """What was received and not yet read."""
        sock.settimeout(read_s)

    def ask(self, request: bytes, give_back: Callable[[Connection], None]) -> Reply:
        """The head of the answer to a whole request. Raises Broken, or OSError as the socket does.

        `give_back` gets the connection when the answer has been read to its end and another may follow.
        """
        self._sock.sendall(request)
        deadline = self.deadline()
        status, minor, headers = self._head(deadline)
        while status < 200:
            # "100 Continue" and its like announce the answer.
            status, minor, headers = self._head(deadline)
        return Reply(self, give_back, status, headers, is_old=minor == "0")

    def is_quiet(self) -> bool:
        """Whether nothing has come since the last answer: neither a word nor the end of the connection."""
        if self.held:
            return False
        if hasattr(select, "poll"):
            watch = select.poll()
            watch.register(self._sock, select.POLLIN)
            return not watch.poll(0)
        return not select.select([self._sock], [], [], 0)[0]

    def more(self, most: int = _PIECE) -> bytes:
        """What comes next; b"" where the other side has ended the connection."""
        return self._sock.recv(most)

    def take(self, most: int) -> bytes:
        """At most `most` bytes: what is held, else what comes next."""
        if not self.held:
            return self.more(min(most, _PIECE))
        piece, self.held = self.held[:most], self.held[most:]
        return piece

    def line(self, deadline: float) -> bytes:
        """The next line without its end; it has to be there at `deadline`."""
        while (end := self.held.find(b"\n")) < 0:
            piece = self.more() if len(self.held) <= _MAX_LINE_BYTES else b""
            if not piece:
                raise Broken(_NO_CHUNKS)
            self.held += piece
            self._not_past(deadline)
        found, self.held = self.held[:end], self.held[end + 1 :]
        return found.removesuffix(b"\r")

    def close(self) -> None:
        """Close it."""
        self._sock.close()

    def deadline(self) -> float:
        """When that has to be there which begins now."""
        return time.monotonic() + self._read_s

    def _not_past(self, deadline: float) -> None:
        # A server that drips bytes never times out by itself.
        if time.monotonic() > deadline:
            raise TimeoutError

    def _head(self, deadline: float) -> tuple[int, str, dict[str, str]]:
        held = self.held
        while (end := _END.search(held)) is None:
            if len(held) > MAX_HEAD_BYTES:
                raise Broken(f"the head of the answer has more than {MAX_HEAD_BYTES >> 10} KiB")
            piece = self.more()
            if not piece:
                raise Broken("the server closed the connection without an answer")
            held += piece
            self._not_past(deadline)
        self.held = held[end.end() :]
        status, *lines = held[: end.start()].decode("latin-1").split("\n")
        match = _STATUS.fullmatch(status.removesuffix("\r"))
        if match is None:
            raise Broken("what the server answers is not HTTP")
        return int(match[2]), match[1], _headers(lines)


class Reply:
    """The head of an answer, names in lower case; then its body as it is read."""

    def __init__(
        self,
        connection: Connection,
        give_back: Callable[[Connection], None],
        status: int,
        headers: dict[str, str],
        *,
        is_old: bool = False,
    ) -> None:
        self.status = status
        self.headers: Mapping[str, str] = headers
        self._connection, self._give_back = connection, give_back
        self._chunked, self._begun = False, False
        self._left: int | None = self._length(headers)
        """Bytes of the body (in chunks: of the chunk) still to come; None until the connection ends."""
        closing = headers.get("connection", "").lower()
        self._may_follow = not is_old and "close" not in closing
        self._ended = self._left == 0 and not self._chunked

    def read(self, most: int) -> bytes:
        """The next piece of the body as it was sent; b"" at its end. Raises Broken where it is cut off, and OSError."""
        if self._ended:
            return b""
        if self._chunked and not self._left and not self._next_chunk():
            return b""
        left = self._left
        piece = self._connection.take(most if left is None else min(most, left))
        if left is None:
            self._ended, self._may_follow = not piece, False
        elif piece:
            self._left = left - len(piece)
            self._ended = self._left == 0 and not self._chunked
        else:
            raise Broken(f"the connection ended {left} bytes before the end of the answer")
        return piece

    def finish(self) -> None:
        """Give the connection back when the body was read to its end, close it else."""
        if self._ended and self._may_follow:
            self._give_back(self._connection)
        else:
            self._connection.close()

    def _length(self, headers: dict[str, str]) -> int | None:
        """RFC 9112, 6.3."""
        if self.status in _WITHOUT_BODY:
            return 0
        coding = headers.get("transfer-encoding")
        if coding is not None:
            if coding.lower() != "chunked":
                raise Broken("the answer is in a transfer coding that was not asked for")
            self._chunked = True
            return 0
        lengths = {part.strip() for part in headers.get("content-length", "").split(",")} - {""}
        if not lengths:
            return None
        text = lengths.pop()
        if lengths or not (text.isascii() and text.isdecimal()):
            raise Broken("the answer states no length that can be")
        return int(text[:19])

    def _next_chunk(self) -> bool:
        """RFC 9112, 7.1: False behind the last one."""
        connection = self._connection
        deadline = connection.deadline()
        rest = connection.line(deadline) if self._begun else b""
        match = _SIZE.fullmatch(connection.line(deadline))
        if rest or match is None:
            raise Broken(_NO_CHUNKS)
        self._begun = True
        self._left = int(match[1], 16)
        if self._left:
            return True
        for _ in range(_MOST_TRAILERS):
            # They say nothing that is asked for.
            if not connection.line(deadline):
                self._ended = True
                return False
        raise Broken(_NO_CHUNKS)


def _headers(lines: list[str]) -> dict[str, str]:
    """Fields by lower-case name; repeated ones joined by a comma (RFC 9110, 5.3)."""
    found: dict[str, str] = {}
    name = ""
    for line in lines:
        if line[:1] in {" ", "\t"} and name:
            found[name] += f" {line.strip()}"
            continue
        key, colon, text = line.partition(":")
        name = key.lower()
        if not colon or not name or name != name.strip():
            raise Broken("the head of the answer is malformed")
        value = text.strip()
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found
