"""`pinkit lock` beside uv and pip-compile, in one run: paired and alternating, medians, bounds.

    python bench/lock_vs_uv.py --index-url https://index.example/simple/ --slow-index-url https://far.index.example/simple/

Both indexes should be caching mirrors close by, the second one answering 30 ms late: then it is the tools that are
timed. Exit code 0 when every bound holds, 1 when one does not.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PYTHON = "3.12"
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
"""For the tools that look at an interpreter: `uv lock` and pip-compile."""
LEFT_OUT = {
    "PYTHONDONTWRITEBYTECODE",
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "PIP_CONSTRAINT",
}
AIRFLOW = "apache-airflow[all]\napache-airflow-providers-apache-beam>3.0.0\n"
JUPYTER = "jupyter\n"
BOTO3 = "boto3\nurllib3<1.25.4\n"
MEMORY_BOUND = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One process: wall and CPU seconds, peak memory in MiB."""

    wall_s: float
    cpu_s: float
    peak_mib: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One comparison. `prepare` is called with a run number before each timed run of either tool."""

    name: str
    bound: float
    pinkit: list[str]
    other: list[str]
    prepare: Callable[[int], None]
    other_name: str = "uv"
    runs: int = 0
    bound_s: float = 0.0


def timed(command: list[str], cwd: Path) -> Run:
    """Run `command` to its end; a failure ends the bench with the command's own words."""
    # Where byte code may not be written, every start would compile again: no user has that. This machine's settings
    # for pip (more indexes, folders of files) would count for two of the tools and not for the third.
    env = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    env["PIP_CONFIG_FILE"] = os.devnull
    with tempfile.TemporaryFile() as words:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=words, stderr=words
        )
        _, status, used = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            words.seek(0)
            tail = words.read().decode(errors="replace")[-3000:]
            raise SystemExit(f"exit code {process.returncode} from {' '.join(command)}\n{tail}")
    return Run(wall_s=wall_s, cpu_s=used.ru_utime + used.ru_stime, peak_mib=used.ru_maxrss / 1024)


def compare(case: Case, cwd: Path, runs: int) -> tuple[list[Run], list[Run]]:
    """Runs of pinkit and of the other tool, alternating, after one unmeasured run of each."""
    ours: list[Run] = []
    others: list[Run] = []
    for number in range(-1, case.runs or runs):
        pair = [(case.pinkit, ours), (case.other, others)]
        for command, kept in pair if number % 2 else reversed(pair):
            case.prepare(number)
            run = timed(command, cwd)
            if number >= 0:
                kept.append(run)
    return ours, others


