"""`lock`: every lock asked for, in layer order, made in memory; writing is the caller's last step."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pinkit.formats.settings import layered
from pinkit.model.change import changes_between
from pinkit.model.lock import Lock
from pinkit.model.value import frozen_value
from pinkit.workflows.lock_direct import direct_releases
from pinkit.workflows.lock_inputs import Sources, gathered, override_annotations
from pinkit.workflows.lock_text import layout_of, previous_lock, rendered, without_pins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pinkit.formats.pyproject import Pyproject
    from pinkit.formats.requirements_txt import InputOptions
    from pinkit.formats.settings import LockSettings
    from pinkit.model.change import Change
    from pinkit.model.lock import Pin
    from pinkit.model.requirement import Requirement
    from pinkit.model.target import Platform, Target
    from pinkit.ports import Catalog, Progress, SourceReader
    from pinkit.resolve.graph import Node
    from pinkit.resolve.world import Kept
    from pinkit.workflows.lock_direct import DirectReleases
    from pinkit.workflows.lock_inputs import LockInputs
    from pinkit.workflows.lock_solve import Guide, Question, Solved
    from pinkit.workflows.lock_text import LockFile

_MOST_TOLD = 5


@frozen_value(frozen=True, slots=True, kw_only=True)
class LockTools:
    """The world that locks are made in.

    `catalog` gives the Catalog for a lock's index settings and those in its input files; equal settings share
    one. `index_lines` are the option lines to write for them, `index_places` their URLs by display name, both
    without credentials. `build_with` says what later builds of metadata are constrained by. `read` answers a path
    (relative to the configuration) with its bytes; `found` the same, or None where there is no file. `now` is
    seconds since the epoch: durations reach back from it. `host` is this machine's platform and exact Python, the
    target where none is named. `built` gives dynamic metadata of a pyproject.toml.
    `near` answers a `file:` URL and the path of a lock with the file's path as the lock's folder sees it.
    """

    catalog: Callable[[LockSettings, InputOptions], Catalog]
    index_lines: Callable[[LockSettings, InputOptions], tuple[str, ...]]
    index_places: Callable[[LockSettings, InputOptions], Mapping[str, str]]
    build_with: Callable[[tuple[str, ...]], None]
    read: Callable[[str], bytes]
    found: Callable[[str], bytes | None]
    sources: Callable[[Catalog], SourceReader]
    built: Callable[[str, Pyproject], Pyproject]
    environment: Mapping[str, str]
    host: Callable[[], tuple[Platform, str]]
    now: int
    guide: Guide
    progress: Progress
    near: Callable[[str, str], str]


@frozen_value(frozen=True, slots=True, kw_only=True)
class LockWishes:
    """What this run asks beyond the settings.

    `upgrade` frees every pin, `upgrade_names` those names; `bounds` are constraints of this run alone (the SPEC of
    `-P NAME[SPEC]`, floors of an upgrade). `command` is what the header says, per lock. `fresh` ignores the locks
    that are there altogether. `cutoff` goes before any configured one (replay).
    `trusting` takes hashes of unmoved pins and of inputs as they are, for callers that judge them otherwise.
    `lowest` are names that get their lowest possible version.
    """

    upgrade: bool = False
    upgrade_names: frozenset[str] = frozenset()
    bounds: tuple[Requirement, ...] = ()
    command: Callable[[LockSettings], str] = lambda _: "pinkit lock"
    fresh: bool = False
    cutoff: int | None = None
    trusting: bool = False
    lowest: frozenset[str] = frozenset()


@frozen_value(frozen=True, slots=True, kw_only=True)
class LockOutcome:
    """One lock made: its text beside what was there (None: no file), and how they differ.

    `answer` is what the solver found. `warnings` are sentences. `repeatable` says whether the same files give the
    same answer (see LockInputs).
    """

    settings: LockSettings
    text: str
    before: bytes | None
    lock: Lock
    previous: Lock | None
    changes: tuple[Change, ...]
    answer: Solved
    inputs: LockInputs
    catalog: Catalog
    warnings: tuple[str, ...] = ()
    repeatable: bool = True

    @property
    def changed(self) -> bool:
        """Whether writing the text would change the file."""
        return self.before is None or self.before != self.text.encode()


def make_locks(
    locks: Sequence[LockSettings], tools: LockTools, wishes: LockWishes | None = None
) -> tuple[LockOutcome, ...]:
    """Every lock, each after those that it is constrained by; nothing is written.

    Raises UsageError (inputs, layers in a circle), Unsolvable, Unavailable, IntegrityError.
    """
    run = LockRun(tools)
    return tuple(run.make(settings, wishes or LockWishes()) for settings in layered(locks))


@dataclass(slots=True)
class LockRun:
    """Makes locks one by one; each may be a layer of those that follow."""

    tools: LockTools
    layers: dict[str, tuple[str, Lock]] = field(default_factory=dict)

    def make(self, settings: LockSettings, wishes: LockWishes) -> LockOutcome:
        """One lock, constrained by the layers so far. Raises as `make_locks`."""
        outcome = _made(settings, self.tools, wishes, self.layers)
        self.layer(settings, outcome.lock)
        return outcome

    def layer(self, settings: LockSettings, lock: Lock) -> None:
        """Let `lock` be what later locks see under the name and output of `settings`."""
        if settings.output:
            place = posixpath.normpath(settings.output)
            for key in {settings.name, settings.output, place} - {""}:
                self.layers[key] = (settings.output, lock)


def _made(
    settings: LockSettings, tools: LockTools, wishes: LockWishes, layers: Mapping[str, tuple[str, Lock]]
) -> LockOutcome:
    pylock = settings_format(settings) == "pylock.toml"
    file = previous_lock(settings, tools.found, pylock=pylock, fresh=wishes.fresh)
    sources = Sources(read=tools.read, environment=tools.environment, layers=layers, built=tools.built)
    inputs = gathered(settings, sources)
    catalog = tools.catalog(settings, inputs.options)
    catalog.prefetch_projects(_asked_everywhere(inputs))
    # What solves is imported while the first answers are on their way.
    from pinkit.workflows.lock_pins import PinFacts, pins_of
    from pinkit.workflows.lock_question import upgraded
    from pinkit.workflows.lock_solve import solved

    freed = None if wishes.upgrade else wishes.upgrade_names
    tools.build_with(tuple(str(each) for each in inputs.build_constraints))
    direct = direct_releases(inputs.requirements, lambda: tools.sources(catalog), file.lock, freed)
    question = _question(settings, inputs, direct, tools, wishes, keep=upgraded(file.lock, freed))
    answer = solved(question, catalog, tools.guide)
    layout = layout_of(settings, file, tools.index_lines(settings, inputs.options))
    facts = PinFacts(
        layout=layout,
        previous=_unfreed(file.lock, freed),
        cutoffs=dict(question.policy.cutoffs),
        cutoff=question.policy.cutoff,
        sources=direct.sources,
        detailed=pylock,
        lock_name=settings.output or "the lock",
        trusting=wishes.trusting,
        places=tools.index_places(settings, inputs.options) if pylock else {},
        overridden=override_annotations(inputs.overrides),
        near=lambda url: tools.near(url, settings.output),
    )
    pins = pins_of(answer, catalog, facts)
    lock = _lock(settings, inputs, question, pins)
    layout = without_pins(layout, {pin.name for pin in pins}.intersection(settings.no_emit_package))
    lost = tuple(_lost(file, settings.output))
    return LockOutcome(
        settings=settings,
        text=rendered(lock, file, layout, settings, answer, wishes.command(settings), pylock=pylock),
        before=file.content,
        lock=lock,
        previous=file.lock,
        changes=changes_between(file.lock or Lock(pins=()), lock),
        answer=answer,
        inputs=inputs,
        catalog=catalog,
        warnings=(*lost, *_warnings(answer, catalog, inputs)),
        repeatable=inputs.repeatable and direct.repeatable and not lost,
    )


def _question(
    settings: LockSettings,
    inputs: LockInputs,
    direct: DirectReleases,
    tools: LockTools,
    wishes: LockWishes,
    *,
    keep: Mapping[str, Kept],
) -> Question:
    from pinkit.workflows.lock_question import policy_of, targets_of
    from pinkit.workflows.lock_solve import Question

    targets, spans = targets_of(settings, inputs, tools.host)
    return Question(
        targets=targets,
        spans=spans,
        requirements=direct.requirements,
        constraints=(*inputs.constraints, *wishes.bounds),
        overrides=inputs.overrides,
        excludes=inputs.excludes,
        policy=policy_of(settings, inputs.options, now=tools.now, cutoff=wishes.cutoff),
        resolution=settings.resolution or "highest",
        fork_strategy=settings.fork_strategy or "requires-python",
        lowest=wishes.lowest,
        keep=keep,
        direct=direct.releases,
    )


def _asked_everywhere(inputs: LockInputs) -> list[str]:
    """The projects that the index is asked for whatever the targets are."""
    return [
        each.name
        for each in inputs.requirements
        if not each.url and not each.marker and each.name not in inputs.excludes
    ]


def _lock(settings: LockSettings, inputs: LockInputs, question: Question, pins: Iterable[Pin]) -> Lock:
    unshown = frozenset(settings.no_emit_package)
    lowest = _lower_bound(question.targets) if settings.universal else ""
    return Lock(
        pins=tuple(pin for pin in pins if pin.name not in unshown),
        requires_python=inputs.requires_python or lowest,
        cutoff=question.policy.cutoff,
    )


def settings_format(settings: LockSettings) -> str:
    """ "requirements.txt" or "pylock.toml": as said, else by the output's name (PEP 751)."""
    if settings.output_format:
        return settings.output_format
    name = posixpath.basename(settings.output)
    return "pylock.toml" if name.startswith("pylock.") and name.endswith(".toml") else "requirements.txt"


