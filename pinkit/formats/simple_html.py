"""Project pages of an index in HTML (PEP 503, 592, 629, 658, 714), and pages of plain links."""

from __future__ import annotations

from html import unescape
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from pinkit.formats.filenames import is_distribution
from pinkit.formats.html_tags import start_tags
from pinkit.formats.simple_api import File, Page
from pinkit.formats.simple_types import InvalidPage

_INDEX_TITLES = ("links for", "index of", "directory listing for", "simple index")
_ALGORITHMS = frozenset(
    {"sha256", "sha384", "sha512", "sha224", "sha1", "md5", "blake2b", "sha3_256", "sha3_512"}
)


def parse_html(body: bytes, url: str, charset: str = "utf-8") -> Page:
    """The page at `url`; the links of its files are absolute.

    InvalidPage where nothing says that this is an index: no link to a distribution, no index title, no
    repository-version (PEP 629). So the login page of a proxy is never "a project without releases".
    """
    files: list[File] = []
    base = title = version = status = ""
    for name, attributes, text in start_tags(_decoded(body, charset)):
        if name == "a":
            file = _file(attributes, base or url)
            if file is not None:
                files.append(file)
        elif name == "base" and not base:
            # The first one counts (HTML); it is itself relative to the page.
            base = urljoin(url, attributes.get("href", "").strip())
        elif name == "title":
            title = title or unescape(text)
        elif name == "meta" and attributes.get("name") == "pypi:repository-version":
            version = attributes.get("content", "")
        elif name == "meta" and attributes.get("name") == "pypi:project-status":
            status = attributes.get("content", "")
    if version.partition(".")[0] not in {"", "1"}:
        raise InvalidPage(f"version {version} of the index API is not supported")
    if not (files or version or title.strip().lower().startswith(_INDEX_TITLES)):
        raise InvalidPage("the HTML is no index page: it has no link to a distribution")
    return Page(files, status or "active")


def _decoded(body: bytes, charset: str) -> str:
    try:
        return body.decode(charset, "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def _file(attributes: dict[str, str], base: str) -> File | None:
    """The file that an anchor links to; None where it is no distribution."""
    try:
        url, fragment, filename = _split(attributes.get("href", "").strip(), base)
    except ValueError:
        return None
    if not is_distribution(filename):
        return None
    algorithm, _, digest = fragment.partition("&")[0].partition("=")
    return File(
        filename=filename,
        url=url,
        hashes={algorithm: digest} if digest and algorithm in _ALGORITHMS else {},
        requires_python=attributes.get("data-requires-python"),
        yanked=attributes.get("data-yanked", False),
        core_metadata=_claim(attributes),
        provenance=attributes.get("data-provenance"),
    )


def _split(href: str, base: str) -> tuple[str, str, str]:
    """(absolute URL, fragment, filename) of a link."""
    if href.startswith(("https://", "http://")) and "?" not in href and "[" not in href:
        # Most links of big pages; the general way takes ten times as long.
        url, _, fragment = href.partition("#")
        name = url.rpartition("/")[2]
        return url, fragment, unquote(name) if "%" in name else name
    url, fragment = urldefrag(urljoin(base, href))
    return url, fragment, unquote(urlsplit(url).path.rpartition("/")[2])


def _claim(attributes: dict[str, str]) -> bool | dict[str, str] | None:
    for key in ("data-core-metadata", "data-dist-info-metadata"):
        if key in attributes:
            algorithm, _, digest = attributes[key].partition("=")
            if digest:
                return {algorithm: digest}
            return algorithm != "false"
    return None
