"""URLs with their secrets taken off: what may be printed, stored and compared."""

from __future__ import annotations

from typing import NamedTuple


class Credentials(NamedTuple):
    """A user name and a password, percent-decoded; `password` None where only the name is known."""

    username: str
    password: str | None

    def __repr__(self) -> str:
        return "Credentials(***)"


def split_credentials(url: str) -> tuple[str, Credentials | None]:
    """(`url` without its user part, what stood there)."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url, None
    end = min((at for mark in "/?#" if (at := rest.find(mark)) >= 0), default=len(rest))
    user, at_sign, host = rest[:end].rpartition("@")
    if not at_sign:
        return url, None
    from urllib.parse import unquote

    name, colon, password = user.partition(":")
    return f"{scheme}://{host}{rest[end:]}", Credentials(unquote(name), unquote(password) if colon else None)


def without_credentials(url: str) -> str:
    """`url` without its user part."""
    return split_credentials(url)[0]


def printable_url(url: str) -> str:
    """What may be shown of `url`: no user part, no query (signed links carry secrets there), no controls."""
    shown = without_credentials(url)
    base, question, _ = shown.partition("?")
    text = base.partition("#")[0] + ("?…" if question else "")
    return "".join(char if char.isprintable() else "�" for char in text)


def origin(url: str) -> str:
    """Scheme, host and port in lower case ("https://index.example:8080"): credentials never leave it."""
    scheme, _, rest = without_credentials(url).partition("://")
    host = rest.partition("/")[0].partition("?")[0].partition("#")[0].lower()
    standard = {"http": ":80", "https": ":443"}.get(scheme.lower(), "")
    return f"{scheme.lower()}://{host.removesuffix(standard) if standard else host}"


def host_of(url: str) -> str:
    """The host name in lower case, without port and without the brackets of an IPv6 address."""
    host = origin(url).partition("://")[2]
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def path_of_file_url(url: str) -> str:
    """The path of a `file:` URL."""
    from urllib.parse import unquote, urlsplit

    return unquote(urlsplit(url).path)
