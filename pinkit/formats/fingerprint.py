"""A digest for the cache's own keys: BLAKE2b of whatever decides an answer."""

from __future__ import annotations

try:
    # hashlib is the same and loads OpenSSL for it, which is a tenth of the time of a remembered lock.
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

_BYTES = 32


def fingerprint(content: bytes) -> str:
    """A digest of `content` in hex, for keys that nobody but this cache reads."""
    return blake2b(content, digest_size=_BYTES).hexdigest()
