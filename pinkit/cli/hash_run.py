"""What `pinkit hash` does: pins are printed, files are rewritten whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.adapters.hashin_ import with_block
from pinkit.cli.wiring import Wiring
from pinkit.cli.workplace import Workplace
from pinkit.errors import ExitCode, UsageError
from pinkit.formats.lock_reader import read_lock_text
from pinkit.formats.requirements_lines import coding, decoded
from pinkit.formats.requirements_txt import InputOptions, requirement_of
from pinkit.formats.settings import LockSettings
from pinkit.model.requirement import Origin
from pinkit.workflows.hash import HashChange, hashed_text, pin_block, release_hashes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinkit.cli.settings import Settings
    from pinkit.ports import Catalog


def run_hash(settings: Settings, what: Sequence[str], *, refresh: bool, dry_run: bool, index_url: str) -> int:
    """The exit code of `pinkit hash`; no file is written unless every one could be hashed."""
    workplace = Workplace()
    wiring = Wiring(settings, workplace, refresh=refresh)
    written: list[tuple[str, bytes]] = []
    try:
        catalog = wiring.catalog(LockSettings(index_url=index_url), InputOptions())
        for each in what:
            if "==" in each:
                settings.console.answer(_pin(each, catalog))
                continue
            content = workplace.read(each)
            text = decoded(content, each)
            new, changes = hashed_text(
                each, text, read_lock_text(content, each), catalog, with_block, refresh=refresh
            )
            _tell(settings, each, changes)
            if new != text:
                bom, encoding = coding(content)
                written.append((each, bom + new.encode(encoding)))
    finally:
        wiring.close()
    if not dry_run:
        for path, rewritten in written:
            workplace.write(path, rewritten)
    return int(ExitCode.YES)


def _pin(text: str, catalog: Catalog) -> str:
    requirement = requirement_of(text, Origin(file="command line"))
    version = requirement.specifier.removeprefix("==")
    if not requirement.name or "," in version or "*" in version or not requirement.specifier.startswith("=="):
        raise UsageError(f"{text} is no exact pin", hint="write NAME==VERSION")
    head = f"{requirement.name}=={version}" + (f" ; {requirement.marker}" if requirement.marker else "")
    return pin_block(head, release_hashes(requirement.name, version, catalog))


def _tell(settings: Settings, path: str, changes: Sequence[HashChange]) -> None:
    for change in changes:
        place = f"{path}:{change.line}: {change.name} {change.version}"
        settings.console.note(
            f"{place}: {change.added} hash{'es' * (change.added != 1)} added, {change.removed} removed"
        )
        for digest in change.unknown:
            settings.console.warn(f"{place}: {digest} is of no file that the index has; it was removed")
    if not changes:
        settings.console.note(f"{path}: nothing to add")
