"""JSON over HTTP with a token: limits, patience where the forge asks for it, errors in words without the secret."""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests

from pinkit import __version__
from pinkit.adapters.http_retry import backoff_s, retry_after_s
from pinkit.adapters.sandbox_watch import cleaned
from pinkit.errors import Unavailable, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinkit.adapters.forges.token import Token

ATTEMPTS = 4
LONGEST_WAIT_S = 60.0
MAX_BYTES = 64 << 20
MAX_PAGES = 100
_TIMEOUT_S = (10, 60)
_LOST = frozenset({500, 502, 504})
"""The request may have been done, its answer got lost."""

_BUSY = frozenset({429, 503})
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    last_page: bool

    def json(self) -> Any:
        """The body. Raises `Unavailable` when it is no JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise Unavailable("the forge's answer is no JSON", f"status {self.status}") from None


class _Header(requests.auth.AuthBase):
    """Sets the token's header itself: requests would let a netrc entry go before one that is only given."""

    def __init__(self, name: str, value: str) -> None:
        self._name, self._value = name, value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers[self._name] = self._value
        return request


class Api:
    """Requests to one forge. `base` has no slash at its end; `scheme` stands before the token ("Bearer ")."""

    def __init__(
        self,
        base: str,
        token: Token,
        *,
        header: str = "Authorization",
        scheme: str = "",
        accept: str = "application/json",
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        parts = urlsplit(base)
        secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        if not secure or parts.username or parts.query:
            raise UsageError(
                f"{shown(base)} is no address for a token",
                "it is sent over https alone",
                "give --api-url https://…",
            )
        self.base, self._token, self._pause = base.rstrip("/"), token, pause
        self._session = requests.Session()
        self._session.auth = _Header(header, scheme + token.reveal())
        self._session.headers.update({"Accept": accept, "User-Agent": f"pinkit/{__version__}"})

    def get(self, path: str) -> Any:
        """What is at a path."""
        return self._good("GET", path, self._patient("GET", path, {}, None, None)).json()

    def found(self, path: str) -> Any | None:
        """What is at a path; None where there is nothing (404)."""
        answer = self._patient("GET", path, {}, None, None)
        return None if answer.status == 404 else self._good("GET", path, answer).json()

    def listed(self, path: str, **query: str | int) -> list[dict[str, Any]]:
        """All entries of all pages of a list."""
        found: list[dict[str, Any]] = []
        for page in range(1, MAX_PAGES + 1):
            answer = self._good("GET", path, self._patient("GET", path, {**query, "page": page}, None, None))
            entries = answer.json()
            if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
                raise Unavailable(f"{shown(self.base + path)} gave no list")
            found += entries
            if answer.last_page:
                return found
        raise Unavailable(f"{shown(self.base + path)} has more than {MAX_PAGES} pages")

    def tell(self, method: str, path: str, content: Mapping[str, Any] | None = None) -> None:
        """A changing request that may be done twice without harm, and of whose answer only success matters."""
        self._good(method, path, self._patient(method, path, {}, content, None))

    def send(
        self,
        method: str,
        path: str,
        content: Mapping[str, Any],
        *,
        done: Callable[[], dict[str, Any] | None] | None = None,
    ) -> dict[str, Any]:
        """The object that a changing request gives.

        Where its answer got lost, `done` says what it did; None lets it be tried again, as it is without `done`.
        """
        answer = self._patient(method, path, {}, content, done)
        if isinstance(answer, dict):
            return answer
        told = self._good(method, path, answer).json()
        if not isinstance(told, dict):
            raise Unavailable(f"{shown(self.base + path)} gave no object")
        return told

    def _patient(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int],
        content: Mapping[str, Any] | None,
        done: Callable[[], Any | None] | None,
    ) -> Any:
        why = ""
        for attempt in range(ATTEMPTS):
            wait = backoff_s(attempt, random.random())  # noqa: S311
            try:
                answer = self._once(method, path, query, content)
            except requests.RequestException as error:
                # The text of requests may show the URL, never the header; the class is enough.
                why, lost = type(error).__name__, True
            else:
                asked = _asked_wait_s(answer)
                lost = answer.status in _LOST
                if not lost and asked is None and answer.status not in _BUSY:
                    return answer
                why = f"it answered {answer.status}"
                if asked is not None and asked > LONGEST_WAIT_S:
                    raise Unavailable(
                        f"{shown(self.base)} asks for patience", f"{why}: come back in {asked:.0f} s"
                    )
                wait = max(wait, asked or 0.0)
            if attempt + 1 == ATTEMPTS:
                break
            self._pause(wait)
            if lost and done is not None and (found := done()) is not None:
                return found
        raise Unavailable(f"{method} {shown(self.base + path)} did not succeed", f"{why}, {ATTEMPTS} times")

    def _once(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int],
        content: Mapping[str, Any] | None,
    ) -> Answer:
        with self._session.request(
            method,
            self.base + path,
            params=dict(query),
            json=content,
            timeout=_TIMEOUT_S,
            allow_redirects=False,
            stream=True,
        ) as response:
            parts: list[bytes] = []
            size = 0
            for chunk in response.iter_content(1 << 16):
                size += len(chunk)
                if size > MAX_BYTES:
                    raise Unavailable(f"{shown(self.base + path)} answers more than {MAX_BYTES >> 20} MiB")
                parts.append(chunk)
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Answer(
                status=response.status_code,
                headers=headers,
                body=b"".join(parts),
                last_page="next" not in response.links,
            )

    def _good(self, method: str, path: str, answer: Answer) -> Answer:
        if 200 <= answer.status < 300:
            return answer
        what = f"{method} {shown(self.base + path)}: {answer.status}"
        said = self._said(answer)
        match answer.status:
            case 401:
                raise Unavailable(
                    f"{what}, the token was refused", said, "it is expired, revoked or of another forge"
                )
            case 403:
                raise Unavailable(
                    f"{what}, the token may not do this", said, "give it the permissions of docs/pr.md"
                )
            case 404:
                raise Unavailable(f"{what}, not found", said, "check --repo, and that the token can see it")
            case 301 | 302 | 307 | 308:
                raise Unavailable(
                    f"{what}, it moved", said, "name the repository as it is called now with --repo"
                )
        raise Unavailable(what, said)

    def _said(self, answer: Answer) -> str:
        """The forge's own words, cleaned, short and without the token."""
        try:
            content = json.loads(answer.body)
        except (ValueError, RecursionError):
            return ""
        if not isinstance(content, dict):
            return ""
        parts = [content.get("message") or content.get("error") or "", *_details(content.get("errors"))]
        text = "; ".join(str(part) for part in parts if part)
        return cleaned(text.encode("utf-8", "replace")).replace(self._token.reveal(), "***")[:1000]


def shown(url: str) -> str:
    """A URL for messages: without user and query."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


def _details(errors: Any) -> list[str]:
    if not isinstance(errors, list):
        return []
    return [str(each.get("message") or each) if isinstance(each, dict) else str(each) for each in errors[:10]]


def _asked_wait_s(answer: Answer) -> float | None:
    """Seconds that the forge wants us to wait; None when it does not limit us."""
    if answer.status not in (403, 429, 503):
        return None
    now = time.time()
    asked = retry_after_s(answer.headers.get("retry-after", ""), now)
    if asked is None and answer.headers.get("x-ratelimit-remaining") == "0":
        reset = answer.headers.get("x-ratelimit-reset", "")
        asked = max(0.0, float(reset[:12]) - now) if reset.isdecimal() and reset.isascii() else LONGEST_WAIT_S
    return asked
