"""The forges that are known by name: where their API is, how they take a token, which variables hold one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pinkit.adapters.forges.api import Api
from pinkit.errors import UsageError
from pinkit.formats.urls import host_of, origin, printable_url, without_credentials

if TYPE_CHECKING:
    from pinkit.adapters.forges.token import Token
    from pinkit.ports import Forge

_SLUG = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)+")
_SCP = re.compile(r"(?:[^/@:]+@)?([^/:@]+):(?!//)(.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of forge. `api` is the API's path at the forge's host; `user` goes with a token in git's pushes."""

    api: str
    user: str
    variables: tuple[str, ...]
    header: str = "Authorization"
    scheme: str = ""


KINDS = {
    "github": Kind(
        api="/api/v3",
        user="x-access-token",
        variables=("PINKIT_FORGE_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"),
        scheme="Bearer ",
    ),
    "gitlab": Kind(
        api="/api/v4", user="oauth2", variables=("PINKIT_FORGE_TOKEN", "GITLAB_TOKEN"), header="PRIVATE-TOKEN"
    ),
    "forgejo": Kind(
        api="/api/v1",
        user="pinkit",
        variables=("PINKIT_FORGE_TOKEN", "FORGEJO_TOKEN", "GITEA_TOKEN", "GITHUB_TOKEN"),
        scheme="token ",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A repository at a forge: the address of the API and the repository's path ("owner/name")."""

    api_url: str
    slug: str

    def serves(self, url: str) -> bool:
        """Whether `url` is at the forge's own host: the API's, or the one that it is the API of."""
        api = origin(self.api_url)
        return origin(url) in (api, api.replace("://api.", "://", 1))


def place_of(forge: str, remote: str, slug: str, api_url: str) -> Place:
    """What the options say, the rest from the URL of the git remote. Raises `UsageError` where neither tells."""
    web, path = _address(remote) if remote else ("", "")
    slug = slug or path
    if not _SLUG.fullmatch(slug) or {".", ".."} & set(slug.split("/")):
        raise UsageError(f"{slug!r} is no repository of a forge", hint="say which with --repo OWNER/NAME")
    if forge != "gitlab" and slug.count("/") != 1:
        raise UsageError(f"{slug!r} is no OWNER/NAME", hint="say which with --repo")
    if not api_url and not web:
        raise UsageError(
            f"{printable_url(remote)} does not tell which forge it is at", hint="say it with --api-url"
        )
    default = "https://api.github.com" if web == "https://github.com" else web + KINDS[forge].api
    return Place(api_url=(api_url or default).rstrip("/"), slug=slug)


def api_for(forge: str, place: Place, token: Token) -> Api:
    """Requests to the forge with the token."""
    from pinkit.adapters.forges.github import ACCEPT

    kind = KINDS[forge]
    accept = ACCEPT if forge == "github" else "application/json"
    return Api(place.api_url, token, header=kind.header, scheme=kind.scheme, accept=accept)


def forge_at(forge: str, api: Api, place: Place) -> Forge:
    """The forge's side of the port."""
    from pinkit.adapters.forges.forgejo import Forgejo
    from pinkit.adapters.forges.github import GitHub
    from pinkit.adapters.forges.gitlab import GitLab

    match forge:
        case "github":
            return GitHub(api, place.slug)
        case "gitlab":
            return GitLab(api, place.slug)
        case _:
            return Forgejo(api, place.slug)


def _address(remote: str) -> tuple[str, str]:
    """(web address of the forge, path of the repository) of a git URL; empty where it has none."""
    scp = None if "://" in remote else _SCP.fullmatch(remote)
    if scp is not None:
        return f"https://{scp[1].lower()}", _bare(scp[2])
    parts = urlsplit(without_credentials(remote))
    if parts.scheme in ("http", "https"):
        return origin(remote), _bare(parts.path)
    if parts.scheme == "ssh":
        return f"https://{host_of(remote)}", _bare(parts.path)
    return "", ""


def _bare(path: str) -> str:
    return path.strip("/").removesuffix(".git")
