"""One lock's pins against the index: files are asked for once a pin, other releases only when a hash is strange."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.audit.index_facts import release_of
from pinkit.check.facts import fact_findings
from pinkit.check.findings import on_release
from pinkit.check.hashes import Published, hash_findings, untold_hashes, untold_why, urls_and_sizes
from pinkit.model.finding import Unanswered

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinkit.model.distribution import Distribution, Project
    from pinkit.model.finding import Finding
    from pinkit.model.lock import Lock, Pin
    from pinkit.ports import Catalog
    from pinkit.workflows.lock import LockOutcome


def hashed_inputs(path: str, outcome: LockOutcome, actual: Lock) -> tuple[Finding, ...]:
    """What requirements in inputs claim by their hashes, where the index has no such file. Raises Unavailable."""
    from pinkit.workflows.lock_pins import HASHED_INPUT, wrongly_hashed

    lines = {pin.name: pin.line for pin in actual.pins}
    return tuple(
        on_release(
            "unknown-hash",
            "error",
            path,
            (node.name, node.version),
            f"no hash at {requirement.origin} is of a file of this release",
            HASHED_INPUT,
            line=lines.get(node.name, 0),
        )
        for node in outcome.answer.nodes
        if " @ " not in node.version
        for requirement in wrongly_hashed(node, outcome.catalog)
    )


class PinChecks:
    """Checks the pins of one lock at `path`."""

    def __init__(self, path: str, index: Catalog, lock: Lock) -> None:
        self._path, self._index, self._lock = path, index, lock
        self._owners: dict[str, str] | None = None
        self.attested = 0
        """How many of the pins asked about have a file with provenance on the index (PEP 740)."""
        self.unanswered: list[Unanswered] = []
        """Pins of which some hashes could not be checked."""

    def of(self, pin: Pin) -> tuple[Finding, ...]:
        """Everything that the index holds against one pin. Raises Unavailable where it can say nothing at all."""
        project = self._index.project(pin.name)
        version = release_of(pin, project)
        files = self._index.proved(pin.name, version) if version else ()
        self.attested += any(file.provenance for file in files)
        serving = self._index.indexes_with(pin.name)
        others = self._others(pin, version, project, serving)
        having = tuple(index for index, found in others.items() if found)
        facts = fact_findings(self._path, pin, project, files, serving, having)
        if not files:
            return facts
        published = Published(
            files=files,
            foreign=self._foreign(pin, project, version, files),
            cutoff=self._lock.cutoff,
            vanished=self._index.vanished(pin.name, version),
            elsewhere={
                known: f"of {file.filename} on {index}, and {project.index} answers for the name"
                for index, found in others.items()
                for file in found
                for known in (*file.hashes, file.url)
            },
        )
        self._untold(pin, published)
        return (
            *facts,
            *hash_findings(self._path, pin, published),
            *urls_and_sizes(self._path, pin, files, published.elsewhere),
        )

    def _untold(self, pin: Pin, published: Published) -> None:
        untold = {digest.partition(":")[0] for digest in untold_hashes(pin, published)}
        if untold:
            why = (
                f"its {' and '.join(sorted(untold))} hashes: {untold_why(untold, published.files)}; "
                f"`pinkit lock -P {pin.name}` or `pinkit hash --refresh` takes its hashes"
            )
            self.unanswered.append(Unanswered(lock=self._path, name=pin.name, version=pin.version, why=why))

    def _others(
        self, pin: Pin, version: str, project: Project, serving: Iterable[str]
    ) -> dict[str, tuple[Distribution, ...]]:
        """Files of the release on the indexes that serve the name and do not answer for it."""
        return {
            index: self._index.distributions_on(index, pin.name, version or pin.version)
            for index in serving
            if index != project.index
        }

    def _foreign(
        self, pin: Pin, project: Project, version: str, files: Iterable[Distribution]
    ) -> dict[str, str]:
        known = {digest for file in files for digest in file.hashes}
        strange = {digest for digest in pin.hashes if digest not in known}
        if not strange:
            return {}
        if self._owners is None:
            self._owners = {d: f"{p.name} {p.version}" for p in self._lock.pins for d in p.hashes}
        honest = {d: owner for d, owner in self._owners.items() if owner != f"{pin.name} {pin.version}"}
        found = {digest: honest[digest] for digest in strange if digest in honest}
        for other in project.versions:
            if strange <= found.keys():
                break
            if other != version:
                for file in self._index.distributions(pin.name, other):
                    found.update({d: file.filename for d in file.hashes if d in strange})
        return found
