"""The Sandbox port on Linux: bubblewrap, else bare namespaces, else a refusal; each level proved by trying.

Only this module and `sandbox_*` run code of third parties.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import threading
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pinkit.adapters import sandbox_view
from pinkit.adapters.sandbox_end import Namespace
from pinkit.adapters.sandbox_watch import Ended, Limits, limited, watched
from pinkit.adapters.scratch import scratch
from pinkit.errors import Unavailable, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pinkit.adapters.sandbox_view import View

Isolated = Literal["bubblewrap", "unshare"]
Level = Isolated | Literal["none"]
_TOOLS: dict[Isolated, str] = {"bubblewrap": "bwrap", "unshare": "unshare"}
_TELLS_FIRST: dict[Isolated, str] = {"bubblewrap": "--info-fd", "unshare": ""}
_PROBE_S = 60.0

_PROBE = """
import os, socket, sys
port, canary, home, allowed = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4].split(os.pathsep)
seen = []
try:
    socket.create_connection(("127.0.0.1", port), 2).close(); seen.append("network")
except OSError: pass
try: open(canary).close(); seen.append("read outside")
except OSError: pass
try: open(canary, "w").close()  # the parent looks whether it came through; /tmp inside is another one
except OSError: pass
try:
    names = [os.path.join(home, n) for n in os.listdir(home)]
    if any(not any(a == n or a.startswith(n + os.sep) for a in allowed) for n in names): seen.append("home")
