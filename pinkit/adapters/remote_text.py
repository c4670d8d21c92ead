"""Requirements and constraints files behind a URL (`-r https://…`), as pip reads them."""

from __future__ import annotations

import os

from pinkit.adapters.credentials import CredentialBook
from pinkit.adapters.files import MAX_INPUT_BYTES
from pinkit.adapters.http import Http
from pinkit.adapters.network_side import network_of
from pinkit.adapters.pip_config import pip_settings
from pinkit.errors import Unavailable
from pinkit.formats.urls import printable_url, split_credentials

_OK = 200


def fetched_text(url: str) -> bytes:
    """The bytes behind `url`, at most 64 MiB, with pip's network settings. Raises Unavailable."""
    http = Http(network_of(pip_settings(os.environ)), CredentialBook([("", url)], os.environ))
    try:
        answer = http.get(split_credentials(url)[0], {"Accept-Encoding": "identity"}, limit=MAX_INPUT_BYTES)
    finally:
        http.close()
    if answer.status != _OK:
        raise Unavailable(f"{printable_url(url)}: the server answered {answer.status}")
    return answer.body
