"""`verify dist --replay`: the build that evidence describes, done again with exactly the same files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pinkit.errors import Unavailable
from pinkit.model.checkout import Checkout, checkout_of, is_commit
from pinkit.model.rebuild import Level
from pinkit.rebuild.verdict import verdict_of
from pinkit.workflows.rebuild_task import Task, about

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pinkit.model.distribution import Distribution
    from pinkit.model.rebuild import Attempt, Outcome
    from pinkit.ports import Artifacts, BuildResolver, Catalog
    from pinkit.rebuild.statement import Replay
    from pinkit.workflows.rebuild_task import Rebuilds


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedResolver:
    """A BuildResolver that gives exactly what evidence names, whatever is asked (`ports.BuildResolver`)."""

    wheels: tuple[Distribution, ...]

    def resolve_build(
        self, requirements: Sequence[str], *, python: str, cutoff: int | None = None
    ) -> tuple[Distribution, ...]:
        """The wheels of the evidence."""
        return self.wheels


def replayed(
    told: Replay,
    catalog: Catalog,
    artifacts: Artifacts,
    rebuilds: Callable[[BuildResolver], Rebuilds],
    clone: Path | None = None,
) -> Outcome:
    """The outcome of doing it again; `reason` says in which way it is not what the evidence says ("" = it is).

    `clone` is where the commit is that some evidence names. Raises `Unavailable` where that or a file that the
    evidence names by digest can no longer be had.
    """
    published = _by_digest(catalog, told.name, told.version, told.file, told.digest)
    source = _source(told, catalog, clone)
    required = tuple(_required(catalog, filename, digest) for filename, digest in told.requirements)
    carried = rebuilds(FixedResolver(wheels=required))
    task = Task(name=told.name, version=told.version, published=published, source=source)
    made = carried.attempt(
        source=source if isinstance(source, Checkout) else artifacts.open_distribution(source),
        project=told.name,
        published=artifacts.open_distribution(published).read_bytes(),
        plan=told.plan,
        kind=task.kind,
        native=task.native,
    )
    outcome = about(task, told.digest, told.source_digest, made, int(bool(made.rebuilt)))
    return replace(outcome, reason=outcome.reason or _difference(told, made))


def _source(told: Replay, catalog: Catalog, clone: Path | None) -> Distribution | Checkout:
    if not is_commit(told.source_digest):
        return _by_digest(catalog, told.name, told.version, told.source, told.source_digest)
    if clone is None:
        hint = f"give --source {told.name}=PATH"
        raise Unavailable(
            f"{told.file} was built from a commit, and there is no clone to take it from", hint=hint
        )
    return checkout_of(str(clone.absolute()), told.source, told.source_digest)


def _difference(told: Replay, made: Attempt) -> str:
    if made.comparison is None:
        return ""
    verdict = verdict_of(made.comparison)
    if verdict is not told.verdict:
        return f"the evidence says {told.verdict.value}, this replay {verdict.value}"
    clock = made.comparison.level is not Level.MODULO_TIME and any(
        d.kind == "timestamp" for d in made.comparison.discrepancies
    )
    if made.rebuilt != told.rebuilt and not clock:
        return f"the evidence says that {told.rebuilt} came out, this replay gave {made.rebuilt}"
    return ""


def _required(catalog: Catalog, filename: str, digest: str) -> Distribution:
    from pinkit.formats.pep508 import normalized_name

    name, version = filename.split("-")[:2]
    return _by_digest(catalog, normalized_name(name), version, filename, digest)


def _by_digest(catalog: Catalog, name: str, version: str, filename: str, digest: str) -> Distribution:
    for distribution in catalog.distributions(name, version):
        if distribution.filename == filename and digest in distribution.hashes:
            return distribution
    raise Unavailable(f"{filename} cannot be had any more", f"no index has it with {digest}")
