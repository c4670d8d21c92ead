"""Notices as GitHub workflow commands: annotations on the lines of a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinkit.model.notice import Notice

_LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


def github_annotations(notices: Iterable[Notice]) -> str:
    """One command a notice that is neither suppressed nor as old as the baseline."""
    told = (each for each in notices if not each.suppressed and each.baseline != "unchanged")
    return "".join(map(_command, told))


def _command(notice: Notice) -> str:
    properties = [f"file={_property(notice.file)}"]
    properties += [f"line={notice.line}"] if notice.line else []
    properties.append(f"title={_property(notice.subject or notice.rule.title)}")
    return f"::{_LEVELS[notice.level]} {','.join(properties)}::{_data(notice.message)}\n"


def _data(text: str) -> str:
    # A message of others must not start a command of its own.
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
