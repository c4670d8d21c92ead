"""Control first, then everything varied, then one factor after another; nothing is blamed that is not at fault."""

from __future__ import annotations

import hashlib
import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

import pytest

from pinkit.errors import BuildFailed, Unavailable, Unsolvable
from pinkit.model.variation import Facilities, Kind, Product, Series, Variant
from pinkit.rebuild.variation import CLOCK, applied_factors
from pinkit.workflows.verify_build import TOGETHER, BuildCheck, verify_build

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinkit.errors import PinkitError

ALL = Facilities(
    fixed_paths=True,
    locale="et_EE.UTF-8",
    clock=("faketime",),
    clock_env=(("NO_FAKE_STAT", "1"),),
    one_cpu=("taskset",),
    order="copy",
)


class Quiet:
    """Progress that only remembers its last step."""

    def __init__(self) -> None:
        self.last: tuple[int, int | None] = (0, None)

    @contextmanager
    def task(self, label: str, total: int = 0) -> Iterator[Callable[..., None]]:
        def step(done: int, total: int | None = None) -> None:
            self.last = (done, total)

        yield step

    def note(self, text: str) -> None: ...

    def warn(self, text: str) -> None: ...


class Builder:
    """Makes wheels with one member whose text `says` what the build depended on."""

    def __init__(
        self, says: Callable[[Kind, Variant], str], broken: dict[str, PinkitError] | None = None
    ) -> None:
        self.says, self.broken = says, broken or {}
        self.waited = 0

    def prepare(self, kind: Kind) -> None:
        if kind in self.broken:
            raise self.broken[kind]

    def build(self, kind: Kind, variant: Variant) -> Product:
        text = self.says(kind, variant)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as wheel:
            wheel.writestr(zipfile.ZipInfo("demo/value.py"), text)
        content = out.getvalue() if kind == "wheel" else text.encode()
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        return Product(filename=f"demo-1.{kind}", content=content, digest=digest)

    def let_the_clock_move(self) -> None:
        self.waited += 1


def run(
    builder: Builder, *, kinds: tuple[Kind, ...] = ("wheel",), epochs: tuple[int | None, ...] = (7,)
) -> list[Series]:
    with ThreadPoolExecutor(2) as executor:
        check = BuildCheck(
            builder=builder,
            executor=executor,
            progress=Quiet(),
            backend="own",
            facilities=ALL,
            factors=applied_factors(ALL),
            kinds=kinds,
            epochs=epochs,
        )
        return list(verify_build(check)[0])


def test_a_build_that_depends_on_nothing_takes_three_builds() -> None:
    builder = Builder(lambda kind, variant: "same")
    (series,) = run(builder)
    assert series.reproducible
    assert (series.builds, series.blames, builder.waited) == (3, (), 1)


def test_what_differs_under_equal_conditions_is_clock_or_randomness_and_nothing_else() -> None:
    numbers = count()
    (series,) = run(Builder(lambda kind, variant: f"{next(numbers)} {variant.conditions.path}"))
    assert not series.repeatable
    assert [blame.factor for blame in series.blames] == [CLOCK]
    assert series.builds == 2


@pytest.mark.parametrize(
    ("names", "says"),
    [
        pytest.param(["path"], lambda v: v.conditions.path, id="path"),
        pytest.param(["umask"], lambda v: str(v.conditions.umask), id="umask"),
        pytest.param(["hash seed"], lambda v: dict(v.conditions.env)["PYTHONHASHSEED"], id="hash-seed"),
        pytest.param(["file order"], lambda v: v.order, id="file-order"),
        pytest.param(
            ["source times", "timezone"],
            lambda v: f"{v.mtime_shift_s} {dict(v.conditions.env)['TZ']}",
            id="two-factors",
        ),
        pytest.param(
            [TOGETHER], lambda v: str(v.conditions.umask == 2 and v.group_writable), id="only-together"
        ),
    ],
)
def test_the_factor_at_fault_is_named(names: list[str], says: Callable[[Variant], str]) -> None:
    (series,) = run(Builder(lambda kind, variant: says(variant)))
    assert series.repeatable
    assert not series.stable
    assert [blame.factor for blame in series.blames] == names
    assert series.builds == 3 + 12
    assert all(blame.fix and blame.discrepancies for blame in series.blames)


def test_every_kind_and_epoch_has_its_own_answer() -> None:
    def says(kind: Kind, variant: Variant) -> str:
        epoch = dict(variant.conditions.env).get("SOURCE_DATE_EPOCH")
        return "fixed" if epoch or kind == "sdist" else variant.conditions.hostname

    found = run(Builder(says), kinds=("wheel", "sdist"), epochs=(7, None))
    assert [(s.kind, s.epoch, s.reproducible) for s in found] == [
        ("wheel", 7, True),
        ("wheel", None, False),
        ("sdist", 7, True),
        ("sdist", None, True),
    ]


def test_products_are_those_of_the_control_build_with_an_epoch() -> None:
    with ThreadPoolExecutor(1) as executor:
        check = BuildCheck(
            builder=Builder(lambda kind, variant: str(dict(variant.conditions.env).get("SOURCE_DATE_EPOCH"))),
            executor=executor,
            progress=Quiet(),
            backend="own",
            facilities=ALL,
            factors=(),
            kinds=("sdist",),
            epochs=(None, 7),
        )
        _, products = verify_build(check)
    assert products["sdist"].content == b"7"


@pytest.mark.parametrize(
    "error", [BuildFailed("no build", "gone"), Unsolvable("no build", "gone")], ids=["build", "requirements"]
)
def test_a_kind_that_cannot_be_prepared_has_no_answer(error: PinkitError) -> None:
    found = run(
        Builder(lambda kind, variant: "same", {"sdist": error}), kinds=("wheel", "sdist"), epochs=(7, None)
    )
    assert [series.failure for series in found] == ["", "", "no build\ngone", "no build\ngone"]
    assert not found[2].reproducible
    assert found[2].builds == 0


def test_a_varied_build_that_fails_has_no_answer() -> None:
    def says(kind: Kind, variant: Variant) -> str:
        if variant.order:
            raise BuildFailed("setup.py needs its files in order")
        return "same"

    (series,) = run(Builder(says))
    told = "it cannot be built any more when varied: file order\nsetup.py needs its files in order"
    assert series.failure == told
    assert series.repeatable
    assert not series.reproducible


def test_a_build_that_only_everything_together_breaks_has_no_answer() -> None:
    def says(kind: Kind, variant: Variant) -> str:
        if variant.order and variant.group_writable:
            raise BuildFailed("too much")
        return "same"

    (series,) = run(Builder(says))
    assert series.failure == f"it cannot be built any more when varied: {TOGETHER}\ntoo much"


@pytest.mark.parametrize("broken", [1, 2], ids=["first", "second"])
def test_a_control_build_that_fails_has_no_answer(broken: int) -> None:
    numbers = count(1)

    def says(kind: Kind, variant: Variant) -> str:
        if next(numbers) == broken:
            raise BuildFailed("not today")
        return "same"

    (series,) = run(Builder(says))
    assert (series.failure, series.builds) == ("not today", broken)


def test_no_isolation_is_not_taken_for_a_failed_build() -> None:
    with pytest.raises(Unavailable):
        run(Builder(lambda kind, variant: "same", {"wheel": Unavailable("nothing isolates")}))
