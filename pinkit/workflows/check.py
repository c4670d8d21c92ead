"""`check`: is a lock an honest answer? Its inputs, its index and a second solver are asked, each on its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pinkit.check.against_inputs import Expected, input_findings, option_findings
from pinkit.check.direct import archive_findings, named
from pinkit.check.findings import on_lock, on_release
from pinkit.errors import ExitCode, Unavailable, Unsolvable
from pinkit.formats.lock_reader import read_lock_text
from pinkit.formats.markers import InvalidMarker
from pinkit.formats.requirements_txt import InputOptions
from pinkit.formats.settings import layered
from pinkit.model.finding import FORGERY, Finding, Unanswered
from pinkit.workflows.check_pins import PinChecks, hashed_inputs
from pinkit.workflows.check_referee import refereed
from pinkit.workflows.lock import LockRun, LockWishes, settings_format
from pinkit.workflows.lock_text import previous_lock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pinkit.errors import PinkitError
    from pinkit.formats.lock_reader import LockText
    from pinkit.formats.settings import LockSettings
    from pinkit.model.lock import Lock
    from pinkit.ports import Catalog
    from pinkit.workflows.lock import LockOutcome, LockTools


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What a check found. `locks` are (path, pins) of those checked, in order; findings in order of lock, line.

    `attested` has, for each lock, how many pins have provenance on the index (PEP 740).
    """

    locks: tuple[tuple[str, int], ...]
    findings: tuple[Finding, ...]
    unanswered: tuple[Unanswered, ...] = ()
    attested: tuple[tuple[str, int], ...] = ()

    @property
    def pins(self) -> int:
        """How many pins were looked at."""
        return sum(count for _, count in self.locks)

    @property
    def exit_code(self) -> ExitCode:
        """5 for forgery, 4 where something could not be checked, 1 for any other error or warning, else 0."""
        codes = [
            ExitCode.INTEGRITY if finding.kind in FORGERY else ExitCode.NO
            for finding in self.findings
            if finding.severity != "note"
        ]
        return ExitCode.worst(*codes, *([ExitCode.UNAVAILABLE] if self.unanswered else []))


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckWishes:
    """`replay`: lock from scratch at the recorded cutoff and compare. `referee`: ask the second solver."""

    replay: bool = False
    referee: bool = True


def check_locks(
    locks: Sequence[LockSettings], tools: LockTools, wishes: CheckWishes | None = None
) -> CheckReport:
    """The report on configured locks; their pages are asked for once.

    Raises UsageError where a lock or an input cannot be read at all; what cannot be answered is in the report.
    """
    wishes = wishes or CheckWishes()
    run = _Run(tools, wishes, LockRun(tools))
    for settings in layered(locks):
        run.settings(settings)
    return run.report()


