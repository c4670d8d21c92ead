"""Answers as bytes on a socket: what is read of them, and what is refused."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinkit.adapters.http_connection import MAX_HEAD_BYTES, Connection, Reply
from pinkit.adapters.http_direct import Direct, target_of
from pinkit.adapters.http_network import CONNECTIONS, Network
from pinkit.adapters.http_reason import Broken
from tests.support.index_server import IndexServer, Status
from tests.support.ports import held_port

if TYPE_CHECKING:
    from collections.abc import Sequence

OK = b"HTTP/1.1 200 OK\r\n"


class Asked:
    """A connection whose other side says `pieces` and, unless `open`, ends; `kept` are those given back."""

    def __init__(self, *pieces: bytes, is_open: bool = False) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.kept: list[Connection] = []
        self.connection = Connection(self.ours, 5.0)
        self._speaker = threading.Thread(target=self._speak, args=(pieces, is_open), daemon=True)
        self._speaker.start()

    def _speak(self, pieces: Sequence[bytes], is_open: bool) -> None:
        for piece in pieces:
            self.theirs.sendall(piece)
        if not is_open:
            self.theirs.shutdown(socket.SHUT_WR)

    def reply(self) -> Reply:
        """The head of the answer."""
        return self.connection.ask(b"GET / HTTP/1.1\r\n\r\n", self.kept.append)

    def body(self, reply: Reply, most: int = 1 << 16) -> bytes:
        """The whole body; then the connection is given back or closed."""
        pieces = []
        while piece := reply.read(most):
            pieces.append(piece)
        reply.finish()
        return b"".join(pieces)


READ = [
    pytest.param(OK + b"Content-Length: 5\r\n\r\nhello", b"hello", True, id="length"),
    pytest.param(OK + b"Content-Length: 5, 5\r\n\r\nhello", b"hello", True, id="length-twice"),
    pytest.param(OK + b"Content-Length: 0\r\n\r\n", b"", True, id="empty"),
    pytest.param(OK + b"Content-Length: 2\nX: y\n\nhi", b"hi", True, id="bare-line-feeds"),
    pytest.param(OK + b"\r\nuntil the end", b"until the end", False, id="until-it-ends"),
    pytest.param(OK + b"Connection: close\r\nContent-Length: 2\r\n\r\nhi", b"hi", False, id="said-to-close"),
    pytest.param(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"hi", False, id="http-1.0"),
    pytest.param(b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi", b"hi", True, id="no-phrase"),
    pytest.param(
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nhi", b"hi", True, id="100"
    ),
    pytest.param(
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n",
        b"hello",
        True,
        id="chunks",
    ),
    pytest.param(
        OK + b"Transfer-Encoding: Chunked\r\nContent-Length: 3\r\n\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n",
        b"0123456789",
        True,
        id="chunks-and-trailers",
    ),
    pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"", True, id="no-chunk"),
]


@pytest.mark.parametrize("by_byte", [False, True], ids=["whole", "byte-by-byte"])
@pytest.mark.parametrize(("sent", "body", "kept"), READ)
def test_what_is_read(sent: bytes, body: bytes, kept: bool, by_byte: bool) -> None:
    asked = Asked(*([bytes([byte]) for byte in sent] if by_byte else [sent]))
    reply = asked.reply()
    assert reply.status == 200
    assert asked.body(reply, most=3) == body
    assert asked.kept == ([asked.connection] if kept else [])


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body(status: int) -> None:
    asked = Asked(f"HTTP/1.1 {status} Nothing\r\nContent-Length: 99\r\n\r\n".encode(), is_open=True)
    reply = asked.reply()
    assert (reply.status, asked.body(reply), asked.kept) == (status, b"", [asked.connection])


def test_headers_by_name() -> None:
    head = b'ETag:  "x" \r\nVary: Accept\r\nVARY: Cookie\r\nFolded: one\r\n\ttwo\r\nEmpty:\r\n\r\n'
    reply = Asked(OK + head).reply()
    assert reply.headers == {
        "etag": '"x"',
        "vary": "Accept, Cookie",
        "folded": "one two",
        "empty": "",
    }


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (b"", "closed the connection without an answer"),
        (b"HTTP/1.1 200 OK\r\nX: y", "closed the connection without an answer"),
        (b"SSH-2.0-x\r\n\r\n", "is not HTTP"),
        (b"HTTP/2 200\r\n\r\n", "is not HTTP"),
        (b"HTTP/1.1 20 OK\r\n\r\n", "is not HTTP"),
        (OK + b"nonsense\r\n\r\n", "malformed"),
        (OK + b": x\r\n\r\n", "malformed"),
        (OK + b"Content-Length : 5\r\n\r\nhello", "malformed"),
        (OK + b"X: " + b"y" * (MAX_HEAD_BYTES + 1), "more than 64 KiB"),
        (OK + b"Content-Length: 5, 6\r\n\r\nhello", "no length that can be"),
        (OK + b"Content-Length: -5\r\n\r\nhello", "no length that can be"),
        (OK + "Content-Length: ²\r\n\r\n".encode("latin-1"), "no length that can be"),
        (OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n", "not asked for"),
    ],
)
def test_a_head_that_is_refused(sent: bytes, why: str) -> None:
    with pytest.raises(Broken, match=why):
        Asked(sent).reply()


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (b"Content-Length: 9\r\n\r\nhello", "ended 4 bytes before the end"),
        (b"Transfer-Encoding: chunked\r\n\r\n", "cut off"),
        (b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel", "ended 2 bytes before"),
        (b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello", "cut off"),
        (b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n0\r\n\r\n", "not in chunks"),
        (b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", "cut off"),
        (b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n", "not in chunks"),
        (b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 99 + b"\r\n", "not in chunks"),
        (b"Transfer-Encoding: chunked\r\n\r\n" + b"0" * 9999, "not in chunks"),
        (b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 101, "not in chunks"),
    ],
)
def test_a_body_that_is_cut_off_or_none(sent: bytes, why: str) -> None:
    asked = Asked(OK + sent)
    reply = asked.reply()
    with pytest.raises(Broken, match=why):
        asked.body(reply)
    reply.finish()
    assert asked.kept == []


@given(body=st.binary(max_size=300), cuts=st.lists(st.integers(1, 40), max_size=12), most=st.integers(1, 64))
def test_chunks_however_they_are_cut_are_the_body(body: bytes, cuts: list[int], most: int) -> None:
    left, chunks = body, b""
    for size in cuts:
        piece, left = left[:size], left[size:]
        chunks += b"%x\r\n%s\r\n" % (len(piece), piece) if piece else b""
    chunks += b"%X\r\n%s\r\n" % (len(left), left) if left else b""
    asked = Asked(OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")
    assert asked.body(asked.reply(), most) == body
    assert asked.kept


def test_one_connection_answers_again_and_leaves_what_follows() -> None:
    asked = Asked(OK + b"Content-Length: 1\r\n\r\na", OK + b"Content-Length: 1\r\n\r\nb")
    assert [asked.body(asked.reply()), asked.body(asked.reply())] == [b"a", b"b"]


def test_a_connection_is_quiet_until_something_comes() -> None:
    asked = Asked(OK + b"Content-Length: 1\r\n\r\na", is_open=True)
    asked.body(asked.reply())
    assert asked.connection.is_quiet()
    asked.theirs.close()
    assert not asked.connection.is_quiet()


def test_words_that_nobody_asked_for_are_no_answer() -> None:
    asked = Asked(OK + b"Content-Length: 1\r\n\r\naHTTP/1.1 200 OK", is_open=True)
    asked.body(asked.reply())
    assert not asked.connection.is_quiet()


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://index.example/simple/a/", "/simple/a/"),
        ("https://index.example:8443/a%20b?x=1&y#part", "/a%20b?x=1&y"),
        ("http://index.example", "/"),
        ("http://index.example?x", "/?x"),
        ("http://127.0.0.1:8080/", "/"),
        ("http://my_index/x", "/x"),
        ("http://[::1]/x", ""),
        ("HTTP://index.example/x", ""),
        ("http://index.example/a b", ""),
        ("http://index.example/%zz", ""),
        ("http://index.example/a/../b", ""),
        ("http://index.example/\r\nX: y", ""),
        ("http://index.example/x\n", ""),
        ("http://ïndex.example/x", ""),
        ("http://user@index.example/x", ""),
        (f"http://{'a' * 64}/x", ""),
        (f"http://{'a.' * 140}a/x", ""),
        ("ftp://index.example/x", ""),
    ],
)
def test_which_urls_are_asked_for_directly(url: str, target: str) -> None:
    assert target_of(url) == target


def test_headers_cannot_be_smuggled(index: IndexServer) -> None:
    direct = Direct(index.origin, Network())
    with pytest.raises(Broken, match="control characters"):
        direct.ask("/", {"If-None-Match": '"x"\r\nHost: evil.example'})
    assert index.requests == []


def test_a_connection_that_the_server_ended_is_not_used_again(index: IndexServer) -> None:
    index.put("/x", b"hello")
    direct = Direct(index.origin, Network())
    for _ in range(2):
        reply = direct.ask("/x", {})
        assert reply.read(99) == b"hello"
        reply.finish()
    kept = direct._kept[0]
    kept._sock.shutdown(socket.SHUT_RDWR)
    reply = direct.ask("/x", {})
    assert reply.read(99) == b"hello"
    direct.close()
    reply.finish()
    assert direct._kept == []


def test_so_many_connections_are_kept_and_no_more(index: IndexServer) -> None:
    index.always("/x", Status(200, {}, b""))
    direct = Direct(index.origin, Network())
    replies = [direct.ask("/x", {}) for _ in range(CONNECTIONS + 2)]
    for reply in replies:
        reply.read(1)
        reply.finish()
    assert len(direct._kept) == CONNECTIONS
    direct.close()


@pytest.mark.parametrize(
    "network",
    [Network(certificates="/nonexistent/none.pem"), Network(client_certificate="/nonexistent/none.pem")],
    ids=["authorities", "own"],
)
def test_certificates_that_are_not_there(network: Network) -> None:
    with pytest.raises(Broken, match="TLS: no such file") as caught:
        Direct("https://index.example", network)
    assert caught.value.final


def test_a_host_that_nobody_knows() -> None:
    with pytest.raises(Broken, match="the host name is not known"):
        Direct("http://index.invalid", Network()).ask("/", {})


def test_a_host_that_moved_is_looked_up_again() -> None:
    with held_port() as port:
        with IndexServer(port) as first:
            first.put("/x", b"first")
            direct = Direct(first.origin, Network())
            assert direct.ask("/x", {}).read(9) == b"first"
        with pytest.raises(ConnectionRefusedError):
            direct.ask("/x", {})
    assert direct._addresses == []


def test_a_host_that_does_not_answer() -> None:
    # Nobody accepts: what the system's queue does not hold is never connected.
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        direct = Direct(f"http://127.0.0.1:{full.getsockname()[1]}", Network(connect_s=0.1))
        with pytest.raises(Broken, match="no connection was made in time"):
            list(iter(direct._connected, None))


@pytest.mark.parametrize("head", [b"", OK + b"Transfer-Encoding: chunked\r\n\r\n"], ids=["head", "chunk"])
def test_what_drips_is_given_up(head: bytes) -> None:
    ours, theirs = socket.socketpair()
    stopped = threading.Event()

    def drip() -> None:
        theirs.sendall(head)
        while not stopped.wait(0.02):
            theirs.sendall(b"0")

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    connection = Connection(ours, 0.15)
    with pytest.raises(TimeoutError):
        connection.ask(b"GET / HTTP/1.1\r\n\r\n", lambda _: None).read(9)
    stopped.set()
    thread.join(5)
