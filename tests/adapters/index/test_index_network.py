"""Connections: proxies, TLS, interruption, and what threads leave behind."""

from __future__ import annotations

import shutil
import signal
import ssl
import subprocess
import sys
import threading
from http.client import RemoteDisconnected
from typing import TYPE_CHECKING

import pytest
from urllib3.exceptions import (
    ConnectTimeoutError,
    IncompleteRead,
    LocationValueError,
    NameResolutionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from pinkit.adapters import store
from pinkit.adapters.decoded_pages import DecodedPages
from pinkit.adapters.http_network import Network
from pinkit.adapters.http_pools import Pools
from pinkit.adapters.http_reason import Broken, reason
from pinkit.adapters.http_retry import LONGEST_WAIT_S, backoff_s, retry_after_s
from pinkit.adapters.http_through import broken
from pinkit.adapters.index_settings import index_settings
from pinkit.adapters.workers import Job, Workers
from pinkit.errors import Unavailable
from pinkit.formats.urls import host_of, origin, printable_url, split_credentials, without_credentials
from tests.adapters.index.conftest import QUIET
from tests.support.distributions import wheel
from tests.support.index_server import IndexServer, Silent, Status

if TYPE_CHECKING:
    from pathlib import Path

    from tests.adapters.index.conftest import World


def test_through_a_proxy(index: IndexServer, world: World) -> None:
    # To a proxy the whole URL is the path; credentials of the proxy go in a header of their own.
    index.always("http://index.example/simple/demo/", Status(404))
    proxy = index.origin.replace("://", "://me:pw@")
    environ = QUIET | {"PIP_PROXY": proxy}
    settings = index_settings(environ, default="http://index.example/simple/")
    assert world.catalog(settings=settings).project("demo").versions == ()
    assert index.paths() == ["http://index.example/simple/demo/"]
    assert index.requests[0].headers["proxy-authorization"].startswith("Basic ")
    assert "authorization" not in index.requests[0].headers


def test_the_environments_proxy_and_its_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "inside.example")
    pools = Pools(Network())
    assert pools.pool("https://outside.example/").proxy is not None
    assert pools.pool("https://inside.example/").proxy is None
    assert pools.pool("http://outside.example/").proxy is None
    assert pools.pool("https://outside.example/a") is pools.pool("https://outside.example/b")
    pools.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl program to make a certificate with")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(path), "-out", str(path) + ".crt", "-days", "2", "-subj", "/CN=test"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:TRUE"]
    subprocess.run(command, check=True, capture_output=True)
    with path.open("a", encoding="utf-8") as both:
        both.write((path.parent / "both.pem.crt").read_text(encoding="utf-8"))
    return path


@pytest.fixture
def secure(index: IndexServer, certificate: Path, client: None) -> IndexServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    index.encrypt(context)
    index.add("demo", wheel("demo", "1.0"))
    return index


def over_tls(world: World, index: IndexServer, **pip: str) -> tuple[str, ...]:
    environ = QUIET | pip
    return world.catalog(settings=index_settings(environ, default=index.url)).project("demo").versions


def test_an_unknown_certificate_is_refused_at_once(secure: IndexServer, world: World) -> None:
    with pytest.raises(Unavailable) as caught:
        over_tls(world, secure)
    assert "TLS" in caught.value.why
    assert world.pauses == []


def test_what_is_no_tls_is_tried_again(index: IndexServer, world: World) -> None:
    settings = index_settings(QUIET, default=index.url.replace("http:", "https:"))
    with pytest.raises(Unavailable) as caught:
        world.catalog(settings=settings).project("demo")
    assert "TLS" in caught.value.why
    assert len(world.pauses) == 3


def test_a_certificate_of_ones_own(secure: IndexServer, world: World, certificate: Path) -> None:
    assert over_tls(world, secure, PIP_CERT=f"{certificate}.crt") == ("1.0",)
    assert over_tls(world, secure, PIP_CERT=f"{certificate}.crt", PIP_CLIENT_CERT=str(certificate)) == (
        "1.0",
    )