@dataclass(slots=True)
class _Run:
    tools: LockTools
    wishes: CheckWishes
    made: LockRun
    findings: list[Finding] = field(default_factory=list)
    unanswered: list[Unanswered] = field(default_factory=list)
    locks: list[tuple[str, int]] = field(default_factory=list)
    attested: list[tuple[str, int]] = field(default_factory=list)
    layers: list[tuple[str, str, str]] = field(default_factory=list)

    def settings(self, settings: LockSettings) -> None:
        """Check one lock; a lock whose inputs have no answer is still held against the index."""
        path = settings.output
        pylock = settings_format(settings) == "pylock.toml"
        actual = previous_lock(settings, self.tools.found, pylock=pylock).lock
        if actual is None:
            self._missing(path)
            return
        self.locks.append((path, len(actual.pins)))
        if not settings.inputs:
            self._without_inputs(settings, actual, pylock=pylock)
            return
        layers = dict(self.made.layers)
        try:
            outcome = self.made.make(settings, LockWishes(trusting=True))
        except (Unsolvable, Unavailable) as error:
            self._unmade(path, error)
            self._against_index(path, self.tools.catalog(settings, InputOptions()), actual)
            self.made.layer(settings, actual)
            return
        actual = named(actual, outcome.lock)
        self.findings += archive_findings(path, actual, outcome.lock)
        self._against_inputs(path, outcome, actual)
        self._against_index(path, outcome.catalog, actual)
        if self.wishes.referee:
            self._refereed(path, outcome, actual)
        if self.wishes.replay:
            self._replay(settings, actual, layers)

    def _refereed(self, path: str, outcome: LockOutcome, actual: Lock) -> None:
        told = refereed(path, outcome, actual)
        self.findings += told.findings
        wrong = {each.name for each in self.findings if each.lock == path and each.severity == "error"}
        why = "the second solver was not asked: nobody knows what this release requires"
        self.unanswered += [
            Unanswered(lock=path, name=pin.name, version=pin.version, why=why)
            for pin in told.unread
            if pin.name not in wrong
        ]

    def _without_inputs(self, settings: LockSettings, actual: Lock, *, pylock: bool) -> None:
        """A lock of which nothing tells how it was made is held against the index alone."""
        path = settings.output
        why = "its inputs: neither configuration nor header say how it was made; `pinkit import` may configure it"
        self.unanswered.append(Unanswered(lock=path, name="", version="", why=why))
        if not pylock:
            self.findings += _unreadable(path, read_lock_text(self.tools.read(path), path))
        self._against_index(path, self.tools.catalog(settings, InputOptions()), actual)

    def _replay(self, settings: LockSettings, actual: Lock, layers: dict[str, tuple[str, Lock]]) -> None:
        """Lock from scratch at the recorded cutoff; a lock without one cannot be replayed."""
        if actual.cutoff is None:
            why = "replay: the lock records no cutoff: lock it with --exclude-newer"
            self.unanswered.append(Unanswered(lock=settings.output, name="", version="", why=why))
            return
        wishes = LockWishes(fresh=True, cutoff=actual.cutoff, trusting=True)
        again = LockRun(self.tools, layers).make(settings, wishes)
        self.findings += _replayed(settings.output, actual, again.lock)

    def _unmade(self, path: str, error: PinkitError) -> None:
        why = f"{error.what}: {error.why}" if error.why else error.what
        if isinstance(error, Unavailable):
            self.unanswered.append(Unanswered(lock=path, name="", version="", why=f"its inputs: {why}"))
            return
        message = f"its inputs have no answer any more: {why}"
        self.findings.append(on_lock("unsatisfied", "error", path, message, error.hint))

    def report(self) -> CheckReport:
        order = {path: at for at, (path, _) in enumerate(self.locks)}
        findings = sorted(
            dict.fromkeys(self.findings),
            key=lambda f: (order.get(f.lock, -1), f.line, f.name, f.kind, f.message),
        )
        return CheckReport(
            locks=tuple(self.locks),
            findings=tuple(findings),
            unanswered=tuple(dict.fromkeys(self.unanswered)),
            attested=tuple(self.attested),
        )

    def _missing(self, path: str) -> None:
        self.findings.append(
            on_lock("unsatisfied", "error", path, "there is no such lock yet", "run `pinkit lock`")
        )
        self.locks.append((path, 0))

    def _against_inputs(self, path: str, outcome: LockOutcome, actual: Lock) -> None:
        def lanes_of(marker: str) -> int | None:
            try:
                return outcome.answer.lanes.marker(marker)[""]
            except InvalidMarker:
                return None

        content = (outcome.before or b"").decode("utf-8", "replace")
        if settings_format(outcome.settings) == "requirements.txt":
            text = read_lock_text(outcome.before or b"", path)
            self.findings += _unreadable(path, text)
            self.findings += option_findings(path, (*text.options, *text.includes), outcome.text)
        expected = Expected(
            lock=outcome.lock, text=outcome.text, lanes_of=lanes_of, layers=tuple(self._layers(outcome))
        )
        self.findings += input_findings(path, actual, content, expected)
        try:
            self.findings += hashed_inputs(path, outcome, actual)
        except Unavailable as error:
            why = f"the hashes of its inputs: {error.what}"
            self.unanswered.append(Unanswered(lock=path, name="", version="", why=why))
        self.layers += [(path, pin.name, pin.version) for pin in actual.pins]

    def _layers(self, outcome: LockOutcome) -> Iterable[tuple[str, str, str]]:
        bounded = {bound.origin.file for bound in outcome.inputs.constraints}
        return [layer for layer in self.layers if layer[0] in bounded]

    def _against_index(self, path: str, catalog: Catalog, actual: Lock) -> None:
        checks = PinChecks(path, catalog, actual)
        for pin in actual.pins:
            if pin.source is not None:
                continue
            try:
                self.findings += checks.of(pin)
            except Unavailable as error:
                why = f"{error.what}: {error.why}" if error.why else error.what
                self.unanswered.append(Unanswered(lock=path, name=pin.name, version=pin.version, why=why))
        self.unanswered += checks.unanswered
        self.attested.append((path, checks.attested))


def _unreadable(path: str, text: LockText) -> list[Finding]:
    return [
        on_lock("unreadable", "error", path, problem.what, "run `pinkit lock`", line=problem.line)
        for problem in text.problems
    ]


def _replayed(path: str, before: Lock, after: Lock) -> list[Finding]:
    from pinkit.model.change import changes_between

    lines = {pin.name: pin.line for pin in before.pins}
    return [
        on_release(
            "replay",
            "warning",
            path,
            (change.name, change.before[0][0] if change.before else ""),
            f"from scratch at the recorded cutoff this is {_said(change.after)}, not {_said(change.before)}",
            "the pin was kept from an older lock, or chosen by hand; `pinkit lock -U` moves it",
            line=lines.get(change.name, 0),
        )
        for change in changes_between(before, after)
    ]


def _said(pairs: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(version for version, _ in pairs) or "absent"
