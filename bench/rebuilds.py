"""How long the rebuilds of a lock take with warm caches: `python bench/rebuilds.py LOCK [OPTIONS OF VERIFY PINS]`.

The first run fetches and makes the build environments; then every kept attempt is dropped and the second run is
timed, builds and all. The index is the one that pip is configured for.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path


def verify(arguments: list[str], cache: Path) -> tuple[float, Counter[str], int]:
    """Wall seconds, verdicts and builds of one run."""
    command = [sys.executable, "-m", "pinkit", "-q", "--cache-dir", str(cache), "verify", "pins", *arguments]
    start = time.perf_counter()
    done = subprocess.run(
        [*command, "--no-ledger", "--format", "json"], capture_output=True, text=True, check=False
    )
    took = time.perf_counter() - start
    results = json.loads(done.stdout)["results"]
    return took, Counter(r["verdict"] for r in results), sum(r["builds"] for r in results)


def main(arguments: list[str]) -> None:
    """Warm, drop the attempts, measure."""
    with tempfile.TemporaryDirectory(prefix="bench-rebuilds-") as folder:
        cache = Path(os.environ.get("PINKIT_CACHE_DIR", folder))
        verify(arguments, cache)
        shutil.rmtree(cache / "rebuilds", ignore_errors=True)
        took, verdicts, builds = verify(arguments, cache)
    told = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
    load = os.getloadavg()[0]
    sys.stdout.write(f"{builds} builds in {took:.1f} s on {os.cpu_count()} CPUs (load {load:.1f}): {told}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
