"""What a sandboxed process sees: a root of its own with the system read-only, and nothing of home.

One `View` describes it; `bwrap` turns it into bubblewrap's arguments, and `sandbox_init` makes the same
of it with mount(2) where there is no bubblewrap.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# /etc is left out but for what the dynamic linker and Debian's compilers need: it names users, hosts and keys.
_SYSTEM = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/nix/store",
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
)
BASE_PYTHON = Path(os.path.realpath(sys.executable))
"""The interpreter behind ours, outside any virtual environment: what builds run with unless told otherwise."""
HOME_INSIDE = "/tmp/home"  # noqa: S108 - inside the sandbox, where /tmp is private


@dataclass(frozen=True, slots=True, kw_only=True)
class Bind:
    """A file or directory of the host (`source`) that is seen inside at `target`."""

    source: str
    target: str
    writable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All that a sandboxed process sees; binds in the order they are made, parents first.

    `links` are (target, text) of symbolic links. `memory_bytes` bounds each of /tmp and /dev/shm. `proc` is
    False where the host forbids mounting a process table of one's own: then there is none inside.
    """

    binds: tuple[Bind, ...]
    links: tuple[tuple[str, str], ...]
    cwd: str
    hostname: str
    memory_bytes: int
    proc: bool = True


def interpreter_paths(python: Path) -> tuple[Path, ...]:
    """What must be readable for `python` to start: its prefix and, for a virtual environment, its base's too.

    Empty where the interpreter belongs to the system, which is always visible.
    """
    prefixes = []
    link = Path(os.path.abspath(python))
    for place in (link, link.resolve()):
        prefix = place.parent.parent
        if not prefix.is_relative_to("/usr") and prefix.parts[1:] not in ((), ("bin",)):
            prefixes.append(prefix)
    return tuple(dict.fromkeys(prefixes))


def view(
    *,
    cwd: Path,
    writable: Iterable[Path],
    readable: Iterable[Path],
    at: Mapping[Path, str],
    hostname: str,
    memory_bytes: int,
    proc: bool,
) -> View:
    """The view of a process that may write `writable` and read `readable`, beside the system and this Python."""
    own = interpreter_paths(BASE_PYTHON)
    binds = [
        *(_bind(path, at, writable=False) for path in (*own, *readable)),
        *(_bind(path, at, writable=True) for path in writable),
    ]
    links, system = _system()
    return View(
        # A directory inside another one must be mounted after it.
        binds=tuple(system + sorted(binds, key=lambda b: (b.target.count("/"), b.target, b.writable))),
        links=tuple(links),
        cwd=inside(cwd, at),
        hostname=hostname,
        memory_bytes=memory_bytes,
        proc=proc,
    )


def inside(path: Path, at: Mapping[Path, str]) -> str:
    """Where `path` of the host stands inside the sandbox."""
    for outside, target in at.items():
        if path == outside:
            return target
        if path.is_relative_to(outside):
            return f"{target}/{path.relative_to(outside).as_posix()}"
    return os.path.abspath(path)


def _bind(path: Path, at: Mapping[Path, str], *, writable: bool) -> Bind:
    return Bind(source=os.path.realpath(path), target=inside(path, at), writable=writable)


def _system() -> tuple[list[tuple[str, str]], list[Bind]]:
    links, binds = [], []
    for path in _SYSTEM:
        if os.path.islink(path) and path.count("/") == 1:  # a merged /usr: /bin -> usr/bin
            links.append((path, os.readlink(path)))
        elif os.path.exists(path):
            binds.append(Bind(source=os.path.realpath(path), target=path))
    return links, binds


def bwrap(executable: str, seen: View, command: Sequence[str]) -> list[str]:
    """The command line that runs `command` in `seen` by bubblewrap, without any capability."""
    size = str(seen.memory_bytes)
    arguments = [executable, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    arguments += ["--hostname", seen.hostname, "--dev", "/dev"]
    # Before the binds: what is bound below /tmp must stay visible.
    arguments += ["--size", size, "--tmpfs", "/dev/shm", "--size", size, "--tmpfs", "/tmp"]  # noqa: S108
    arguments += ["--dir", HOME_INSIDE]
    if seen.proc:
        arguments += ["--proc", "/proc"]
    for target, text in seen.links:
        arguments += ["--symlink", text, target]
    for bind in seen.binds:
        arguments += ["--bind" if bind.writable else "--ro-bind", bind.source, bind.target]
    # Last: until now the mount points are made in them.
    arguments += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", seen.cwd, "--"]
    return [*arguments, *command]
