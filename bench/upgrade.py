"""`pinkit upgrade` timed: a fix capped by a parent, and the security plan of a project of yours.

    python bench/upgrade.py --index-url https://index.example/simple/ [--project FOLDER --db ADVISORIES]

The first case locks boto3 1.29.0 for every target and asks for urllib3 2.2.2, which its botocore forbids; what moved
has to be exactly boto3, botocore, s3transfer and urllib3, nothing down. FOLDER is a project with current locks; its
security plan is made warm. Medians of `--runs`. Exit code 1 when an answer or a bound is not as it should be.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

CONFIG = """[tool.pinkit]
python = "3.11"
universal = true
[[tool.pinkit.lock]]
name = "main"
inputs = ["requirements.in"]
output = "requirements.txt"
"""
PINNED = ("boto3==1.29.0", "botocore==1.32.7", "urllib3==1.26.18", "s3transfer==0.7.0")
EXPECTED = {"boto3": "1.34.0", "botocore": "1.34.63", "s3transfer": "0.9.0", "urllib3": "2.2.2"}
BOUND_S = 5.0


def main() -> int:
    """Print a line a case; 1 when one is not as it should be."""
    options = _options()
    good = True
    with tempfile.TemporaryDirectory() as name:
        environment = {**os.environ, "PINKIT_CACHE_DIR": str(Path(name, "cache"))}
        folder = Path(name, "capped")
        advisories = _advisories(Path(name))
        _capped(folder, options.index_url, environment)
        asked = ["urllib3==2.2.2", "--cooldown", "0d", "--db", advisories, "-i", options.index_url]
        wall, cpu, plan = _timed(asked, folder, environment, options.runs)
        moved = {change["name"]: change["to"] for change in plan["changes"]}
        good &= moved == EXPECTED
        print(f"urllib3 capped by botocore: {wall:.2f} s, {cpu:.2f} s of CPU, moved {moved}")
        if options.project:
            asked = ["--security", "--db", options.db, "-i", options.index_url]
            wall, cpu, plan = _timed(asked, Path(options.project), environment, options.runs)
            good &= wall < BOUND_S
            counts = f"{len(plan['remediations'])} fixed, {len(plan['unfixable'])} not"
            print(f"security plan: {wall:.2f} s (bound {BOUND_S:.0f} s), {cpu:.2f} s of CPU, {counts}")
    return 0 if good else 1


def _capped(folder: Path, index_url: str, environment: dict[str, str]) -> None:
    folder.mkdir()
    (folder / "pyproject.toml").write_text(CONFIG)
    (folder / "requirements.in").write_text("boto3\n")
    free = [word for pin in PINNED for word in ("-P", pin)]
    subprocess.run([*_PINKIT, "lock", *free, "-i", index_url], cwd=folder, env=environment, check=True)


def _advisories(folder: Path) -> str:
    """A database with one record about nothing: what is timed is the plan."""
    record = {"schema_version": "1.7.0", "id": "TEST-0", "modified": "2026-01-01T00:00:00Z"}
    affected = [{"package": {"ecosystem": "PyPI", "name": "nothing-at-all"}, "versions": ["0"]}]
    place = folder / "advisories"
    place.mkdir()
    (place / "TEST-0.json").write_text(json.dumps({**record, "affected": affected}))
    return str(place)


def _timed(
    arguments: list[str], folder: Path, environment: dict[str, str], runs: int
) -> tuple[float, float, dict[str, Any]]:
    """Medians of wall and CPU seconds, and the plan; one run before them warms the cache."""
    walls, cpus, out = [], [], ""
    for number in range(runs + 1):
        start, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [*_PINKIT, "upgrade", *arguments, "--format", "json"],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            check=False,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode not in (0, 1):
            raise SystemExit(f"exit code {done.returncode}")
        if number:
            walls.append(time.perf_counter() - start)
            cpus.append(after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime)
        out = done.stdout.decode()
    return statistics.median(walls), statistics.median(cpus), json.loads(out)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--index-url", required=True)
    parser.add_argument("--project", default="")
    parser.add_argument("--db", default="")
    parser.add_argument("--runs", type=int, default=3)
    return parser.parse_args()


_PINKIT = (sys.executable, "-m", "pinkit", "--quiet", "--no-progress")

if __name__ == "__main__":
    sys.exit(main())
