"""Which indexes pip would use: its environment variables and configuration files, read as pip reads them."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SECTIONS = ("global", "install")


class PipSettings(NamedTuple):
    """pip's settings about indexes and the network; "" and () where nothing is set."""

    index_url: str = ""
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    certificates: str = ""
    client_certificate: str = ""
    trusted_hosts: tuple[str, ...] = ()
    proxy: str = ""
    timeout_s: float | None = None


def pip_settings(environ: Mapping[str, str], prefix: str = sys.prefix) -> PipSettings:
    """The settings in force for `pip install`: environment over PIP_CONFIG_FILE over site, user and global files.

    A file that cannot be read or parsed is passed over, as pip warns and goes on.
    """
    found: dict[str, str] = {}
    for path in config_files(environ, prefix):
        found.update(_file_settings(path))
    for key, value in environ.items():
        if key.startswith("PIP_") and value:
            found[key[4:].lower().replace("_", "-")] = value
    timeout = found.get("timeout") or found.get("default-timeout") or ""
    return PipSettings(
        index_url=found.get("index-url", "") or found.get("pypi-url", ""),
        extra_index_urls=tuple(found.get("extra-index-url", "").split()),
        find_links=tuple(found.get("find-links", "").split()),
        no_index=found.get("no-index", "").lower() in {"1", "true", "yes", "on", "t", "y"},
        certificates=found.get("cert", "")
        or environ.get("REQUESTS_CA_BUNDLE", "")
        or environ.get("CURL_CA_BUNDLE", "")
        or environ.get("SSL_CERT_FILE", ""),
        client_certificate=found.get("client-cert", ""),
        trusted_hosts=tuple(found.get("trusted-host", "").split()),
        proxy=found.get("proxy", ""),
        timeout_s=float(timeout) if timeout.replace(".", "", 1).isdecimal() else None,
    )


def config_files(environ: Mapping[str, str], prefix: str = sys.prefix) -> tuple[str, ...]:
    """The configuration files, weakest first, whether they exist or not (pip, "Configuration")."""
    named = environ.get("PIP_CONFIG_FILE", "")
    if named == os.devnull:
        return ()
    return (
        *_global_files(environ),
        *_user_files(environ),
        os.path.join(prefix, _basename()),
        *([named] if named else []),
    )


def _global_files(environ: Mapping[str, str]) -> Iterator[str]:
    running: str = sys.platform
    if running == "win32":
        yield os.path.join(environ.get("ProgramData", "C:\\ProgramData"), "pip", "pip.ini")
        return
    if running == "darwin":
        yield "/Library/Application Support/pip/pip.conf"
        return
    # XDG names the most important folder first.
    for folder in reversed((environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)):
        if folder:
            yield os.path.join(folder, "pip", "pip.conf")
    yield "/etc/pip.conf"


def _user_files(environ: Mapping[str, str]) -> Iterator[str]:
    running: str = sys.platform
    home = environ.get("HOME") or os.path.expanduser("~")
    if running == "win32":
        yield os.path.join(home, "pip", "pip.ini")
        yield os.path.join(environ.get("APPDATA", home), "pip", "pip.ini")
        return
    yield os.path.join(home, ".pip", "pip.conf")
    mac = os.path.join(home, "Library", "Application Support", "pip")
    if running == "darwin" and os.path.isdir(mac):
        yield os.path.join(mac, "pip.conf")
    else:
        yield os.path.join(environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "pip", "pip.conf")


def _basename() -> str:
    running: str = sys.platform
    return "pip.ini" if running == "win32" else "pip.conf"


def _file_settings(path: str) -> dict[str, str]:
    if not os.path.isfile(path):
        return {}
    import configparser

    parser = configparser.RawConfigParser()
    try:
        with open(path, encoding="utf-8") as stream:
            parser.read_file(stream)
    except (OSError, configparser.Error, UnicodeDecodeError):
        return {}
    found: dict[str, str] = {}
    for section in _SECTIONS:
        if parser.has_section(section):
            found.update(
                (key.lower().replace("_", "-").lstrip("-"), value)
                for key, value in parser.items(section)
                if value
            )
    return found
