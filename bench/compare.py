"""How much CPU time the comparison of two wheels takes: `python bench/compare.py [WHEEL...]`.

Three pairs of each wheel: other zip times (the graft answers), other compression, and one payload edit (every
member is unpacked and hashed on both sides). Without an argument two synthetic wheels are made: 1.25 MB, and one of
Django's size (8.4 MB, 3,700 files).
"""

from __future__ import annotations

import hashlib
import io
import random
import statistics
import sys
import time
import zipfile
from base64 import urlsafe_b64encode
from pathlib import Path

from pinkit.rebuild.compare import compare_wheels
from pinkit.rebuild.verdict import verdict_of

RUNS = 5


def synthetic(files: int, size_bytes: int, *, level: int = 6, year: int = 2024, edit: bool = False) -> bytes:
    """A wheel of `files` modules that compresses to about `size_bytes`; the same bytes for the same arguments."""
    words = random.Random(1)
    target = io.BytesIO()
    rows = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for number in range(files):
            content = words.randbytes(size_bytes // files * 33 // 40).hex().encode() * 2
            if edit and number == files // 2:
                content = content[:-1] + b"!"
            name = f"demo/module_{number}.py"
            digest = urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            rows.append(f"{name},sha256={digest},{len(content)}\n")
            archive.writestr(zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
        record = zipfile.ZipInfo("demo-1.dist-info/RECORD", (year, 1, 1, 0, 0, 0))
        archive.writestr(record, "".join(rows) + "demo-1.dist-info/RECORD,,\n", zipfile.ZIP_DEFLATED)
    return target.getvalue()


def rewritten(wheel: bytes, *, level: int = 6, year: int | None = None, edit: bool = False) -> bytes:
    """The wheel written again by this Python, with one of its three properties changed."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(wheel)) as source, zipfile.ZipFile(target, "w") as archive:
        members = source.infolist()
        for number, member in enumerate(members):
            content = source.read(member)
            if edit and number == len(members) // 2:
                content += b"\n"
            member.date_time = (year, 1, 1, 0, 0, 0) if year else member.date_time
            archive.writestr(member, content, compresslevel=level)
    return target.getvalue()


def main(paths: list[str]) -> None:
    wheels = {Path(path).name: Path(path).read_bytes() for path in paths}
    if not wheels:
        wheels = {"1.25 MB": synthetic(150, 1_250_000), "Django's size": synthetic(3700, 8_400_000)}
    for name, wheel in wheels.items():
        base = rewritten(wheel)
        pairs = {
            "times": rewritten(wheel, year=2020),
            "compression": rewritten(wheel, level=1),
            "payload": rewritten(wheel, edit=True),
        }
        for what, other in pairs.items():
            took = []
            for _ in range(RUNS):
                start = time.process_time()
                comparison = compare_wheels(base, other)
                took.append(time.process_time() - start)
            told = f"{statistics.median(took) * 1000:8.1f} ms  {verdict_of(comparison)}"
            sys.stdout.write(f"{name:45} {len(base) / 1e6:6.2f} MB {what:12} {told}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
