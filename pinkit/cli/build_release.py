"""The run behind `pinkit build`: build, prove, and only then write."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.adapters.archives import extract
from pinkit.adapters.files import make_folders, write_atomically
from pinkit.adapters.source_tree import is_modified
from pinkit.cli.build_run import checked, exit_code, own_builds, wanted_kinds
from pinkit.cli.console import printable
from pinkit.errors import BuildFailed, ExitCode, UsageError
from pinkit.rebuild.variation import base_variant
from pinkit.render.build_report import build_json, build_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinkit.adapters.own_build import OwnBuilds
    from pinkit.cli.settings import Settings
    from pinkit.model.variation import BuildReport, Kind, Product

# Everything else is fixed by this command, whatever the machine.
_LEFT_TO_VARY = ("source modes", "source times", "processors", "clock", "file order")


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """What was built, and whether it is what it should be; `report` is None where nothing was verified."""

    code: ExitCode
    products: tuple[Product, ...]
    report: BuildReport | None
    from_sdist: str

    def write(self, folder: str) -> None:
        """Put every product into `folder`, each whole or not at all."""
        make_folders(folder)
        for product in self.products:
            write_atomically(Path(folder, product.filename), product.content)

    def text(self) -> str:
        """Files with their digests, and what the proof says."""
        lines = [f"{product.digest}  {product.filename}" for product in self.products]
        if self.report is None:
            return "\n".join([*lines, "not verified", ""])
        lines += [f"wheel from this sdist: {self.from_sdist}"] if self.from_sdist else []
        if self.code != ExitCode.YES:
            lines.append("nothing was written")
        return printable("\n".join([*lines, build_text(self.report)]))

    def json(self) -> str:
        """The same for scripts."""
        content = json.loads(build_json(self.report)) if self.report else {"version": 1}
        content["files"] = [{"file": p.filename, "digest": p.digest} for p in self.products]
        content["verified"] = self.report is not None
        content["wheel_from_sdist"] = self.from_sdist
        content["written"] = self.code == ExitCode.YES
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def release(
    options: Settings,
    project: str,
    *,
    kinds: Sequence[str],
    python: str,
    verify: bool,
    require_sandbox: bool,
) -> Released:
    """Build the project as for a release. Raises `BuildFailed` where a build that is not varied fails."""
    wanted = wanted_kinds(kinds)
    with own_builds(options, project, python, released=True, require_sandbox=require_sandbox) as builds:
        if is_modified(builds.project):
            options.console.warn(
                "the working tree is not what was committed: the commit alone gives other bytes"
            )
        epoch = builds.epoch
        if not verify:
            return Released(
                code=ExitCode.YES,
                products=tuple(_built(builds, kind, epoch) for kind in wanted),
                report=None,
                from_sdist="",
            )
        report, products = checked(options, builds, kinds=wanted, epochs=(epoch,), only=_LEFT_TO_VARY)
        code = ExitCode(exit_code(report))
        from_sdist = ""
        if code == ExitCode.YES and len(products) == len(wanted) == 2:
            from_sdist = _wheel_from_sdist(builds, products, epoch)
            code = ExitCode.YES if from_sdist == _SAME else ExitCode.NO
    found = tuple(products[kind] for kind in wanted if kind in products)
    return Released(code=code, products=found, report=report, from_sdist=from_sdist)


_SAME = "the same bytes"


def _built(builds: OwnBuilds, kind: Kind, epoch: int) -> Product:
    builds.prepare(kind)
    return builds.build(kind, base_variant(epoch))


def _wheel_from_sdist(builds: OwnBuilds, products: dict[Kind, Product], epoch: int) -> str:
    """Whether the sdist gives the wheel: `_SAME`, or how not. Whoever verifies the wheel has only the sdist."""
    with tempfile.TemporaryDirectory(prefix="pinkit-sdist-") as scratch:
        archive = Path(scratch, products["sdist"].filename)
        archive.write_bytes(products["sdist"].content)
        tree = extract(archive, Path(scratch, "tree"))
        try:
            again = _built(builds.of(tree), "wheel", epoch)
        except (BuildFailed, UsageError) as error:
            return f"cannot be built: {error.what}"
    return _SAME if again.content == products["wheel"].content else _difference(products["wheel"], again)


def _difference(wheel: Product, again: Product) -> str:
    from pinkit.rebuild.compare import compare_wheels

    native = not wheel.filename.endswith("-none-any.whl")
    found = compare_wheels(wheel.content, again.content, native=native).discrepancies
    return "other bytes: " + "; ".join(f"{d.kind}: {d.member or '(archive)'}: {d.detail}" for d in found[:8])
