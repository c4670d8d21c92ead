"""Project pages of an index in HTML (PEP 503, 592, 629, 658, 714), and pages of plain links."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from pinkit.formats.filenames import is_distribution
from pinkit.formats.simple_api import File, InvalidPage, Page

_INDEX_TITLES = ("links for", "index of", "directory listing for", "simple index")


def parse_html(body: bytes, url: str, charset: str = "utf-8") -> Page:
    """The page at `url`; the links of its files are absolute.

    InvalidPage where nothing says that this is an index: no link to a distribution, no index title, no
    repository-version (PEP 629). So the login page of a proxy is never "a project without releases".
    """
    reader = _Reader(url)
    try:
        reader.feed(body.decode(charset, "replace"))
    except LookupError:
        reader.feed(body.decode("utf-8", "replace"))
    reader.close()
    if reader.api_version.partition(".")[0] not in {"", "1"}:
        raise InvalidPage(f"version {reader.api_version} of the index API is not supported")
    if not (reader.files or reader.api_version or reader.title.strip().lower().startswith(_INDEX_TITLES)):
        raise InvalidPage("the HTML is no index page: it has no link to a distribution")
    return Page(reader.files, reader.status or "active")


class _Reader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.base = url
        self.files: list[File] = []
        self.title = self.api_version = self.status = ""
        self._in_title = self._has_base = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._anchor(dict(attrs))
        elif tag == "title":
            self._in_title = True
        elif tag == "base" and not self._has_base:
            # The first one counts (HTML); it is itself relative to the page.
            self._has_base = True
            self.base = urljoin(self.base, dict(attrs).get("href") or "")
        elif tag == "meta":
            self._meta(dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data

    def _meta(self, attributes: dict[str, str | None]) -> None:
        content = attributes.get("content") or ""
        if attributes.get("name") == "pypi:repository-version":
            self.api_version = content
        elif attributes.get("name") == "pypi:project-status":
            self.status = content

    def _anchor(self, attributes: dict[str, str | None]) -> None:
        try:
            url, fragment = urldefrag(urljoin(self.base, (attributes.get("href") or "").strip()))
            filename = unquote(urlsplit(url).path.rpartition("/")[2])
        except ValueError:
            return
        if not is_distribution(filename):
            return
        algorithm, _, digest = fragment.partition("&")[0].partition("=")
        yanked = attributes.get("data-yanked", "") or "" if "data-yanked" in attributes else False
        self.files.append(
            File(
                filename=filename,
                url=url,
                hashes={algorithm: digest} if digest and algorithm in _ALGORITHMS else {},
                requires_python=attributes.get("data-requires-python"),
                yanked=yanked,
                core_metadata=_claim(attributes),
                provenance=attributes.get("data-provenance"),
            )
        )


_ALGORITHMS = frozenset(
    {"sha256", "sha384", "sha512", "sha224", "sha1", "md5", "blake2b", "sha3_256", "sha3_512"}
)


def _claim(attributes: dict[str, str | None]) -> bool | dict[str, str] | None:
    for key in ("data-core-metadata", "data-dist-info-metadata"):
        if key in attributes:
            algorithm, _, digest = (attributes[key] or "").partition("=")
            if digest:
                return {algorithm: digest}
            return algorithm != "false"
    return None
