"""Who we are to an index: where it comes from, and that it goes nowhere else."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

import pytest

from pinkit.adapters.credentials import CredentialBook
from pinkit.adapters.index_settings import index_settings
from pinkit.errors import Unavailable
from pinkit.formats.urls import Credentials
from tests.adapters.index.conftest import QUIET
from tests.support.distributions import wheel
from tests.support.index_server import IndexServer, Status

if TYPE_CHECKING:
    from pathlib import Path

    from tests.adapters.index.conftest import World

SECRET = "s3cr:t@/x"
QUOTED = "s3cr%3At%40%2Fx"


@pytest.fixture
def private(index: IndexServer) -> IndexServer:
    index.add("demo", wheel("demo", "1.0"))
    index.login = f"me:{SECRET}"
    return index


def with_user(url: str, user: str) -> str:
    return url.replace("://", f"://{user}@")


def keyring(folder: Path, answers: str) -> dict[str, str]:
    """An environment with a `keyring` program that is a shell script."""
    folder.mkdir()
    program = folder / "keyring"
    program.write_text(f'#!/bin/sh\necho "$@" >> "{folder}/asked"\n{answers}\n', encoding="utf-8")
    program.chmod(0o755)
    return QUIET | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def test_from_the_url(private: IndexServer, world: World) -> None:
    catalog = world.catalog(with_user(private.url, f"me:{QUOTED}"))
    assert catalog.project("demo").versions == ("1.0",)
    # Files on the same host need them too.
    catalog.dependencies("demo", "1.0")
    world.close()
    dump = "\n".join(sqlite3.connect(world.folder / "index.sqlite").iterdump())
    assert "demo" in dump
    assert "s3cr" not in dump


def test_nothing_that_is_said_or_kept_holds_them(private: IndexServer, world: World) -> None:
    catalog = world.catalog(with_user(private.url, f"me:{QUOTED}"))
    distribution = catalog.distributions("demo", "1.0")[0]
    assert "s3cr" not in f"{distribution}{catalog.project('demo')}{catalog.indexes_with('demo')}"
    private.login = "somebody:else"
    world.now += 601
    with pytest.raises(Unavailable) as caught:
        world.catalog(with_user(private.url, f"me:{QUOTED}")).project("demo")
    text = f"{caught.value.what}{caught.value.why}{caught.value.hint}"
    assert "401" in text
    assert "s3cr" not in text
    assert "me" not in text.replace("the server", "").replace("netrc", "").replace("environment", "")


def test_from_the_environment(private: IndexServer, world: World) -> None:
    environ = QUIET | {"PINKIT_INDEX_OUR_OWN_USERNAME": "me", "PINKIT_INDEX_OUR_OWN_PASSWORD": SECRET}
    settings = index_settings(environ, named=(("our-own", private.url),), default=private.url)
    assert world.catalog(settings=settings, environ=environ).project("demo").versions == ("1.0",)


def test_from_netrc(private: IndexServer, world: World, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f'machine 127.0.0.1 login me password "{SECRET}"\n', encoding="utf-8")
    netrc.chmod(0o600)
    assert world.catalog(private.url, environ=QUIET | {"NETRC": str(netrc)}).project("demo").versions == (
        "1.0",
    )


def test_a_broken_netrc_is_passed_over(private: IndexServer, world: World, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine\n", encoding="utf-8")
    with pytest.raises(Unavailable, match="could not be read"):
        world.catalog(private.url, environ=QUIET | {"NETRC": str(netrc)}).project("demo")


def test_keyring_with_a_known_name(private: IndexServer, world: World, tmp_path: Path) -> None:
    environ = keyring(tmp_path / "bin", f'[ "$1 $3" = "get me" ] && echo "{SECRET}"')
    catalog = world.catalog(with_user(private.url, "me"), environ=environ)
    assert catalog.project("demo").versions == ("1.0",)
    catalog.dependencies("demo", "1.0")
    # Asked once, although several requests were refused or needed it.
    asked = (tmp_path / "bin" / "asked").read_text(encoding="utf-8").splitlines()
    assert asked == [f"get {private.url} me"]


def test_keyring_without_a_name(private: IndexServer, world: World, tmp_path: Path) -> None:
    answer = f'[ "$2" = creds ] && echo \'{{"username": "me", "password": "{SECRET}"}}\''
    assert world.catalog(private.url, environ=keyring(tmp_path / "bin", answer)).project("demo").versions


@pytest.mark.parametrize("answer", ["exit 1", "echo", "echo no-json", "echo '{\"username\": 1}'"])
def test_a_keyring_that_knows_nothing(
    private: IndexServer, world: World, tmp_path: Path, answer: str
) -> None:
    with pytest.raises(Unavailable, match="could not be read"):
        world.catalog(private.url, environ=keyring(tmp_path / "bin", answer)).project("demo")


def test_keyring_is_not_asked_unless_refused(index: IndexServer, world: World, tmp_path: Path) -> None:
    index.add("demo", wheel("demo", "1.0"))
    world.catalog(index.url, environ=keyring(tmp_path / "bin", "echo x")).project("demo")
    assert not (tmp_path / "bin" / "asked").exists()


def test_they_are_not_sent_to_another_host(private: IndexServer, other: IndexServer, world: World) -> None:
    other.add("demo", wheel("demo", "1.0"))
    private.always("/simple/demo/", Status(302, {"Location": f"{other.url}demo/"}))
    assert world.catalog(with_user(private.url, f"me:{QUOTED}")).project("demo").versions == ("1.0",)
    assert "authorization" in private.requests[0].headers
    assert all("authorization" not in seen.headers for seen in other.requests)


def test_those_in_a_redirect_are_not_used(index: IndexServer, other: IndexServer, world: World) -> None:
    other.add("demo", wheel("demo", "1.0"))
    index.always("/simple/demo/", Status(302, {"Location": with_user(f"{other.url}demo/", "evil:pw")}))
    catalog = world.catalog(index.url)
    catalog.project("demo")
    assert "evil" not in catalog.distributions("demo", "1.0")[0].url
    assert all("authorization" not in seen.headers for seen in other.requests)


def test_those_in_file_urls_are_taken_off(index: IndexServer, world: World) -> None:
    index.add("demo", wheel("demo", "1.0"), url="https://user:pw@index.example/demo-1.0-py3-none-any.whl")
    found = world.catalog(index.url).distributions("demo", "1.0")[0]
    assert found.url == "https://index.example/demo-1.0-py3-none-any.whl"


def test_a_name_alone_is_not_sent() -> None:
    book = CredentialBook([("", "https://me@index.example/simple/")], {}, use_keyring=False)
    assert book.credentials("https://index.example/simple/demo/") is None
    assert book.refused("https://index.example/simple/demo/") is None


def test_the_environment_wins_over_the_url() -> None:
    book = CredentialBook([("a", "https://me:one@index.example/")], {"PINKIT_INDEX_A_PASSWORD": "two"})
    assert book.credentials("https://index.example/x") == Credentials("", "two")
    assert book.credentials("https://index.example:8443/x") is None
    assert "two" not in repr(book.credentials("https://index.example/x"))
