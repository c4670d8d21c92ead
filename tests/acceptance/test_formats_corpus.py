"""Every checked-in lock of the corpora: read, written again, the same bytes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from pinkit.formats.lock_reader import read_lock_text
from pinkit.formats.lock_writer import write_lock_text
from pinkit.formats.requirements_txt import read_requirements
from pinkit.model.lock import Lock, Pin

ROOT = Path(__file__).parents[2]
CORPUS = Path(os.environ.get("PINKIT_SHARED", ROOT.parent / "shared")) / "corpus"
INVENTREE = ("docs", "contrib/*", "src/backend")

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no corpus at {CORPUS.name} beside the checkout"),
]


def locks():
    found = [path for folder in INVENTREE for path in CORPUS.glob(f"inventree/{folder}/requirements*.txt")]
    found += [path for path in CORPUS.glob("warehouse/requirements/*.txt") if path.name != "ipython.txt"]
    found += CORPUS.glob("jax/build/requirements_lock_*.txt")
    return sorted(found)


def test_the_corpus_is_complete():
    assert len(locks()) == 19


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(CORPUS))) for path in locks()])
def test_body_and_header_survive(path):
    content = path.read_bytes()
    found = read_lock_text(content, path.name)
    assert (found.problems, found.comments) == ((), ())
    assert write_lock_text(found.lock, found.layout).encode() == content


def test_seven_locks_are_read_in_60_ms_of_cpu():
    contents = [
        path.read_bytes()
        for folder in INVENTREE
        for path in CORPUS.glob(f"inventree/{folder}/requirements*.txt")
    ]
    read_lock_text(contents[0], "warm.txt")
    start = time.process_time()
    found = [read_lock_text(content, "r.txt") for content in contents]
    assert time.process_time() - start < 0.06
    assert sum(len(item.lock.pins) for item in found) == 490


def test_a_large_lock_is_written_in_50_ms_of_cpu():
    pins = tuple(
        Pin(name=f"p{number}", version="1.0", hashes=("sha256:" + "a" * 64,) * 40, via=("-r r.in", "x"))
        for number in range(700)
    )
    layout = read_lock_text(b"", "r.txt").layout
    start = time.process_time()
    text = write_lock_text(Lock(pins=pins), layout)
    assert time.process_time() - start < 0.05
    assert text.count("--hash=") == 28_000


@pytest.mark.parametrize(
    ("file", "count"),
    [
        ("inventree/src/backend/requirements.in", 68),
        ("inventree/src/backend/requirements-dev.in", 16),
        ("inventree/contrib/container/requirements.in", 12),
        ("warehouse/requirements/main.in", 79),
        ("jax/build/requirements.in", 15),
        ("jax/build/nonfreethreading-requirements.txt", 5),
    ],
)
def test_inputs(file, count):
    found = read_requirements(file, lambda name: (CORPUS / name).read_bytes(), {})
    assert len(found.requirements) == count
