"""How long a project page takes: decoding, columns, and the plain JSON decoder for comparison. No network.

python bench/index_pages.py [--files 4000]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from typing import TYPE_CHECKING

from pinkit.formats.project_columns import project_columns
from pinkit.formats.simple_api import parse_json
from pinkit.formats.simple_html import parse_html

if TYPE_CHECKING:
    from collections.abc import Callable


def page(files: int) -> bytes:
    """A page with a wheel and an sdist for every release."""
    entries = []
    for number in range(files):
        version = f"{number // 2000 + 1}.{number // 50 % 40}.{number // 2 % 25}"
        suffix = ".tar.gz" if number % 2 else "-py3-none-any.whl"
        filename = f"demo-{version}{suffix}"
        digest = hashlib.sha256(filename.encode()).hexdigest()
        entry = {
            "filename": filename,
            "url": f"https://files.example/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{filename}",
            "hashes": {"sha256": digest},
            "requires-python": ">=3.8",
            "size": 100_000 + number,
            "upload-time": f"20{20 + number // 2000:02}-01-{number % 28 + 1:02}T00:00:00.{number % 10**6:06}Z",
            "yanked": False,
            "core-metadata": not number % 2,
        }
        entries.append(entry)
    return json.dumps({"meta": {"api-version": "1.1"}, "name": "demo", "files": entries}).encode()


def html_page(body: bytes) -> bytes:
    """The same page in HTML."""
    anchors = [
        f'<a href="{entry["url"]}#sha256={entry["hashes"]["sha256"]}" data-requires-python="&gt;=3.8">x</a><br/>'
        for entry in json.loads(body)["files"]
    ]
    return ("<!DOCTYPE html><title>Links for demo</title>" + "\n".join(anchors)).encode()


def best_ms(work: Callable[[], object], rounds: int = 9) -> float:
    """The quickest of several rounds, in milliseconds of CPU time."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times) * 1000


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--files", type=int, default=4000)
    count = arguments.parse_args().files
    body = page(count)
    html = html_page(body)
    decoded = parse_json(body, "demo")
    plain = best_ms(lambda: json.loads(body))
    rows = [
        ("json.loads", plain),
        ("parse_json (typed)", best_ms(lambda: parse_json(body, "demo"))),
        ("project_columns", best_ms(lambda: project_columns("demo", decoded))),
        ("both", best_ms(lambda: project_columns("demo", parse_json(body, "demo")))),
        ("parse_html", best_ms(lambda: parse_html(html, "https://index.example/simple/demo/"))),
    ]
    print(f"{count} files, {len(body) / 1e6:.1f} MB")
    for label, spent in rows:
        print(f"{label:20} {spent:8.2f} ms  {spent / plain:5.2f} x json.loads")


if __name__ == "__main__":
    main()
