"""Who we are to an index: from its URL, the environment, netrc, or the keyring program. Never printed or stored."""

from __future__ import annotations

import os.path
import threading
from typing import TYPE_CHECKING

from pinkit.formats.urls import Credentials, host_of, origin, split_credentials

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KEYRING_TIMEOUT_S = 30.0


class CredentialBook:
    """Credentials by origin (scheme, host and port), so that none is ever sent to another host.

    `indexes` are (name, url) as configured; a URL may carry credentials. The environment's
    PINKIT_INDEX_<NAME>_USERNAME and _PASSWORD win over the URL's. netrc is asked for every host without
    credentials, keyring only after an index refused (`refused`).
    """

    def __init__(
        self, indexes: Iterable[tuple[str, str]], environ: Mapping[str, str], *, use_keyring: bool = True
    ) -> None:
        self._environ = environ
        self._use_keyring = use_keyring
        self._known: dict[str, Credentials | None] = {}
        self._urls: dict[str, str] = {}
        self._asked: set[str] = set()
        self._guard = threading.Lock()
        for name, url in indexes:
            bare, given = split_credentials(url)
            self._urls.setdefault(origin(bare), bare)
            found = _from_environment(name, environ) or given
            if found is not None:
                self._known.setdefault(origin(bare), found)

    def credentials(self, url: str) -> Credentials | None:
        """What to send to the host of `url`; None for nothing."""
        place = origin(url)
        with self._guard:
            if place not in self._known:
                self._known[place] = _from_netrc(host_of(url), self._environ)
            found = self._known[place]
        return found if found is not None and found.password is not None else None

    def refused(self, url: str) -> Credentials | None:
        """Credentials to try once more after a 401 or 403: keyring's, asked once a host; None for no others."""
        place = origin(url)
        with self._guard:
            if not self._use_keyring or place in self._asked:
                return None
            self._asked.add(place)
            known = self._known.get(place)
            if known is not None and known.password is not None:
                return None
            found = _from_keyring(
                self._urls.get(place, place), known.username if known else "", self._environ
            )
            if found is not None:
                self._known[place] = found
            return found


def _from_environment(name: str, environ: Mapping[str, str]) -> Credentials | None:
    key = "".join(char if char.isalnum() else "_" for char in name).upper()
    username = environ.get(f"PINKIT_INDEX_{key}_USERNAME")
    password = environ.get(f"PINKIT_INDEX_{key}_PASSWORD")
    if not key or (username is None and password is None):
        return None
    return Credentials(username or "", password or "")


def _from_netrc(host: str, environ: Mapping[str, str]) -> Credentials | None:
    paths = [environ["NETRC"]] if environ.get("NETRC") else ["~/.netrc", "~/_netrc"]
    there = [path for path in map(os.path.expanduser, paths) if os.path.exists(path)]
    if not there:
        return None
    from netrc import NetrcParseError, netrc

    for path in there:
        try:
            entry = netrc(path).authenticators(host)
        except (OSError, NetrcParseError, UnicodeDecodeError):
            continue
        if entry:
            return Credentials(entry[0] or "", entry[2] or "")
    return None


def _from_keyring(url: str, username: str, environ: Mapping[str, str]) -> Credentials | None:
    import json
    import shutil

    program = shutil.which("keyring", path=environ.get("PATH"))
    if program is None:
        return None
    if username:
        answer = _keyring([program, "get", url, username], environ) or _keyring(
            [program, "get", host_of(url), username], environ
        )
        return Credentials(username, answer.rstrip("\n")) if answer else None
    answer = _keyring([program, "--mode", "creds", "--output", "json", "get", url], environ)
    try:
        found = json.loads(answer) if answer else None
    except ValueError:
        return None
    if not isinstance(found, dict) or not isinstance(found.get("password"), str):
        return None
    return Credentials(str(found.get("username") or ""), found["password"])


def _keyring(command: list[str], environ: Mapping[str, str]) -> str:
    import subprocess

    try:
        done = subprocess.run(
            command,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=KEYRING_TIMEOUT_S,
            check=False,
            text=True,
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return ""
    return done.stdout if done.returncode == 0 else ""
