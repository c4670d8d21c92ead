"""The user's folder as a run sees it: files read relative to the configuration, each remembered with its digest."""

from __future__ import annotations

import os
import sys

from pinkit.adapters.files import MAX_INPUT_BYTES, read_bytes, write_atomically
from pinkit.errors import Unavailable, UsageError
from pinkit.formats.fingerprint import fingerprint
from pinkit.formats.urls import printable_url

_ABSENT = "-"


class Workplace:
    """Files below `base`, the folder of the configuration; each looked at is in `files` with its digest or "-".

    `config` is the configuration's name in that folder, "" for the usual one.
    `repeatable` turns false when something was read that a digest of files cannot stand for (standard input, a URL).
    """

    def __init__(self, config: str = "", *, offline: bool = False) -> None:
        self.base, self.config = os.path.split(config)
        self.files: dict[str, str] = {}
        self.repeatable = True
        self._offline = offline
        self._stdin: bytes | None = None
        self._stand_ins: dict[str, bytes] = {}

    def path(self, name: str) -> str:
        """The path to open for a name as the configuration or command line writes it.

        UsageError for a name that is not text in the encoding of file names: no lock could name it.
        """
        if not name.isascii() and any("\ud800" <= char <= "\udfff" for char in name):
            shown = name.encode("ascii", "backslashreplace").decode()
            raise UsageError(
                f"{shown}: the name is no text", "locks name their inputs in UTF-8", "rename the file"
            )
        return name if not self.base or os.path.isabs(name) else os.path.join(self.base, name)

    def near(self, url: str, output: str) -> str:
        """The file behind a `file:` URL as a path relative to the folder of `output`, with slashes."""
        from urllib.parse import unquote, urlsplit

        folder = os.path.dirname(os.path.abspath(self.path(output)))
        return os.path.relpath(unquote(urlsplit(url).path), folder).replace(os.sep, "/")

    def read(self, name: str) -> bytes:
        """The bytes of a file, of "-" (standard input) or of a URL. UsageError where there are none."""
        if name == "-":
            return self._standard_input()
        if name.startswith(("http://", "https://")):
            self.repeatable = False
            if self._offline:
                raise Unavailable(f"{printable_url(name)} cannot be read offline")
            from pinkit.adapters.remote_text import fetched_text

            return fetched_text(name)
        path = self.path(name.removeprefix("file://") if name.startswith("file://") else name)
        content = self._stand_in(path)
        content = read_bytes(path) if content is None else content
        self.files[path] = fingerprint(content)
        return content

    def stand_in(self, name: str, content: bytes) -> None:
        """Let a name read as `content`, whatever the file says and however its path is spelled."""
        self._stand_ins[os.path.realpath(self.path(name))] = content

    def found(self, name: str) -> bytes | None:
        """The bytes of a file, None where there is no such file."""
        path = self.path(name)
        if self._stand_in(path) is None and not os.path.exists(path):
            self.files[path] = _ABSENT
            return None
        return self.read(name)

    def write(self, name: str, content: bytes) -> None:
        """Replace a file whole, and remember what it is now."""
        path = self.path(name)
        write_atomically(path, content)
        self.files[path] = fingerprint(content)

    def _stand_in(self, path: str) -> bytes | None:
        return self._stand_ins.get(os.path.realpath(path)) if self._stand_ins else None

    def _standard_input(self) -> bytes:
        self.repeatable = False
        if self._stdin is None:
            self._stdin = sys.stdin.buffer.read(MAX_INPUT_BYTES + 1)
            if len(self._stdin) > MAX_INPUT_BYTES:
                raise UsageError(
                    "standard input is too long", why=f"the limit is {MAX_INPUT_BYTES >> 20} MiB"
                )
        return self._stdin
