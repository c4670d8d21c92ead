"""Our fast paths give packaging's answers on what real projects write."""

from __future__ import annotations

import json
import re
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from email.parser import HeaderParser
from typing import TYPE_CHECKING

import pytest
from packaging.markers import InvalidMarker as TheirInvalidMarker
from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from pinkit.formats.filenames import FilenameReader
from pinkit.formats.markers import InvalidMarker
from pinkit.formats.pep440 import sort_key
from pinkit.resolve.lanes import Lanes
from pinkit.resolve.specifiers import matching
from pinkit.resolve.targets import universal_targets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LANES = Lanes(universal_targets("3.8"), spans=False)
PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
ACCEPT = {"Accept": "application/vnd.pypi.simple.v1+json"}
MOST_VERSIONS = 400


def texts(corpus: Path) -> Iterator[str]:
    for path in sorted(corpus.rglob("*")):
        if path.suffix in {".txt", ".in"}:
            yield path.read_text(encoding="utf-8")


def agrees(text: str) -> int:
    """How many (lane, extra) of a marker were compared with packaging; raises where one differs."""
    try:
        masks = LANES.marker(text)
    except InvalidMarker:
        with pytest.raises((TheirInvalidMarker, UndefinedComparison, UndefinedEnvironmentName)):
            Marker(text).evaluate({**LANES.environments[0], "extra": ""})
        return 0
    theirs = Marker(text)
    for extra, mask in masks.items():
        for lane, values in enumerate(LANES.environments):
            assert bool(mask >> lane & 1) is theirs.evaluate({**values, "extra": extra}), (
                text,
                extra,
                values,
            )
    return len(masks) * len(LANES.environments)


def test_every_marker_of_the_corpus(shared: Path) -> None:
    markers = set()
    for text in texts(shared / "corpus"):
        for line in text.splitlines():
            if not line.startswith(("#", " ", "-")) and ";" in line:
                markers.add(line.partition(";")[2].partition(" #")[0].rstrip("\\").strip())
    assert len(markers) >= 10
    assert sum(map(agrees, markers)) >= 10 * len(LANES.environments)


@pytest.fixture(scope="module")
def releases(shared: Path, index_url: str) -> dict[str, tuple[list[str], list[Requirement]]]:
    """name -> (versions on the index, requirements of its pinned release) for every project of the corpus."""
    pins: dict[str, str] = {}
    for text in texts(shared / "corpus"):
        pins.update((canonicalize_name(name), version) for name, version in PINNED.findall(text))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda pin: release(index_url, *pin), sorted(pins.items())))
    return dict(zip(sorted(pins), found, strict=True))


def release(index_url: str, name: str, version: str) -> tuple[list[str], list[Requirement]]:
    page = urllib.request.Request(f"{index_url.rstrip('/')}/{name}/", headers=ACCEPT)
    with urllib.request.urlopen(page, timeout=60) as answer:
        files = json.load(answer)["files"]
    names = FilenameReader(name)
    versions, sidecar = set(), ""
    for file in files:
        parsed = names.parse(file["filename"])
        if parsed and sort_key(parsed[0]) is not None:
            versions.add(parsed[0])
            if parsed[0] == version and file.get("core-metadata"):
                sidecar = file["url"] + ".metadata"
    ordered = sorted(versions, key=lambda text: (Version(text), text))
    return ordered, requirements(sidecar) if sidecar else []


def requirements(url: str) -> list[Requirement]:
    with urllib.request.urlopen(url, timeout=60) as answer:
        headers = HeaderParser().parsestr(answer.read().decode("utf-8"))
    found = []
    for line in headers.get_all("Requires-Dist") or []:
        try:
            found.append(Requirement(line))
        except InvalidRequirement:
            continue
    return found


def test_every_marker_of_the_pinned_releases(
    releases: dict[str, tuple[list[str], list[Requirement]]],
) -> None:
    markers = {str(each.marker) for _, found in releases.values() for each in found if each.marker}
    compared = sum(map(agrees, sorted(markers)))
    print(f"{len(markers)} distinct markers, {compared} answers compared")
    assert compared > 10_000


def test_every_specifier_of_the_pinned_releases(
    releases: dict[str, tuple[list[str], list[Requirement]]],
) -> None:
    specifiers = {
        (canonicalize_name(each.name), str(each.specifier))
        for _, found in releases.values()
        for each in found
    }
    compared = 0
    for name, specifier in sorted(specifiers):
        # A specifier means something for every project: its own, and one whose versions it was not written for.
        for project in (name, "setuptools", "pytz"):
            versions = tuple(releases.get(project, ([], []))[0][-MOST_VERSIONS:])
            theirs = SpecifierSet(specifier)
            expected = sum(
                2 << index
                for index, version in enumerate(versions)
                if theirs.contains(version, prereleases=True)
            )
            assert matching(specifier, versions) == expected, (project, specifier)
            compared += len(versions)
    print(f"{len(specifiers)} distinct specifiers, {compared} checks")
    assert compared > 50_000
