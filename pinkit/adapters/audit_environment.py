"""An installed environment as a lock: every distribution that its interpreter can import."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from pinkit.errors import Unavailable, UsageError
from pinkit.formats.pep508 import normalized_name
from pinkit.model.audit import LockFile
from pinkit.model.lock import ArchiveSource, DirectorySource, Lock, Pin, Source, VcsSource

_TIMEOUT_S = 60
_LOOK = """
import json, os, sys
from importlib import metadata
found = []
for d in metadata.distributions():
    folder = os.path.basename(str(getattr(d, "_path", "")))
    try:
        name, version = d.metadata.get("Name") or "", d.metadata.get("Version") or ""
        found.append((name, version, d.read_text("direct_url.json") or "", folder))
    except Exception:
        found.append(("", "", "", folder))
json.dump(sorted(set(found)), sys.stdout)
"""


def installed(environment: str) -> LockFile:
    """What is installed for an interpreter or in a virtual environment's directory; shown as given.

    A distribution that was not installed from an index (PEP 610) carries its source. One whose metadata name no
    project, as a broken uninstallation leaves behind, cannot be audited; it goes by its folder.
    """
    python = _interpreter(environment)
    command = [python, "-I", "-c", _LOOK]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=_TIMEOUT_S, check=False, stdin=subprocess.DEVNULL
        )
        found = json.loads(done.stdout) if done.returncode == 0 else None
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        raise Unavailable(f"{environment}: its interpreter could not be asked", why=str(error)) from error
    if found is None:
        raise Unavailable(
            f"{environment}: its interpreter could not be asked",
            why=done.stderr.decode("utf-8", "replace")[-500:],
        )
    pins = tuple(
        Pin(name=normalized_name(name), version=version, source=_source(direct_url))
        for name, version, direct_url in sorted({tuple(each[:3]) for each in found})
        if name
    )
    nameless = tuple(
        (0, folder or "?", "its metadata name no project") for name, _, _, folder in found if not name
    )
    return LockFile(path=environment, lock=Lock(pins=pins), unpinned=nameless)


def _interpreter(environment: str) -> str:
    if os.path.isdir(environment):
        for inner in ("bin/python", "Scripts/python.exe"):
            if (Path(environment) / inner).exists():
                return str(Path(environment) / inner)
        raise UsageError(f"--environment {environment}: there is no interpreter in this directory")
    if not os.path.isfile(environment):
        raise UsageError(f"--environment {environment}: neither an interpreter nor a virtual environment")
    # Without a folder in it the name would be searched on PATH. Not resolved: a venv's interpreter is a link.
    return os.path.abspath(environment)


def _source(direct_url: str) -> Source | None:
    if not direct_url:
        return None
    try:
        content = json.loads(direct_url)
        url = str(content["url"])
    except (ValueError, KeyError, TypeError):
        return DirectorySource(path="?")
    if isinstance(content.get("vcs_info"), dict):
        info = content["vcs_info"]
        return VcsSource(kind=str(info.get("vcs", "")), url=url, commit=str(info.get("commit_id", "")))
    if "dir_info" in content:
        return DirectorySource(path=url)
    return ArchiveSource(url=url)
