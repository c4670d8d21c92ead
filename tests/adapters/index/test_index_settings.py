"""Which indexes are asked: what the user says, pip's configuration, the default."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from pinkit.adapters.index_settings import default_index_url, index_settings
from pinkit.adapters.network_side import network_of
from pinkit.adapters.pip_config import config_files, pip_settings
from pinkit.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

A, B, C = (f"https://{letter}.example/simple/" for letter in "abc")
NO_FILES = {"PIP_CONFIG_FILE": os.devnull}


def urls(environ: dict[str, str], **options: object) -> list[str]:
    return [index.url for index in index_settings(NO_FILES | environ, **options).indexes]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("environ", "options", "expected"),
    [
        pytest.param({"PIP_INDEX_URL": A}, {}, [A], id="pip"),
        pytest.param(
            {"PIP_INDEX_URL": A, "PIP_EXTRA_INDEX_URL": f"{B} {C}"}, {}, [B, C, A], id="pip-extra-first"
        ),
        pytest.param({"PIP_INDEX_URL": A}, {"default": B}, [B], id="given-default"),
        pytest.param({"PIP_INDEX_URL": A}, {"extra": (B,)}, [B, A], id="given-extra-keeps-pips-default"),
        pytest.param(
            {"PIP_INDEX_URL": A, "PIP_EXTRA_INDEX_URL": C}, {"extra": (B,)}, [B, A], id="extra-replaces"
        ),
        pytest.param({}, {"named": (("x", C),), "extra": (B,), "default": A}, [C, B, A], id="named-first"),
        pytest.param({"PIP_INDEX_URL": A}, {"extra": (A[:-1],)}, [A[:-1]], id="same-one-twice"),
        pytest.param({"PIP_INDEX_URL": A}, {"no_index": True}, [], id="no-index"),
        pytest.param({"PIP_INDEX_URL": A, "PIP_NO_INDEX": "1"}, {}, [], id="pip-no-index"),
        pytest.param({"PIP_NO_INDEX": "true"}, {"default": A}, [A], id="given-beats-pip-no-index"),
        pytest.param({"PIP_NO_INDEX": "0", "PIP_INDEX_URL": A}, {}, [A], id="pip-no-index-0"),
    ],
)
def test_indexes(environ: dict[str, str], options: dict[str, object], expected: list[str]) -> None:
    assert urls(environ, **options) == expected


def test_without_any_the_default_of_hashin() -> None:
    import hashin

    assert urls({}) == [default_index_url()]
    assert default_index_url() == hashin.DEFAULT_INDEX_URL.rstrip("/") + "/simple/"


def test_lines_of_a_lock_name_the_default_first_and_no_credentials() -> None:
    settings = index_settings(NO_FILES, default="https://me:pw@a.example/simple/", extra=(B,))
    assert settings.urls == (A, B)
    assert [index.name for index in settings.indexes] == ["b.example", "a.example"]


def test_find_links_become_urls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = index_settings(NO_FILES | {"PIP_FIND_LINKS": "wheels https://a.example/x.html"}, default=A)
    assert settings.find_links == ((tmp_path / "wheels").as_uri(), "https://a.example/x.html")
    assert index_settings(NO_FILES, default=A, find_links=("file:///x",)).find_links == ("file:///x",)


@pytest.mark.parametrize("url", ["ftp://a.example/", "a.example/simple", "https://a.example/\x1b[2J"])
def test_what_is_no_url(url: str) -> None:
    with pytest.raises(UsageError, match="no URL of an index") as caught:
        index_settings(NO_FILES, default=url)
    assert "\x1b" not in caught.value.what


def test_an_error_shows_no_credentials() -> None:
    with pytest.raises(UsageError) as caught:
        index_settings(NO_FILES, default="ftp://me:secret@a.example/")
    assert "secret" not in caught.value.what


def configured(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_files_in_pips_order(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path / "home"), "XDG_CONFIG_DIRS": str(tmp_path / "xdg")}
    prefix = str(tmp_path / "venv")
    settings = []
    for path, host in [
        (tmp_path / "xdg/pip/pip.conf", "global"),
        (tmp_path / "home/.pip/pip.conf", "legacy"),
        (tmp_path / "home/.config/pip/pip.conf", "user"),
        (tmp_path / "venv/pip.conf", "site"),
        (tmp_path / "named.conf", "named"),
    ]:
        configured(path, f"[global]\nindex-url = https://{host}.example/\n")
        if host == "named":
            environ["PIP_CONFIG_FILE"] = str(path)
        settings.append(pip_settings(environ, prefix).index_url)
    assert settings == [f"https://{host}.example/" for host in ("global", "legacy", "user", "site", "named")]
    assert pip_settings(environ | {"PIP_INDEX_URL": A}, prefix).index_url == A
    assert pip_settings(environ | {"PIP_CONFIG_FILE": os.devnull}, prefix).index_url == ""


def test_the_order_is_pips_own(tmp_path: Path) -> None:
    """`pip config debug` lists the files that pip reads, strongest last."""
    import re
    import subprocess
    import sys

    home = tmp_path / "home"
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], "PIP_CONFIG_FILE": str(tmp_path / "named.conf")}
    done = subprocess.run(
        [sys.executable, "-m", "pip", "config", "debug"],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"no pip beside the tests: {done.stderr[-100:]}")
    listed = re.findall(r"^\s+(/\S+), exists:", done.stdout, re.MULTILINE)
    ours = list(config_files(environ))
    assert sorted(ours) == sorted(set(listed) | {str(tmp_path / "named.conf")})
    user = [path for path in listed if path.startswith(str(home))]
    assert [path for path in ours if path.startswith(str(home))] == user


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        (
            "linux",
            {"HOME": "/h", "XDG_CONFIG_DIRS": "/one:/two", "XDG_CONFIG_HOME": "/c"},
            [
                "/two/pip/pip.conf",
                "/one/pip/pip.conf",
                "/etc/pip.conf",
                "/h/.pip/pip.conf",
                "/c/pip/pip.conf",
            ],
        ),
        (
            "darwin",
            {"HOME": "/h"},
            ["/Library/Application Support/pip/pip.conf", "/h/.pip/pip.conf", "/h/.config/pip/pip.conf"],
        ),
        (
            "win32",
            {"HOME": "/h", "ProgramData": "/p", "APPDATA": "/a"},
            ["/p/pip/pip.ini", "/h/pip/pip.ini", "/a/pip/pip.ini"],
        ),
    ],
)
def test_places_by_system(
    monkeypatch: pytest.MonkeyPatch, platform: str, environ: dict[str, str], expected: list[str]
) -> None:
    monkeypatch.setattr("sys.platform", platform)
    name = "pip.ini" if platform == "win32" else "pip.conf"
    assert list(config_files(environ, "/venv")) == [*expected, f"/venv/{name}"]


def test_macs_own_folder_where_it_exists(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    own = tmp_path / "Library" / "Application Support" / "pip"
    own.mkdir(parents=True)
    assert str(own / "pip.conf") in config_files({"HOME": str(tmp_path)}, "/venv")


def test_all_that_is_read_of_a_file(tmp_path: Path) -> None:
    path = configured(
        tmp_path / "pip.conf",
        """
        [global]
        index_url = https://a.example/simple/
        cert = /certs/ca.pem
        timeout = 7
        trusted-host = one.example
            two.example:8443
        [install]
        extra-index-url =
            https://b.example/simple/
            https://c.example/simple/
        find-links = /wheels
        client-cert = /certs/me.pem
        proxy = http://proxy.example:3128
        [freeze]
        index-url = https://wrong.example/
        """.replace("\n        ", "\n"),
    )
    found = pip_settings({"PIP_CONFIG_FILE": str(path), "HOME": str(tmp_path)}, str(tmp_path / "no"))
    assert found.index_url == A
    assert found.extra_index_urls == (B, C)
    assert found.find_links == ("/wheels",)
    assert found.trusted_hosts == ("one.example", "two.example:8443")
    network = network_of(found)
    assert (network.certificates, network.client_certificate) == ("/certs/ca.pem", "/certs/me.pem")
    assert (network.proxy, network.read_s) == ("http://proxy.example:3128", 7.0)


@pytest.mark.parametrize("text", ["no section\n", "[global\nx", "\xff[global]", "[global]\n=x\n"])
def test_a_broken_file_is_passed_over(tmp_path: Path, text: str) -> None:
    path = tmp_path / "pip.conf"
    path.write_bytes(text.encode("latin-1"))
    assert pip_settings({"PIP_CONFIG_FILE": str(path), "HOME": str(tmp_path)}, str(tmp_path)).index_url == ""


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"SSL_CERT_FILE": "/c"}, "/c"),
        ({"SSL_CERT_FILE": "/c", "CURL_CA_BUNDLE": "/b"}, "/b"),
        ({"SSL_CERT_FILE": "/c", "CURL_CA_BUNDLE": "/b", "REQUESTS_CA_BUNDLE": "/a"}, "/a"),
        ({"REQUESTS_CA_BUNDLE": "/a", "PIP_CERT": "/p"}, "/p"),
        ({}, ""),
    ],
)
def test_certificates(environ: dict[str, str], expected: str) -> None:
    assert pip_settings(NO_FILES | environ).certificates == expected


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"PIP_TIMEOUT": "5"}, 5.0),
        ({"PIP_DEFAULT_TIMEOUT": "9.5"}, 9.5),
        ({"PIP_TIMEOUT": "long"}, 30.0),
        ({}, 30.0),
    ],
)
def test_timeout(environ: dict[str, str], expected: float) -> None:
    assert network_of(pip_settings(NO_FILES | environ)).read_s == expected