def _lower_bound(targets: Iterable[Target]) -> str:
    """Requires-Python of a universal lock whose inputs have none: from its first target up."""
    return f">={min(targets, key=_release).python_full.removesuffix('.0')}"


def _release(target: Target) -> tuple[int, ...]:
    return tuple(int(part) for part in target.python_full.split("."))


def _asker(node: Node, extra: str) -> str:
    return next((f" ({each.origin} asks for it)" for each in node.asked if extra in each.extras), "")


def _unfreed(previous: Lock | None, freed: frozenset[str] | None) -> Lock | None:
    if previous is None or freed is None:
        return None
    return replace(previous, pins=tuple(pin for pin in previous.pins if pin.name not in freed))


def _lost(file: LockFile, name: str) -> Iterable[str]:
    """What of the file that is there cannot be kept."""
    if any(line.startswith(b"<<<<<<< ") for line in (file.content or b"").splitlines()):
        yield f"{name} has conflicts of git: of its pins those stay that the inputs allow, of two the first"
        return
    for line, what in file.problems[:_MOST_TOLD]:
        yield f"{name}:{line}: {what}; the line is not kept"
    if len(file.problems) > _MOST_TOLD:
        yield f"{name}: {len(file.problems) - _MOST_TOLD} more lines that are no pins are not kept"


def _warnings(answer: Solved, catalog: Catalog, inputs: LockInputs) -> Iterable[str]:
    for requirement in inputs.requirements:
        if requirement.editable and requirement.url.startswith("git+"):
            yield f"{requirement.origin}: a commit is locked, which is not installed as editable"
    for node in answer.nodes:
        if node.extras and " @ " not in node.version:
            unknown = set(node.extras).difference(catalog.extras(node.name, node.version))
            for extra in sorted(unknown):
                yield f"{node.name} {node.version} has no extra {extra}{_asker(node, extra)}"
    for unusable in answer.world.unusable:
        yield f"{unusable.name} {unusable.version} was left out: {unusable.why}"
    for warning in answer.warnings:
        lanes = getattr(warning, "lanes", None)
        if lanes is None:
            yield f"{warning.name}: files without an upload time were left out under the cutoff"
        else:
            where = answer.lanes.describe(lanes)
            yield f"{warning.name} {getattr(warning, 'version', '')} has no file that fits {where}"
