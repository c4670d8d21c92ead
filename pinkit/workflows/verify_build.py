"""`verify build`: is a build of one's own project decided by its sources alone, and if not, by what else?

First two builds under equal conditions: where they differ, clock or randomness is at work and no factor can be
blamed. Then one build with everything varied; only where that differs, one for each factor.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from pinkit.errors import BuildFailed, Unsolvable
from pinkit.model.variation import Blame, Series
from pinkit.rebuild.advice import fix_for
from pinkit.rebuild.compare import compare_wheels
from pinkit.rebuild.compare_sdists import compare_sdists
from pinkit.rebuild.variation import CLOCK, base_variant, varied

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from pinkit.model.rebuild import Discrepancy
    from pinkit.model.variation import Facilities, Kind, Product, Variant
    from pinkit.ports import Executor, Progress, ProjectBuilder, Step
    from pinkit.rebuild.variation import Factor

TOGETHER = "several factors together"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildCheck:
    """What is checked and with what: each of `kinds` under each of `epochs`, varied by `factors`."""

    builder: ProjectBuilder
    executor: Executor
    progress: Progress
    backend: str
    facilities: Facilities
    factors: Sequence[Factor]
    kinds: Sequence[Kind] = ("wheel", "sdist")
    epochs: Sequence[int | None] = (None,)


def verify_build(check: BuildCheck) -> tuple[tuple[Series, ...], dict[Kind, Product]]:
    """The series of every kind and epoch, and the first product of each kind (with an epoch where there is one).

    A build that fails is its series' `failure`; raises `Unavailable` where nothing can be built at all.
    """
    runs = [_Run(check, kind, epoch) for kind in check.kinds for epoch in check.epochs]
    with check.progress.task("building", 3 * len(runs)) as step:
        counted = _Counted(step, 3 * len(runs))
        _prepare(runs)
        _each(runs, _Run.first_control, counted)
        if any(run.open for run in runs):
            check.builder.let_the_clock_move()
        _each(runs, _Run.second_control, counted)
        _each(runs, _Run.everything_varied, counted)
        _each(runs, _Run.factors_alone, counted)
    products: dict[Kind, Product] = {}
    for run in sorted(runs, key=lambda run: run.epoch is None):
        if run.control is not None:
            products.setdefault(run.kind, run.control)
    return tuple(run.series for run in runs), products


def _prepare(runs: Sequence[_Run]) -> None:
    failures: dict[Kind, str] = {}
    for run in runs:
        if run.kind not in failures:
            failures[run.kind] = _failure_of_preparing(run)
        if failures[run.kind]:
            run.fail(failures[run.kind])


def _failure_of_preparing(run: _Run) -> str:
    try:
        run.check.builder.prepare(run.kind)
    except (BuildFailed, Unsolvable) as error:
        return _told(error)
    return ""


def _each(runs: Sequence[_Run], ask: _Stage, counted: _Counted) -> None:
    """Submit what each open run asks for at this stage, then give it the answers."""
    asked = [(run, *ask(run)) for run in runs if run.open]
    submitted = [(take, [run.submit(variant) for variant in variants]) for run, variants, take in asked]
    for take, futures in submitted:
        answers: list[_Answer] = []
        for future in futures:
            try:
                answers.append(future.result())
            except BuildFailed as error:
                answers.append(error)
            counted()
        if futures:
            take(answers)


@dataclass(slots=True)
class _Counted:
    step: Step
    total: int
    done: int = 0

    def __call__(self) -> None:
        self.done += 1
        self.step(self.done, max(self.total, self.done))


class _Run:
    """One series in the making. `open` until it came to its answer."""

    def __init__(self, check: BuildCheck, kind: Kind, epoch: int | None) -> None:
        self.check, self.kind, self.epoch = check, kind, epoch
        self.series = Series(kind=kind, epoch=epoch)
        self.control: Product | None = None
        self.open = True
        self._base = base_variant(epoch)
        self._together: tuple[Discrepancy, ...] | None = None
        self._broken: BuildFailed | None = None

    def submit(self, variant: Variant) -> Future[Product]:
        self.series = replace(self.series, builds=self.series.builds + 1)
        return self.check.executor.submit(self.check.builder.build, self.kind, variant)

    def fail(self, why: str) -> None:
        self.series = replace(self.series, failure=self.series.failure or why)
        self.open = False

    def first_control(self) -> _Question:
        return [self._base], self._take_control

    def second_control(self) -> _Question:
        return [self._base], self._take_second

    def everything_varied(self) -> _Question:
        return [self._varied(self.check.factors)], self._take_varied

    def factors_alone(self) -> _Question:
        return [self._varied([factor]) for factor in self.check.factors], self._take_factors

    def _varied(self, factors: Sequence[Factor]) -> Variant:
        return varied(self._base, factors, self.check.facilities)

    def _take_control(self, answers: list[_Answer]) -> None:
        if isinstance(answers[0], BuildFailed):
            self.fail(_told(answers[0]))
            return
        self.control = answers[0]
        self.series = replace(self.series, file=self.control.filename, digest=self.control.digest)

    def _take_second(self, answers: list[_Answer]) -> None:
        if isinstance(answers[0], BuildFailed):
            self.fail(_told(answers[0]))
            return
        found = self._differences(answers[0])
        if found is None:
            self.series = replace(self.series, repeatable=True)
            return
        self.series = replace(self.series, blames=(self._blame(CLOCK, found),))
        self.open = False

    def _take_varied(self, answers: list[_Answer]) -> None:
        if isinstance(answers[0], BuildFailed):
            self._broken = answers[0]  # which factor breaks it is asked next
            return
        self._together = self._differences(answers[0])
        if self._together is None:
            self.series = replace(self.series, stable=True)
            self.open = False

    def _take_factors(self, answers: list[_Answer]) -> None:
        blames, broken = [], []
        for factor, answer in zip(self.check.factors, answers, strict=True):
            if isinstance(answer, BuildFailed):
                broken.append((factor.name, answer))
            elif (found := self._differences(answer)) is not None:
                blames.append(self._blame(factor.name, found))
        if self._broken is not None and not broken:
            broken = [(TOGETHER, self._broken)]
        if not blames and self._together is not None:
            blames = [self._blame(TOGETHER, self._together)]
        self.series = replace(self.series, blames=tuple(blames))
        if broken:
            names = ", ".join(name for name, _ in broken)
            self.fail(f"it cannot be built any more when varied: {names}\n{_told(broken[0][1])}")
        self.open = False

    def _differences(self, product: Product) -> tuple[Discrepancy, ...] | None:
        """What distinguishes a product from the control build; None where nothing does."""
        assert self.control is not None
        if product.filename == self.control.filename and product.content == self.control.content:
            return None
        match self.kind:
            case "wheel":
                native = not self.control.filename.endswith("-none-any.whl")
                compared = compare_wheels(self.control.content, product.content, native=native)
                return compared.discrepancies
            case "sdist":
                return compare_sdists(self.control.content, product.content).discrepancies
            case _ as never:
                assert_never(never)

    def _blame(self, factor: str, found: tuple[Discrepancy, ...]) -> Blame:
        fix = fix_for(
            backend=self.check.backend, kind=self.kind, epoch=self.epoch, factor=factor, found=found
        )
        return Blame(factor=factor, discrepancies=tuple(map(_in_own_words, found)), fix=fix)


def _in_own_words(found: Discrepancy) -> Discrepancy:
    """Comparisons speak of what was published and rebuilt; here the first is the control build."""
    detail = re.sub(r"\bpublished\b", "in the control build", found.detail)
    return replace(found, detail=re.sub(r"\brebuilt\b", "varied", detail))


def _told(error: BuildFailed | Unsolvable) -> str:
    return f"{error.what}\n{error.why}".strip()


if TYPE_CHECKING:
    from collections.abc import Callable

    _Answer = Product | BuildFailed
    _Question = tuple[list[Variant], Callable[[list[_Answer]], None]]
    _Stage = Callable[[_Run], _Question]
