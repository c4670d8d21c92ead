"""Calls one hook of a build backend (PEP 517). Runs inside the sandbox, by whatever Python the build wants.

Standard library only, and no syntax newer than Python 3.6. Asked by JSON in the first argument: `backend`,
`backend_path`, `hook`, `arguments`, `result` (the file to write: {"value": ...} or {"missing": true}).
"""

import datetime
import importlib
import json
import os
import sys
import time
from typing import Any

CLOCK_SHIFT = "PINKIT_CLOCK_SHIFT_S"


def main(asked: "dict[str, Any]") -> None:
    """Write what the hook returned, or that the backend does not have it."""
    if os.environ.get(CLOCK_SHIFT):
        shift_clock(float(os.environ[CLOCK_SHIFT]))
    # The directory of this script gives way to the backend's own path.
    sys.path[:1] = [os.path.abspath(path) for path in asked["backend_path"]]
    name, _, attributes = asked["backend"].partition(":")
    backend = importlib.import_module(name)
    for attribute in filter(None, attributes.split(".")):
        backend = getattr(backend, attribute)
    hook = getattr(backend, asked["hook"], None)
    told = {"missing": True} if hook is None else {"value": hook(*asked["arguments"])}
    with open(asked["result"], "w") as file:
        json.dump(told, file)


def shift_clock(seconds: float) -> None:
    """Let this Python, but no process that it starts, see another day; how fast time passes stays as it is."""
    real_time = time.time
    real_date: Any = datetime.date
    real_datetime: Any = datetime.datetime

    def now() -> float:
        return real_time() + seconds

    class LikeReal(type):
        """What is an instance of the real class is one of its stand-in."""

        def __instancecheck__(cls, instance: "Any") -> bool:
            return isinstance(instance, cls.__mro__[1])

        def __subclasscheck__(cls, other: "Any") -> bool:
            return issubclass(other, cls.__mro__[1])

    class Date(real_date, metaclass=LikeReal):  # type: ignore[misc]
        @classmethod
        def today(cls) -> "Any":
            return real_date.fromtimestamp(now())

    class DateTime(real_datetime, metaclass=LikeReal):  # type: ignore[misc]
        @classmethod
        def now(cls, tz: "Any" = None) -> "Any":
            return real_datetime.fromtimestamp(now(), tz)

        @classmethod
        def today(cls) -> "Any":
            return real_datetime.fromtimestamp(now())

        @classmethod
        def utcnow(cls) -> "Any":
            utc = datetime.timezone.utc  # noqa: UP017 - Python 3.6 has no datetime.UTC
            return real_datetime.fromtimestamp(now(), utc).replace(tzinfo=None)

    time.time = now
    time.time_ns = lambda: int(now() * 1e9)
    for name in ("localtime", "gmtime", "ctime"):
        setattr(time, name, _with_default(getattr(time, name), now))
    for name in ("strftime", "asctime"):
        setattr(time, name, _of_default_time(getattr(time, name)))
    datetime.date, datetime.datetime = Date, DateTime  # type: ignore[misc]


def _with_default(function: "Any", now: "Any") -> "Any":
    return lambda seconds=None: function(now() if seconds is None else seconds)


def _of_default_time(function: "Any") -> "Any":
    wanted = 1 if function.__name__ == "strftime" else 0
    return lambda *given: function(*given) if len(given) > wanted else function(*given, time.localtime())


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
