"""The fix that goes with a blame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinkit.rebuild.advice import family, fix_for
from pinkit.rebuild.classes import discrepancy
from pinkit.rebuild.variation import CLOCK, FACTORS

if TYPE_CHECKING:
    from pinkit.model.variation import Kind

TIMES = (discrepancy("timestamp", "a", "x"),)
NATIVE = (discrepancy("native", "a.so", "x"),)
PAYLOAD = (discrepancy("payload", "a", "x"),)


@pytest.mark.parametrize(
    ("backend", "kind", "epoch", "factor", "found", "words"),
    [
        pytest.param(
            "setuptools.build_meta", "sdist", 7, CLOCK, TIMES, "pinkit build", id="setuptools-sdist"
        ),
        pytest.param(
            "setuptools.build_meta:__legacy__", "sdist", 7, CLOCK, TIMES, "pinkit build", id="legacy"
        ),
        pytest.param("pdm.backend", "sdist", 7, CLOCK, TIMES, "pinkit build", id="pdm-sdist"),
        pytest.param(
            "setuptools.build_meta", "wheel", None, CLOCK, TIMES, "set SOURCE_DATE_EPOCH", id="wheel-unset"
        ),
        pytest.param("own", "wheel", 7, CLOCK, TIMES, "does not take its times", id="epoch-ignored"),
        pytest.param("own", "sdist", 7, CLOCK, TIMES, "does not take its times", id="epoch-ignored-sdist"),
        pytest.param("own", "wheel", 7, CLOCK, PAYLOAD, "random", id="random"),
        pytest.param(
            "setuptools.build_meta", "wheel", 7, "path", NATIVE, "-ffile-prefix-map", id="c-extension"
        ),
        pytest.param("maturin", "wheel", 7, "path", PAYLOAD, "fixed path", id="rust"),
        pytest.param("own", "wheel", 7, "path", PAYLOAD, "absolute path", id="path"),
        pytest.param(
            "flit_core.buildapi", "wheel", None, "timezone", TIMES, "set SOURCE_DATE_EPOCH", id="flit"
        ),
        pytest.param("own", "wheel", 7, "timezone", PAYLOAD, "TZ=UTC", id="timezone"),
        pytest.param("own", "wheel", 7, "umask", PAYLOAD, "umask 022", id="umask"),
        pytest.param("own", "wheel", 7, "several factors together", PAYLOAD, "one by one", id="together"),
    ],
)
def test_the_fix_fits_the_cause(
    backend: str,
    kind: Kind,
    epoch: int | None,
    factor: str,
    found: tuple,
    words: str,  # type: ignore[type-arg]
) -> None:
    assert words in fix_for(backend=backend, kind=kind, epoch=epoch, factor=factor, found=found)


def test_every_factor_has_a_fix() -> None:
    fixes = [fix_for(backend="own", kind="wheel", epoch=7, factor=f.name, found=PAYLOAD) for f in FACTORS]
    assert all("one by one" not in fix for fix in fixes)


@pytest.mark.parametrize(
    ("backend", "name"),
    [
        ("setuptools.build_meta:__legacy__", "setuptools"),
        ("pdm.backend", "pdm"),
        ("setuptools-rust", "setuptools_rust"),
    ],
)
def test_the_family_of_a_backend(backend: str, name: str) -> None:
    assert family(backend) == name