@pytest.mark.parametrize("trusted", ["127.0.0.1", "{host}"], ids=["any-port", "this-port"])
def test_a_trusted_host_is_not_verified(secure: IndexServer, world: World, trusted: str) -> None:
    host = secure.origin.partition("://")[2]
    assert over_tls(world, secure, PIP_TRUSTED_HOST=trusted.format(host=host)) == ("1.0",)


def test_no_redirect_from_https_to_http(secure: IndexServer, other: IndexServer, world: World) -> None:
    secure.always("/simple/demo/", Status(302, {"Location": f"{other.url}demo/"}))
    with pytest.raises(Unavailable) as caught:
        over_tls(world, secure, PIP_TRUSTED_HOST="127.0.0.1")
    assert "from HTTPS to plain HTTP" in caught.value.why
    assert other.requests == []


def test_an_interrupt_ends_the_process_at_once(index: IndexServer, tmp_path: Path) -> None:
    for name in "abcdef":
        index.always(f"/simple/{name}/", Silent())
    script = f"""
from pinkit.cli.interrupts import hear_interrupts
from pinkit.adapters.index import open_catalog
from pinkit.adapters.index_settings import index_settings
environ = {{"PIP_CONFIG_FILE": "/dev/null"}}
catalog = open_catalog(index_settings(environ, default={index.url!r}), {str(tmp_path)!r}, environ, print)
hear_interrupts()
try:
    catalog.prefetch_projects("abcdef")
    catalog.project("a")
except KeyboardInterrupt:
    catalog.close()
    print("interrupted")
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while len(index.requests) < 6:
        assert process.poll() is None
        threading.Event().wait(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (out, err, process.returncode) == ("interrupted\n", "", 0)


def test_of_many_pages_few_stay_decoded(
    index: IndexServer, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "DecodedPages", lambda: DecodedPages(3))
    names = [f"demo{number}" for number in range(8)]
    for name in names:
        index.add(name, wheel(name, "1.0"), wheel(name, "2.0"))
    catalog = world.catalog(index.url)
    for name in names:
        catalog.project(name)
    for name in names:
        assert len(catalog.distributions(name, "2.0")) == 1
    assert len(index.requests) == len(names)


def test_a_job_is_done_once_by_whoever_comes_first() -> None:
    calls: list[int] = []
    job = Job(lambda: calls.append(1) or 42)
    workers = Workers(4)
    for _ in range(4):
        workers.start(job)
    results = [job.result() for _ in range(3)]
    workers.close()
    assert (results, calls, job.done) == ([42, 42, 42], [1], True)


def test_the_error_of_a_job_is_raised_to_everyone_who_asks() -> None:
    def fails() -> int:
        raise Unavailable("no")

    job = Job(fails)
    workers = Workers(1)
    workers.start(job)
    for _ in range(2):
        with pytest.raises(Unavailable, match="no"):
            job.result()
    workers.close()


def test_a_bug_in_a_thread_is_no_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda what: shown.append(what.exc_type))
    begun, gate = threading.Event(), threading.Event()

    def breaks() -> int:
        begun.set()
        gate.wait()
        raise ZeroDivisionError

    job = Job(breaks)
    workers = Workers(1)
    workers.start(job)
    begun.wait()
    gate.set()
    with pytest.raises(RuntimeError, match="has failed"):
        job.result()
    while not shown:
        threading.Event().wait(0.001)
    assert shown == [ZeroDivisionError]
    workers.close()


def test_a_bug_in_ones_own_hands_is_raised_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError):
        Job(lambda: 1 // 0).result()


def test_what_is_queued_at_the_end_is_dropped() -> None:
    gate, done = threading.Event(), []
    workers = Workers(1)
    workers.start(Job(gate.wait))
    late = [Job(lambda: done.append(1)) for _ in range(5)]
    for job in late:
        workers.start(job)
    workers.close()
    gate.set()
    assert done == []


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("7", 7.0),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 40.0),
        ("Thu, 01 Jan 1970 00:00:10 GMT", 0.0),
    ],
)
def test_retry_after(header: str, expected: float | None) -> None:
    assert retry_after_s(header, 60.0) == expected


def test_waits_grow_and_differ() -> None:
    waits = [backoff_s(attempt, 0.5) for attempt in range(10)]
    assert waits == sorted(waits)
    assert waits[0] < waits[3]
    assert backoff_s(50, 0.999) <= LONGEST_WAIT_S
    assert backoff_s(1, 0.1) != backoff_s(1, 0.9)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "connection refused"),
        (TimeoutError(), "the server said nothing in time"),
        (ssl.SSLError(1, "[SSL] x"), "TLS: [ssl] x"),
        (Broken("what\x1bever"), "what ever"),
        (OSError(), "OSError"),
        (ValueError("what\never"), "what ever"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_reasons_are_for_people(error: Exception, expected: str) -> None:
    assert reason(error) == expected


@pytest.mark.parametrize(
    ("error", "expected", "final"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "connection refused", False),
        (
            ProtocolError("Connection aborted.", ConnectionResetError(104, "Reset\x1b by peer")),
            "reset by peer",
            False,
        ),
        (
            ProtocolError("Connection aborted.", RemoteDisconnected("closed without response")),
            "closed without response",
            False,
        ),
        (IncompleteRead(3, 7), "the connection ended 7 bytes before the end of the answer", False),
        (ReadTimeoutError(None, "", "Read timed out."), "the server said nothing in time", False),  # type: ignore[arg-type]
        (ConnectTimeoutError("x"), "no connection was made in time", False),
        (NameResolutionError("a.example", None, OSError()), "the host name is not known", False),  # type: ignore[arg-type]
        (
            ProxyError("x", ConnectionRefusedError(111, "Connection refused")),
            "the proxy: connection refused",
            False,
        ),
        (SSLError(ssl.SSLError(1, "[SSL] x")), "TLS: [ssl] x", False),
        (SSLError("odd"), "TLS: odd", False),
        (SSLError(ssl.SSLCertVerificationError(1, "no")), "TLS: no", True),
        (LocationValueError("x"), "this is no URL of a server", True),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_the_librarys_errors_in_our_words(error: Exception, expected: str, final: bool) -> None:
    found = broken(error)
    assert (found.why, found.final) == (expected, final)


@pytest.mark.parametrize(
    ("url", "bare", "shown"),
    [
        ("https://a.example/x", "https://a.example/x", "https://a.example/x"),
        ("https://u:p@a.example/x", "https://a.example/x", "https://a.example/x"),
        ("https://u:p%40q@a.example:8/x?sig=1#f", "https://a.example:8/x?sig=1#f", "https://a.example:8/x?…"),
        ("https://a.example/x@y", "https://a.example/x@y", "https://a.example/x@y"),
        ("https://a.example?user@x", "https://a.example?user@x", "https://a.example?…"),
        ("file:///x@y/z", "file:///x@y/z", "file:///x@y/z"),
        ("../x", "../x", "../x"),
        ("https://a.example/\x1b[31m", "https://a.example/\x1b[31m", "https://a.example/�[31m"),
    ],
)
def test_what_is_taken_off_a_url(url: str, bare: str, shown: str) -> None:
    assert without_credentials(url) == bare
    assert printable_url(url) == shown


def test_credentials_are_decoded() -> None:
    assert split_credentials("https://u%20u:p%40@a.example/")[1] == ("u u", "p@")
    assert split_credentials("https://token@a.example/")[1] == ("token", None)


@pytest.mark.parametrize(
    ("url", "place", "host"),
    [
        ("HTTPS://A.Example:443/x", "https://a.example", "a.example"),
        ("http://u:p@a.example:80", "http://a.example", "a.example"),
        ("http://a.example:8080?x", "http://a.example:8080", "a.example"),
        ("http://[::1]:8080/x", "http://[::1]:8080", "::1"),
        ("https://a.example:80/", "https://a.example:80", "a.example"),
    ],
)
def test_where_credentials_belong(url: str, place: str, host: str) -> None:
    assert (origin(url), host_of(url)) == (place, host)
