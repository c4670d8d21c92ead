"""`pinkit audit` and `pinkit db` beside pip-audit and `uv audit`: bounds, medians, and the findings themselves.

    python bench/audit.py --dump all.zip --osv-url http://osv.example:8000 --pip-audit path/to/pip-audit

`--dump` is a dump of OSV's PyPI records; it is multiplied to 21,000 records for the timings. `--osv-url` is a service
that speaks OSV's API over the same records, best one that answers 0.3 s late. Exit code 1 when a bound does not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RECORDS = 21_000
PINS = 500
_MEASURE = """
import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, 1, 0)])
print(os.wait4(pid, 0)[2].ru_maxrss)
"""
LIVE_PINS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One process: wall and CPU seconds, what it said."""

    wall_s: float
    cpu_s: float
    out: str
    code: int


def main() -> int:
    options = _options()
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(options, Path(name))
        rows = [*bench.database(), *bench.live()]
        for row in rows:
            print(f"{row[0]:<58} {row[1]:>10} {row[2]:>12}  {'ok' if row[3] else 'NOT OK'}")
        bench.side_by_side()
    return 0 if all(row[3] for row in rows) else 1


Row = tuple[str, str, str, bool]


class Bench:
    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.options, self.folder = options, folder
        self.environment = {
            **os.environ,
            "PINKIT_DATA_DIR": str(folder / "data"),
            "PINKIT_CACHE_DIR": str(folder / "cache"),
        }
        with zipfile.ZipFile(options.dump) as archive:
            self.records = [json.loads(archive.read(member)) for member in archive.namelist()]
        self.versions = _affected_versions(self.records)

    def database(self) -> list[Row]:
        """Building it, and auditing with it."""
        dump = self._multiplied()
        builds = [self.pinkit("db", "sync", "--from", str(dump)) for _ in range(self.options.rounds)]
        rows = [_row(f"build a database of {RECORDS:,} records", builds, 8.0)]
        for title, pins in (("1 in 4", self._mixed()), ("each", list(self.versions.items())[:PINS])):
            lock = self._lock(f"pins-{title[0]}.txt", pins)
            runs = [self.pinkit("audit", str(lock), "--format", "json") for _ in range(self.options.rounds)]
            found = len(json.loads(runs[0].out)["findings"])
            rows.append(_row(f"{len(pins)} pins, {title} with advisories ({found} findings)", runs, 0.3))
            memory = self._memory_mb(["audit", str(lock), "--format", "json"])
            rows.append(("  its memory", f"{memory:.0f} MB", "70 MB", memory < 70))
        return rows

    def live(self) -> list[Row]:
        """Asking the service, beside the others."""
        if not self.options.osv_url:
            return []
        lock = self._lock("live.txt", list(self.versions.items())[:LIVE_PINS])
        command = ["audit", "--live", "--osv-url", self.options.osv_url, "--format", "json", str(lock)]
        cold = []
        for _ in range(self.options.rounds):
            shutil.rmtree(self.folder / "cache", ignore_errors=True)
            cold.append(self.pinkit(*command))
        rows = [_row(f"live, {LIVE_PINS} pins, nothing cached", cold, 2.0)]
        rows.append(
            _row(
                f"live, {LIVE_PINS} pins, records cached",
                [self.pinkit(*command) for _ in range(self.options.rounds)],
                2.0,
            )
        )
        for title, other in (("pip-audit", self._pip_audit(lock)), ("uv audit", self._uv_audit())):
            if other is not None:
                rows.append((f"  {title}, the same pins", f"{other.wall_s:.2f} s", "", True))
        return rows

    def side_by_side(self) -> None:
        """What each tool finds for the same pins, and where they differ."""
        if not self.options.osv_url:
            return
        lock = self.folder / "live.txt"
        ours = self.pinkit(
            "audit", "--live", "--osv-url", self.options.osv_url, "--format", "json", str(lock)
        )
        found = {"pinkit": _pinkit_ids(json.loads(ours.out))}
        pip_audit, uv_audit = self._pip_audit(lock), self._uv_audit()
        if pip_audit is not None:
            found["pip-audit"] = _pip_audit_ids(pip_audit.out)
        if uv_audit is not None:
            found["uv audit"] = _uv_ids(uv_audit.out)
        print()
        for tool, pairs in found.items():
            only = sorted(pairs - found["pinkit"])
            missed = sorted(found["pinkit"] - pairs)
            print(
                f"{tool:<10} {len(pairs):>5} (pin, id) pairs; {len(only)} that pinkit has not, {len(missed)} missing"
            )
            for pair in [*only, *missed][:10]:
                print(f"           {pair[0]} {pair[1]}")

    def pinkit(self, *arguments: str) -> Run:
        return self._run([sys.executable, "-m", "pinkit", *arguments])

    def _memory_mb(self, arguments: list[str]) -> float:
        """The most that the process held. A small process starts it: a forked one begins with its parent's size."""
        asked = [sys.executable, "-S", "-c", _MEASURE, sys.executable, "-m", "pinkit", *arguments]
        done = subprocess.run(asked, env=self.environment, capture_output=True, text=True, check=True)
        return int(done.stdout) / 1024

    def _pip_audit(self, lock: Path) -> Run | None:
        if not self.options.pip_audit:
            return None
        command = [
            self.options.pip_audit,
            "-r",
            str(lock),
            "--disable-pip",
            "--no-deps",
            "-s",
            "osv",
            "-f",
            "json",
        ]
        return self._run(
            [*command, "--osv-url", f"{self.options.osv_url}/v1/query", "--progress-spinner", "off"]
        )

    def _uv_audit(self) -> Run | None:
        if not self.options.uv:
            return None
        project = self.folder / "uv-project"
        if not project.exists():
            _uv_project(project, list(self.versions.items())[:LIVE_PINS])
        command = [self.options.uv, "audit", "--frozen", "--preview", "--project", str(project), "--no-cache"]
        return self._run([*command, "--service-url", self.options.osv_url, "--output-format", "json"])

    def _run(self, command: list[str]) -> Run:
        with tempfile.TemporaryFile() as out:
            started = time.perf_counter()
            process = subprocess.Popen(command, env=self.environment, stdout=out, stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            said = out.read().decode()
        cpu = usage.ru_utime + usage.ru_stime
        return Run(wall_s=wall, cpu_s=cpu, out=said, code=process.returncode)

    def _multiplied(self) -> Path:
        path = self.folder / "large.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(RECORDS):
                copy, record = divmod(number, len(self.records))
                content = json.loads(json.dumps(self.records[record]))
                if copy:
                    content["id"] += f"-{copy}"
                    for entry in content["affected"]:
                        entry["package"]["name"] += f"-{copy}"
                archive.writestr(f"{content['id']}.json", json.dumps(content))
        return path

    def _mixed(self) -> list[tuple[str, str]]:
        return list(self.versions.items())[: PINS // 4] + [
            (f"unknown-{n}", "1.0") for n in range(PINS * 3 // 4)
        ]

    def _lock(self, name: str, pins: list[tuple[str, str]]) -> Path:
        path = self.folder / name
        path.write_text("".join(f"{project}=={version}\n" for project, version in pins))
        return path


def _row(title: str, runs: list[Run], bound_s: float) -> Row:
    wall = statistics.median(run.wall_s for run in runs)
    cpu = statistics.median(run.cpu_s for run in runs)
    return (title, f"{wall:.2f} s", f"{bound_s:g} s, cpu {cpu:.2f}", wall < bound_s)


def _affected_versions(records: list[dict[str, Any]]) -> dict[str, str]:
    """A listed version of every project, by name."""
    found: dict[str, str] = {}
    for record in records:
        for entry in record["affected"]:
            if entry.get("versions") and not record.get("withdrawn"):
                found.setdefault(_normalized(entry["package"]["name"]), entry["versions"][-1])
    return dict(sorted(found.items()))


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _pinkit_ids(report: dict[str, Any]) -> set[tuple[str, str]]:
    return {(f["name"], i) for f in report["findings"] for i in f["ids"] if i.startswith("PYSEC-")}


def _pip_audit_ids(out: str) -> set[tuple[str, str]]:
    found = json.loads(out)["dependencies"] if out else []
    return {(_normalized(d["name"]), v["id"]) for d in found for v in d.get("vulns", ())}


def _uv_ids(out: str) -> set[tuple[str, str]]:
    text = json.loads(out) if out else {}
    found: set[tuple[str, str]] = set()
    for entry in text.get("vulnerabilities", ()):
        name = entry.get("dependency", entry).get("name", "")
        found |= {
            (name, i) for i in [entry.get("id"), *entry.get("aliases", ())] if str(i).startswith("PYSEC-")
        }
    return found


def _uv_project(folder: Path, pins: list[tuple[str, str]]) -> None:
    folder.mkdir()
    names = ", ".join(f'"{name}"' for name, _ in pins)
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "bench"\nversion = "0"\nrequires-python = ">=3.11"\ndependencies = [{names}]\n'
    )
    asked = ", ".join(f'{{ name = "{name}" }}' for name, _ in pins)
    lines = [
        "version = 1",
        'requires-python = ">=3.11"',
        "",
        "[[package]]",
        'name = "bench"',
        'version = "0"',
    ]
    lines += [
        'source = { virtual = "." }',
        f"dependencies = [{asked}]",
    ]
    for name, version in pins:
        lines += ["", "[[package]]", f'name = "{name}"', f'version = "{version}"']
        lines += ['source = { registry = "https://index.example/simple" }']
        lines += [f'sdist = {{ url = "https://index.example/{name}.tar.gz", hash = "sha256:{"0" * 64}" }}']
    (folder / "uv.lock").write_text("\n".join(lines) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dump", required=True, help="a dump zip of OSV's PyPI records")
    parser.add_argument("--rounds", type=int, default=5, help="runs of which the median counts")
    parser.add_argument("--osv-url", default="", help="a service over the same records")
    parser.add_argument(
        "--pip-audit", default=shutil.which("pip-audit") or "", help="pip-audit to compare with"
    )
    beside = Path(sys.executable).with_name("uv")
    parser.add_argument("--uv", default=str(beside) if beside.exists() else shutil.which("uv") or "")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
