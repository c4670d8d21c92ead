"""What a warm run pays the store: projects, dependencies and digests of 700 releases. No network.

python bench/index_store.py [--projects 700]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from typing import TYPE_CHECKING

from pinkit.adapters.catalog import IndexCatalog
from pinkit.adapters.lazy_network import NetworkHolder
from pinkit.adapters.listing import Source
from pinkit.adapters.project_finder import ProjectFinder
from pinkit.adapters.store import FilesRow, MetadataRow, PageRow, Store

if TYPE_CHECKING:
    from pinkit.adapters.network_side import NetworkSide

URL = "https://index.example/simple/"
TOMORROW = int(time.time()) + 80_000


def fill(folder: str, projects: int, versions: int) -> None:
    """A store with fresh pages of many projects."""
    store = Store(folder, print)
    source = store.source(URL)
    texts = [f"{number // 100}.{number // 10 % 10}.{number % 10}" for number in range(100, 100 + versions)]
    mask = (1 << (versions + 1)) - 2
    classes = "\n".join(f"{mask:x}\t0\t{kind}\t>=3.8" for kind in ("py3-none-any", "sdist"))
    lines = "\n".join(
        f'other-{number}\t\t>=1.{number}\tpython_version < "3.{number}"' for number in range(20)
    )
    digests = "\n".join(f"sha256:{number:064x}" for number in range(40))
    for number in range(projects):
        name = f"demo-{number}"
        keys = b"".join(f"{number:06}{place:026}".encode() for place in range(versions))
        row = PageRow(TOMORROW, "etag", "", URL, "d", "\n".join(texts), classes, bytes(16 * versions), keys)
        store.put_page(source, name, row, "json", b"")
        store.put_metadata(source, keys[-32:], MetadataRow(lines, ">=3.8", "", "sidecar"))
        store.put_files(source, name, texts[-1], "d", FilesRow(digests, 0, "x" * 8000))
    store.close()


def opened(folder: str) -> IndexCatalog:
    """A catalog that may only read."""

    def nothing() -> NetworkSide:
        raise AssertionError("a warm run needs no network")

    store = Store(folder, print)
    holder = NetworkHolder(nothing)
    sources = (Source("bench", URL, store.source(URL)),)
    return IndexCatalog(ProjectFinder(sources, store, holder.side, int(time.time())), store, holder)


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--projects", type=int, default=700)
    arguments.add_argument("--versions", type=int, default=100)
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fill(folder, asked.projects, asked.versions)
        names = [f"demo-{number}" for number in range(asked.projects)]
        steps: dict[str, list[float]] = {}
        for _ in range(7):
            start = time.process_time()
            catalog = opened(folder)
            steps.setdefault("open", []).append(time.process_time() - start)
            for label, work in {
                "project": lambda name, catalog=catalog: catalog.project(name),
                "dependencies": lambda name, catalog=catalog: catalog.dependencies(
                    name, catalog.project(name).versions[-1]
                ),
                "digests": lambda name, catalog=catalog: catalog.digests(
                    name, catalog.project(name).versions[-1], None
                ),
            }.items():
                start = time.process_time()
                for name in names:
                    work(name)
                steps.setdefault(label, []).append(time.process_time() - start)
            catalog.close()
    print(f"{asked.projects} projects of {asked.versions} versions, best of 7, CPU")
    for label, times in steps.items():
        print(f"{label:14} {min(times) * 1000:7.2f} ms  {min(times) / asked.projects * 1e6:6.1f} us each")


if __name__ == "__main__":
    main()