except OSError: pass
try: open("/usr/.pinkit-probe", "w").close(); seen.append("write system")
except OSError: pass
print("PROBED", ",".join(seen))
"""


class SystemSandbox:
    """The best isolation this machine gives (`ports.Sandbox`); probed once, at the first question.

    `allow_unsandboxed` lets code run where nothing isolates: it then sees everything its user sees.
    `levels` are tried in order; tests and users who distrust one leave it out. `clock`, in seconds, times commands.
    """

    def __init__(
        self,
        *,
        allow_unsandboxed: bool = False,
        limits: Limits | None = None,
        levels: Sequence[Isolated] = ("bubblewrap", "unshare"),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._allowed = allow_unsandboxed
        self._limits = limits or Limits()
        self._levels = levels
        self._lock = threading.Lock()
        self._chosen: tuple[Level, bool] | None = None
        self._why = ""
        self._stopped = False

    def stop(self) -> None:
        """Let nothing run any more: `run` raises `Unavailable` from now on. What runs is not ended."""
        self._stopped = True

    @property
    def level(self) -> Level:
        """What isolates, probed by really running: "bubblewrap", "unshare" or "none"."""
        return self._choice()[0]

    @property
    def why_none(self) -> str:
        """Why the level is "none", a line for each one tried; "" otherwise."""
        self._choice()
        return self._why if self.level == "none" else ""

    def run(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        writable: Sequence[Path],
        readable: Sequence[Path] = (),
        env: Mapping[str, str] | None = None,
        timeout_s: float = 600.0,
        at: Mapping[Path, str] | None = None,
        hostname: str = "build",
    ) -> Ended:
        """Run `command` as the port says; raises `Unavailable` where nothing isolates and that is not allowed."""
        if self._stopped:
            raise Unavailable("nothing is run any more", "the run was stopped")
        level, proc = self._choice()
        environment = _environment(env or {}, home=sandbox_view.HOME_INSIDE)
        if level == "none":
            return self._run_bare(command, cwd=cwd, disk=writable, env=env or {}, timeout_s=timeout_s, at=at)
        seen = sandbox_view.view(
            cwd=cwd,
            writable=writable,
            readable=readable,
            at=at or {},
            hostname=hostname,
            memory_bytes=self._limits.memory_bytes // 4,
            proc=proc,
        )
        return self._run_in(level, seen, command, disk=writable, env=environment, timeout_s=timeout_s)

    def _run_in(
        self,
        level: Isolated,
        seen: View,
        command: Sequence[str],
        *,
        disk: Sequence[Path],
        env: Mapping[str, str],
        timeout_s: float,
    ) -> Ended:
        inner = limited(self._limits, command)
        tool = shutil.which(_TOOLS[level]) or _TOOLS[level]
        with closing(Namespace(_TELLS_FIRST[level])) as namespace, ExitStack() as stack:
            if level == "bubblewrap":
                outer = sandbox_view.bwrap(tool, seen, inner)
            else:
                outer = _unshare(tool, seen, stack.enter_context(scratch("root")), inner)
            return watched(
                outer,
                env=env,
                cwd=None,
                disk=disk,
                limits=self._limits,
                timeout_s=timeout_s,
                namespace=namespace,
                clock=self._clock,
            )

    def _run_bare(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        disk: Sequence[Path],
        env: Mapping[str, str],
        timeout_s: float,
        at: Mapping[Path, str] | None,
    ) -> Ended:
        if not self._allowed:
            raise Unavailable(
                "code of a third party cannot run: nothing isolates it here",
                self._why,
                "install bubblewrap (and let it make user namespaces), or use --allow-unsandboxed",
            )
        if at:
            raise UsageError("without a sandbox a build cannot have a path of its own", self._why)
        with scratch("home") as home:
            return watched(
                limited(self._limits, command),
                env=_environment(env, home=str(home)),
                cwd=cwd,
                disk=disk,
                limits=self._limits,
                timeout_s=timeout_s,
                clock=self._clock,
            )

    def _choice(self) -> tuple[Level, bool]:
        with self._lock:
            if self._chosen is None:
                self._chosen = self._probed()
            return self._chosen

    def _probed(self) -> tuple[Level, bool]:
        reasons = []
        for level in self._levels:
            for proc in (True, False):  # a container may forbid mounting /proc; then go without
                reason = self._probe(level, proc=proc)
                if not reason:
                    return level, proc
            reasons.append(f"{level}: {reason}")
        self._why = "\n".join(reasons)
        return "none", True

    def _probe(self, level: Isolated, *, proc: bool) -> str:
        """Why `level` does not hold; "" when everything that must fail inside has failed."""
        if not shutil.which(_TOOLS[level]):
            return f"{_TOOLS[level]} is not installed"
        with scratch("probe") as outside, socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(1)
            canary = outside / "canary"
            canary.write_text("secret", encoding="utf-8")
            work = outside / "work"
            work.mkdir()
            seen = sandbox_view.view(
                cwd=work,
                writable=(work,),
                readable=(),
                at={},
                hostname="probe",
                memory_bytes=1 << 20,
                proc=proc,
            )
            asked = _probe_command(listener.getsockname()[1], canary, seen)
            env = _environment({}, home=sandbox_view.HOME_INSIDE)
            ended = self._run_in(level, seen, asked, disk=(), env=env, timeout_s=_PROBE_S)
            changed = canary.read_text(encoding="utf-8") != "secret"
        return "it leaks writing outside" if changed else _probe_verdict(ended)


def _probe_command(port: int, canary: Path, seen: View) -> list[str]:
    home = os.path.expanduser("~")
    visible = os.pathsep.join(bind.target for bind in seen.binds)
    return [str(sandbox_view.BASE_PYTHON), "-I", "-S", "-c", _PROBE, str(port), str(canary), home, visible]


def _probe_verdict(ended: Ended) -> str:
    last = ended.output.strip().rpartition("\n")[2]
    if ended.returncode != 0 or not last.startswith("PROBED"):
        return ended.stopped or last or f"exit status {ended.returncode}"
    leaks = last.removeprefix("PROBED").strip()
    return f"it leaks {leaks}" if leaks else ""


def _environment(extra: Mapping[str, str], *, home: str) -> dict[str, str]:
    """Nothing of ours: a secret cannot leak from an environment that never had it."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "HOME": home,
        "LANG": "C.UTF-8",
        "TMPDIR": "/tmp",  # noqa: S108 - a private one inside
        "PYTHONNOUSERSITE": "1",
        **extra,
    }


def _unshare(tool: str, seen: View, root: Path, command: Sequence[str]) -> list[str]:
    plan = {
        "root": str(root),
        "binds": [[bind.source, bind.target, bind.writable] for bind in seen.binds],
        "links": seen.links,
        "cwd": seen.cwd,
        "hostname": seen.hostname,
        "memory_bytes": seen.memory_bytes,
        "proc": seen.proc,
        "home": sandbox_view.HOME_INSIDE,
    }
    namespaces = ["--user", "--map-root-user", "--net", "--pid", "--mount", "--ipc", "--uts", "--cgroup"]
    script = Path(__file__).with_name("sandbox_init.py")
    return [
        *(tool, *namespaces, "--fork", "--kill-child", "--"),
        *(sys.executable, "-I", "-S", str(script), json.dumps(plan), *command),
    ]
