"""A Python environment on this machine, looked at from outside: its markers and what is installed."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.errors import Unavailable, UsageError
from pinkit.formats.pep508 import normalized_name

if TYPE_CHECKING:
    from collections.abc import Mapping

_TIMEOUT_S = 60
_LOOK = """
import json, os, platform, sys
from importlib import metadata
v = sys.implementation.version
kind = v.releaselevel
full = f"{v.major}.{v.minor}.{v.micro}" + ("" if kind == "final" else kind[0] + str(v.serial))
markers = {
    "implementation_name": sys.implementation.name, "implementation_version": full, "os_name": os.name,
    "platform_machine": platform.machine(), "platform_release": platform.release(),
    "platform_system": platform.system(), "platform_version": platform.version(),
    "python_full_version": platform.python_version().rstrip("+"),
    "platform_python_implementation": platform.python_implementation(),
    "python_version": ".".join(platform.python_version_tuple()[:2]), "sys_platform": sys.platform,
}
found = sorted((d.metadata["Name"] or "", d.version or "") for d in metadata.distributions())
json.dump({"markers": markers, "installed": found, "prefix": sys.prefix}, sys.stdout)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonEnvironment:
    """`markers` are its PEP 508 variables, `installed` its normalised names and versions, sorted."""

    python: str
    prefix: str
    markers: Mapping[str, str]
    installed: Mapping[str, str]


def environment_python(option: str = "") -> str:
    """The interpreter to work on: `option`, else the active venv's, else `.venv` here. UsageError for none."""
    if option:
        return option
    for folder in (os.environ.get("VIRTUAL_ENV", ""), ".venv"):
        for inner in ("bin/python", "Scripts/python.exe"):
            if folder and (Path(folder) / inner).exists():
                return str(Path(folder) / inner)
    raise UsageError(
        "no environment to work on",
        why="no virtual environment is active and there is no .venv here",
        hint="name its interpreter with --python PATH",
    )


def look_at(python: str) -> PythonEnvironment:
    """What the environment of this interpreter holds; runs the interpreter isolated (-I), no code of others."""
    try:
        done = subprocess.run(
            [python, "-I", "-c", _LOOK], capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(
            f"{python} does not run", why=str(error), hint="name a Python interpreter"
        ) from error
    if done.returncode != 0:
        raise Unavailable(f"{python} could not say what is installed", why=done.stderr.strip()[-500:])
    told = json.loads(done.stdout)
    return PythonEnvironment(
        python=python,
        prefix=told["prefix"],
        markers=told["markers"],
        installed={normalized_name(name): version for name, version in told["installed"] if name},
    )
