"""Why a request failed, in words for people; the library's own texts name objects and addresses in memory."""

from __future__ import annotations

from ssl import SSLError as SystemSSLError

from urllib3.exceptions import (
    ConnectTimeoutError,
    IncompleteRead,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)


def reason(error: BaseException) -> str:
    """A phrase without a full stop or control characters: "connection refused"."""
    return " ".join("".join(char if char.isprintable() else " " for char in _phrase(error)).split())


def _phrase(error: BaseException) -> str:
    match error:
        case ProxyError():
            return f"the proxy: {_phrase(error.original_error)}"
        case SSLError() | SystemSSLError():
            return f"TLS: {_tls(error)}"
        case NameResolutionError():
            return "the host name is not known"
        case NewConnectionError() if error.__cause__ is not None:
            return _phrase(error.__cause__)
        case ConnectTimeoutError():
            return "no connection was made in time"
        case ReadTimeoutError() | TimeoutError():
            return "the server said nothing in time"
        case IncompleteRead():
            return f"the connection ended {error.expected} bytes before the end of the answer"
        case ProtocolError(args=(_, BaseException() as cause, *_)):
            return _phrase(cause)
        case OSError(strerror=str(text)) if text:
            return text.lower()
    return str(error) or type(error).__name__


def _tls(error: BaseException) -> str:
    cause = next((each for each in error.args if isinstance(each, SystemSSLError)), error)
    verification = getattr(cause, "verify_message", "")
    return verification or (getattr(cause, "reason", None) or str(cause)).replace("_", " ").lower()