class Bench:
    """A scratch directory with the inputs, and the commands over them."""

    def __init__(self, root: Path, index_url: str, slow_index_url: str, uv: str, pip_compile: str) -> None:
        self.root, self.index_url, self.slow_index_url = root, index_url, slow_index_url
        self.uv, self.pip_compile = uv, pip_compile

    def pinkit(
        self, name: str, *, index_url: str = "", cache: str = "warm", python: str = PYTHON
    ) -> list[str]:
        script = Path(sys.executable).with_name("pinkit")
        command = [str(script)] if script.exists() else [sys.executable, "-m", "pinkit"]
        command += ["--quiet", "--cache-dir", str(self.root / f"pinkit-{cache}"), "lock", f"{name}.in"]
        command += ["-o", f"{name}.pinkit.txt", "--index-url", index_url or self.index_url]
        return [*command, "--python-version", python]

    def uv_compile(self, name: str, *, index_url: str = "", cache: str = "warm") -> list[str]:
        command = [self.uv, "pip", "compile", f"{name}.in", "-o", f"{name}.uv.txt", "--quiet", "--universal"]
        command += ["--generate-hashes", "--python-version", PYTHON, "--no-python-downloads", "--no-config"]
        # Without a named interpreter uv looks for one, which costs it more than the lock does.
        command += ["--python", sys.executable, "--default-index", index_url or self.index_url]
        return [*command, "--cache-dir", str(self.root / f"uv-{cache}")]

    def fresh_solve(self, name: str, text: str, *, cold: bool = False) -> Callable[[int], None]:
        """Before each run: no output to start from, and an input never seen, so that nothing is remembered whole."""

        def prepare(number: int) -> None:
            (self.root / f"{name}.in").write_text(f"# run {number}\n{text}")
            for output in self.root.glob(f"{name}.*.txt"):
                output.unlink()
            for cache in self.root.glob("*-cold") if cold else ():
                shutil.rmtree(cache)

        return prepare

    def unchanged(self, name: str, text: str) -> Callable[[int], None]:
        """Input and output stay as the first run left them; uv's project asks for the same."""
        wanted = ", ".join(json.dumps(line) for line in text.split())
        project = '[project]\nname = "bench"\nversion = "1"\n'
        project += f'requires-python = ">={HERE}"\ndependencies = [{wanted}]\n'

        def prepare(number: int) -> None:
            if number < 0:
                (self.root / f"{name}.in").write_text(text)
                (self.root / f"{name}-uv").mkdir(exist_ok=True)
                (self.root / f"{name}-uv/pyproject.toml").write_text(project)

        return prepare

    def uv_lock(self, name: str) -> list[str]:
        command = [self.uv, "lock", "--quiet", "--project", f"{name}-uv", "--python", sys.executable]
        command += ["--default-index", self.index_url, "--no-python-downloads", "--no-config"]
        return [*command, "--cache-dir", str(self.root / "uv-warm")]

    def pip_compile_of(self, name: str) -> list[str]:
        command = [self.pip_compile, f"{name}.in", "-o", f"{name}.pip.txt", "--quiet", "--generate-hashes"]
        command += ["--strip-extras", "--allow-unsafe", "--index-url", self.index_url, "--no-emit-index-url"]
        return [*command, "--cache-dir", str(self.root / "pip-warm"), "--no-config"]

    def cases(self, pip_compile_runs: int) -> list[Case]:
        """Every comparison that the tools and indexes at hand allow."""
        listed = [
            self._warm("airflow", AIRFLOW, 0.8),
            self._warm("jupyter", JUPYTER, 4.0),
            self._warm("boto3", BOTO3, 3.0),
            self._unchanged("same-jupyter", JUPYTER),
            self._unchanged("same-airflow", AIRFLOW),
        ]
        if self.slow_index_url:
            listed.append(self._cold())
        if self.pip_compile:
            listed.append(self._one_target(pip_compile_runs))
        return listed

    def _warm(self, name: str, text: str, bound: float) -> Case:
        return Case(
            name=f"warm {name}",
            bound=bound,
            pinkit=[*self.pinkit(name), "--universal"],
            other=self.uv_compile(name),
            prepare=self.fresh_solve(name, text),
        )

    def _unchanged(self, name: str, text: str) -> Case:
        return Case(
            name=f"nothing changed, {name[5:]}",
            bound=1.5,
            bound_s=0.08,
            pinkit=[*self.pinkit(name, python=HERE), "--universal"],
            other=self.uv_lock(name),
            other_name="uv lock",
            prepare=self.unchanged(name, text),
        )

    def _cold(self) -> Case:
        return Case(
            name="cold jupyter, late index",
            bound=1.2,
            pinkit=[*self.pinkit("cold", index_url=self.slow_index_url, cache="cold"), "--universal"],
            other=self.uv_compile("cold", index_url=self.slow_index_url, cache="cold"),
            prepare=self.fresh_solve("cold", JUPYTER, cold=True),
        )

    def _one_target(self, runs: int) -> Case:
        return Case(
            name="jupyter, one target",
            bound=0.1,
            pinkit=self.pinkit("one", python=HERE),
            other=self.pip_compile_of("one"),
            other_name="pip-compile",
            runs=runs,
            prepare=self.fresh_solve("one", JUPYTER),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A case's medians, and whether its bounds hold."""

    case: str
    other_name: str
    runs: int
    pinkit: Run
    other: Run
    ratio: float
    bound: float
    bound_s: float
    memory_ratio: float
    ok: bool

    def __str__(self) -> str:
        name = self.case if self.other_name == "uv" else f"{self.case} vs {self.other_name}"
        ours, other = (f"{run.wall_s:.3f} ({run.cpu_s:.2f})" for run in (self.pinkit, self.other))
        asked = f"<= {self.bound:g}" + (f", {1000 * self.bound_s:.0f} ms" if self.bound_s else "")
        mib = f"{self.pinkit.peak_mib:.0f}/{self.other.peak_mib:.0f}"
        figures = f"{ours:>16} {other:>16} {self.ratio:6.2f} {asked:>14} {mib:>10} {self.memory_ratio:5.2f}"
        return f"{name:36} {figures}  {'yes' if self.ok else 'NO'}"


HEAD = f"{'case':36} {'pinkit s (cpu)':>16} {'other s (cpu)':>16} {'ratio':>6} {'asked':>14} {'MiB':>10} {'mem':>5}  ok"


def median(runs: list[Run]) -> Run:
    return Run(
        wall_s=round(statistics.median(run.wall_s for run in runs), 4),
        cpu_s=round(statistics.median(run.cpu_s for run in runs), 4),
        peak_mib=round(statistics.median(run.peak_mib for run in runs), 1),
    )


def judged(case: Case, ours: list[Run], others: list[Run]) -> Row:
    """The ratio is of medians; memory has one bound for all cases."""
    pinkit, other = median(ours), median(others)
    ratio, memory_ratio = pinkit.wall_s / other.wall_s, pinkit.peak_mib / other.peak_mib
    quick = ratio <= case.bound and (not case.bound_s or pinkit.wall_s <= case.bound_s)
    return Row(
        case=case.name,
        other_name=case.other_name,
        runs=len(ours),
        pinkit=pinkit,
        other=other,
        ratio=round(ratio, 3),
        bound=case.bound,
        bound_s=case.bound_s,
        memory_ratio=round(memory_ratio, 2),
        ok=quick and memory_ratio <= MEMORY_BOUND,
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--index-url", default=os.environ.get("PINKIT_BENCH_INDEX", ""), help="or PINKIT_BENCH_INDEX"
    )
    parser.add_argument(
        "--slow-index-url", default=os.environ.get("PINKIT_BENCH_SLOW_INDEX", ""), help="30 ms late"
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument(
        "--pip-compile-runs", type=int, default=3, help="0 leaves pip-compile out: it is slow"
    )
    parser.add_argument("--only", default="", help="cases whose name has this text")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    given = parser.parse_args()
    if not given.index_url:
        parser.error("name an index: --index-url URL or PINKIT_BENCH_INDEX")
    return given


def tool(name: str) -> str:
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name) or ""


def main() -> int:
    given = arguments()
    uv, pip_compile = tool("uv"), tool("pip-compile") if given.pip_compile_runs else ""
    if not uv:
        raise SystemExit("uv is not here; install it to compare with it")
    rows: list[Row] = []
    print(HEAD)
    with tempfile.TemporaryDirectory(prefix="pinkit-bench-") as scratch:
        bench = Bench(Path(scratch), given.index_url, given.slow_index_url, uv, pip_compile)
        for case in bench.cases(given.pip_compile_runs):
            if given.only in case.name:
                rows.append(judged(case, *compare(case, bench.root, given.runs)))
                print(rows[-1], flush=True)
    if not rows:
        raise SystemExit(f"no case has {given.only!r} in its name")
    if given.json:
        given.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    return 0 if all(row.ok for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
