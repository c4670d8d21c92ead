"""How the metadata of a release are learned: sidecar, range read, whole wheel, static sdist, and a build last."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from pinkit.adapters.http import has_known_end
from pinkit.adapters.page_body import unpacked
from pinkit.adapters.store import MetadataRow
from pinkit.errors import IntegrityError, Unavailable
from pinkit.formats.core_metadata import MAX_BYTES, CoreMetadata, has_static_dependencies, parse_metadata
from pinkit.formats.index_rows import dependency_lines
from pinkit.formats.simple_types import InvalidPage
from pinkit.formats.urls import origin, printable_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinkit.adapters.artifacts import Artifacts
    from pinkit.adapters.http import Answer, Http
    from pinkit.model.distribution import Distribution
    from pinkit.ports import MetadataBuilder


class MetadataLadder:
    """Learns metadata; any thread may ask. `build` runs an sdist's backend elsewhere, in a sandbox."""

    def __init__(
        self, http: Http | None, artifacts: Callable[[], Artifacts], build: MetadataBuilder | None
    ) -> None:
        self._http, self._artifacts, self._build = http, artifacts, build
        self._without_ranges: set[str] = set()

    def learned(self, name: str, version: str, speaker: Distribution) -> MetadataRow | None:
        """The metadata of a release as the file that speaks for it states them; None where only a build can tell.

        InvalidMetadata where they are unusable; IntegrityError where bytes are not as claimed.
        """
        found, how = self._stated(speaker, name, version)
        return None if found is None else _row(found, how)

    def built(self, name: str, version: str, speaker: Distribution) -> MetadataRow:
        """The metadata as the release's own build backend makes them. Unavailable where nothing may build."""
        if self._build is None:
            raise Unavailable(
                f"{name} {version} has no metadata without a build",
                why=f"{speaker.filename} does not state its dependencies (PEP 643), and there is no wheel",
                hint="allow its build in a sandbox, or pin a release that has a wheel",
            )
        text = self._build(name, version, self._artifacts().open(speaker))
        return _row(parse_metadata(text, name, version), "built")

    def _stated(self, distribution: Distribution, name: str, version: str) -> tuple[CoreMetadata | None, str]:
        text = self._sidecar(distribution)
        if text is not None:
            found = parse_metadata(text, name, version)
            if distribution.filename.endswith(".whl") or has_static_dependencies(found):
                return found, "sidecar"
        if not distribution.filename.endswith(".whl"):
            from pinkit.formats.sdist_metadata import static_metadata

            path = self._artifacts().open(distribution)
            with path.open("rb") as stream:
                return static_metadata(stream, distribution.filename, name, version), "sdist"
        text = self._by_ranges(distribution)
        if text is not None:
            return parse_metadata(text, name, version), "range"
        from pinkit.adapters.remote_zip import wheel_metadata

        with self._artifacts().open(distribution).open("rb") as stream:
            return parse_metadata(wheel_metadata(stream, distribution.filename), name, version), "wheel"

    def _sidecar(self, distribution: Distribution) -> bytes | None:
        """The file beside the distribution (PEP 658); None where it is neither claimed nor there."""
        claim = distribution.core_metadata
        if claim is None or self._http is None or not distribution.url.startswith("http"):
            return None
        url = f"{distribution.url}.metadata"
        answer = self._http.get(url, {"Accept-Encoding": "gzip"}, limit=MAX_BYTES)
        if answer.status in {403, 404, 410} or not (claim or has_known_end(answer.headers)):
            # Some mirrors repeat the claim but not the file; and nothing would tell if this one were cut off.
            return None
        if answer.status != 200:
            raise Unavailable(
                f"{printable_url(url)} could not be read", why=f"the server answered {answer.status}"
            )
        body = _content(answer)
        if claim and f"sha256:{sha256(body).hexdigest()}" != claim:
            raise IntegrityError(
                f"the metadata file of {distribution.filename} is not what its index claims",
                why=f"{printable_url(url)} is not {claim}",
                hint="do not use this index until its operator has explained it",
            )
        return body

    def _by_ranges(self, distribution: Distribution) -> bytes | None:
        place = origin(distribution.url)
        if self._http is None or not distribution.url.startswith("http") or place in self._without_ranges:
            return None
        from pinkit.adapters.remote_zip import NoRanges, remote_metadata

        try:
            return remote_metadata(self._http, distribution.url, distribution.filename)
        except NoRanges:
            self._without_ranges.add(place)
            return None


def _content(answer: Answer) -> bytes:
    """The metadata file as it is, not as it was sent."""
    if "gzip" not in answer.headers.get("content-encoding", "").lower():
        return answer.body
    try:
        return unpacked(answer.body, MAX_BYTES)
    except InvalidPage as error:
        raise Unavailable(f"{printable_url(answer.url)} could not be read", why=str(error)) from error


def _row(found: CoreMetadata, how: str) -> MetadataRow:
    requires_python = " ".join(found.requires_python.split())
    return MetadataRow(dependency_lines(found.dependencies), requires_python, ",".join(found.extras), how)
