"""First process of an `unshare` sandbox: builds the root it was told, drops every privilege, runs the command.

Runs as a script in fresh namespaces (`python -I -S sandbox_init.py PLAN COMMAND...`), so it uses nothing but
the standard library. PLAN is JSON: `root`, `binds` ([source, target, writable]...), `links`, `cwd`,
`hostname`, `memory_bytes`, `proc`, `home`.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import socket
import sys

_RDONLY, _NOSUID, _NODEV, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
_KEPT = (_RDONLY, _NOSUID, _NODEV, 8, 1024, 2048)  # + noexec, noatime, nodiratime: locked flags must be kept
_DETACH = 2
_CAPBSET_DROP, _NO_NEW_PRIVS = 24, 38
_OCTAL = re.compile(r"\\([0-7]{3})")
_DEVICES = ("null", "zero", "full", "random", "urandom")

_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Build the root, enter it, drop privileges, and run the command."""
    plan = json.loads(sys.argv[1])
    root = plan["root"]
    socket.sethostname(plan["hostname"])
    _mount("none", "/", "", _REC | _PRIVATE)
    _tmpfs(root, plan["memory_bytes"])
    _scratch(root, plan)
    for target, text in plan["links"]:
        os.symlink(text, root + target)
    for source, target, writable in plan["binds"]:
        _bind(source, root + target, writable=writable)
    if plan["proc"]:
        os.mkdir(root + "/proc")
        _mount("proc", root + "/proc", "proc", _NOSUID | _NODEV | 8)
    _mount("none", root + "/dev", "", _REMOUNT | _BIND | _RDONLY | _NOSUID)
    _mount("none", root, "", _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)
    _enter(root)
    _drop_privileges()
    os.chdir(plan["cwd"])
    sys.exit(_become(sys.argv[2:]))


def _scratch(root: str, plan: dict[str, object]) -> None:
    size = int(str(plan["memory_bytes"]))
    for name in ("/dev", "/tmp"):  # noqa: S108 - private ones
        os.mkdir(root + name)
        _tmpfs(root + name, size)
    os.mkdir(root + str(plan["home"]))
    shared = root + "/dev/shm"  # noqa: S108 - a private one
    os.mkdir(shared)
    _tmpfs(shared, size)
    for name in _DEVICES:
        _bind(f"/dev/{name}", f"{root}/dev/{name}", writable=True)
    for name, text in (("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        os.symlink(text, f"{root}/dev/{name}")


def _bind(source: str, target: str, *, writable: bool) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if not os.path.exists(target):
            os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    # Recursive: in a user namespace the kernel refuses to uncover what is mounted below.
    _mount(source, target, "", _BIND | _REC)
    if not writable:
        for place in _mounts_at(target):
            flags = os.statvfs(place).f_flag
            kept = sum(flag for flag in _KEPT if flags & flag)
            _mount("none", place, "", kept | _REMOUNT | _BIND | _RDONLY)


def _mounts_at(target: str) -> list[str]:
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        places = [_OCTAL.sub(lambda m: chr(int(m[1], 8)), line.split(" ")[4]) for line in file]
    return [place for place in places if place == target or place.startswith(target + "/")]


def _enter(root: str) -> None:
    os.chdir(root)
    _check(_libc.syscall(_pivot_root_number(), b".", b"."), "pivot_root")
    # The old root now lies over the new one; detaching it leaves only the new one (pivot_root(2)).
    _check(_libc.umount2(b".", _DETACH), "umount")
    os.chdir("/")


def _pivot_root_number() -> int:
    numbers = {
        "x86_64": 155,
        "aarch64": 41,
        "riscv64": 41,
        "armv7l": 218,
        "i686": 217,
        "ppc64le": 203,
        "s390x": 217,
    }
    return numbers[os.uname().machine]


def _drop_privileges() -> None:
    last = 63
    for capability in range(last + 1):
        _libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0)  # past the kernel's last one: EINVAL, nothing to drop
    _check(_libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")


def _become(command: list[str]) -> int:
    """Exit status of `command`, run as a child: signals do not work on the first process of a namespace."""
    pid = os.fork()
    if pid == 0:
        os.execvp(command[0], command)  # noqa: S606 - this is what the program is for
    while True:  # also reaps what the command leaves behind, until it has ended itself
        ended, status = os.wait()
        if ended == pid:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _tmpfs(target: str, size: int) -> None:
    _mount("tmpfs", target, "tmpfs", _NOSUID | _NODEV, f"size={size},mode=0755")


def _mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    arguments = (source.encode(), os.fsencode(target), kind.encode(), ctypes.c_ulong(flags), options.encode())
    _check(_libc.mount(*arguments), f"mount {target}")


def _check(result: int, what: str) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    main()
