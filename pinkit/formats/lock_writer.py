"""A lock to the text of a hashed requirements.txt in a given layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.formats.lock_layout import UNSAFE_NAMES, Layout, requoted
from pinkit.formats.sources import source_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinkit.model.lock import Lock, Pin

_LINE_STYLE_COLUMN = 24
_COMMA = {"uv": ", ", "pip-compile": ","}


def write_lock_text(lock: Lock, layout: Layout) -> str:
    """The whole file: `lock.header`, the layout's options, and every pin in the lock's order.

    Extras are left out where the layout strips them. In a layout with a section of unsafe names these come last;
    omitted names are only mentioned.
    """
    lines = [*lock.header, *layout.options]
    if layout.options:
        lines.append("")
    omitted = frozenset(layout.omitted)
    apart = UNSAFE_NAMES if layout.unsafe_heading and not omitted else frozenset()
    shown = [pin for pin in lock.pins if pin.name not in omitted]
    warning = layout.unhashed_warning if any(pin.hashes for pin in shown) else ()
    lines += _pin_lines((pin for pin in shown if pin.name not in apart), layout, warning)
    unsafe = [pin for pin in shown if pin.name in apart]
    if unsafe or omitted:
        lines += ["", *layout.unsafe_heading]
        lines += _pin_lines(unsafe, layout, warning)
        lines += [f"# {name}" for name in layout.omitted]
    lines.append("")
    return layout.newline.join(lines)


def _pin_lines(pins: Iterable[Pin], layout: Layout, warning: tuple[str, ...]) -> list[str]:
    lines: list[str] = []
    for pin in pins:
        if not pin.hashes:
            lines += warning
        head = pin_text(pin, layout)
        if pin.hashes:
            hashes = " \\\n    --hash=".join((head, *pin.hashes))
            lines += hashes.split("\n") if layout.newline != "\n" else (hashes,)
        elif layout.annotate and pin.via and layout.annotation_style == "line":
            lines.append(f"{head:{_LINE_STYLE_COLUMN}}  # via {', '.join(pin.via)}")
        else:
            lines.append(head)
        if layout.annotate and pin.via and (pin.hashes or layout.annotation_style == "split"):
            lines += _annotation(pin.via, layout)
        if layout.index_annotated and pin.index:
            lines.append(f"    # from {pin.index}")
    return lines


def pin_text(pin: Pin, layout: Layout) -> str:
    """The requirement of a pin without hashes and annotation: "name[extra]==1.0 ; marker"."""
    extras = "" if layout.strip_extras or not pin.extras else f"[{_COMMA[layout.tool].join(pin.extras)}]"
    text = (
        f"{pin.name}{extras}=={pin.version}" if pin.source is None else source_line(pin, pin.source, extras)
    )
    return f"{text} ; {requoted(pin.marker, layout)}" if pin.marker else text


def _annotation(via: tuple[str, ...], layout: Layout) -> list[str]:
    if len(via) == 1 or layout.annotation_style == "line":
        return [f"    # via {', '.join(via)}"]
    return ["    # via", *(f"    #   {entry}" for entry in via)]
