"""Why a request failed, in words for people; the system's own texts name objects and addresses in memory."""

from __future__ import annotations


class Broken(Exception):
    """No whole answer came; `why` is a phrase. `final` where asking again cannot help."""

    def __init__(self, why: str, *, final: bool = False) -> None:
        super().__init__(why)
        self.why, self.final = _clean(why), final


def reason(error: BaseException) -> str:
    """A phrase without a full stop or control characters: "connection refused"."""
    match error:
        case Broken():
            return error.why
        case TimeoutError():
            return "the server said nothing in time"
        case OSError() if type(error).__module__ == "ssl":
            return _clean(f"TLS: {_tls(error)}")
        case OSError(strerror=str(text)) if text:
            return _clean(text.lower())
    return _clean(str(error)) or type(error).__name__


def _tls(error: OSError) -> str:
    verification = getattr(error, "verify_message", "")
    return verification or (getattr(error, "reason", None) or str(error)).replace("_", " ").lower()


def _clean(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
