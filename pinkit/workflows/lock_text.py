"""The lock that is there, and the text of the one that takes its place: layout, header and cutoff kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pinkit.formats.cutoff import cutoff_text, is_duration, parse_cutoff
from pinkit.formats.lock_layout import Layout, header_cutoff, lock_header
from pinkit.formats.lock_reader import read_lock_text
from pinkit.formats.lock_writer import write_lock_text
from pinkit.model.value import frozen_value

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Literal

    from pinkit.formats.settings import LockSettings
    from pinkit.model.lock import Lock
    from pinkit.workflows.lock_solve import Solved


_LEFT_OUT = "# The following packages were excluded from the output:"


@frozen_value(frozen=True, slots=True, kw_only=True)
class LockFile:
    """The file that a lock will replace: its bytes, and what it says; all None where there is none."""

    content: bytes | None = None
    lock: Lock | None = None
    layout: Layout | None = None
    problems: tuple[tuple[int, str], ...] = ()


def previous_lock(
    settings: LockSettings, found: Callable[[str], bytes | None], *, pylock: bool, fresh: bool = False
) -> LockFile:
    """The lock at the output path; an empty LockFile where there is none or `fresh` ignores it.

    Raises UsageError where the file cannot be read as a lock.
    """
    content = found(settings.output) if settings.output else None
    if content is None:
        return LockFile()
    if fresh or not content.strip():
        return LockFile(content=content)
    if pylock:
        from pinkit.formats.pylock_reader import read_pylock

        return LockFile(content=content, lock=read_pylock(content, settings.output))
    text = read_lock_text(content, settings.output)
    cutoff = header_cutoff(text.lock.header)
    lock = replace(text.lock, cutoff=parse_cutoff(cutoff, now=0)) if cutoff else text.lock
    problems = tuple((problem.line, problem.what) for problem in text.problems)
    return LockFile(content=content, lock=lock, layout=text.layout, problems=problems)


def layout_of(settings: LockSettings, file: LockFile, index_lines: tuple[str, ...]) -> Layout:
    """How the new text is laid out: as said, else as the file is, else uv's layout with extras stripped.

    `index_lines` are the index options to write above the pins.
    """
    layout = file.layout or Layout()
    shows_extras = file.lock is not None and any(pin.extras for pin in file.lock.pins)
    strip = not shows_extras if settings.strip_extras is None else settings.strip_extras
    annotate = layout.annotate if settings.annotate is None else settings.annotate
    style: Literal["split", "line"] = layout.annotation_style
    if settings.annotation_style:
        style = "line" if settings.annotation_style == "line" else "split"
    return replace(
        layout,
        strip_extras=strip,
        annotate=annotate,
        annotation_style=style,
        options=index_lines,
    )


def without_pins(layout: Layout, names: Collection[str]) -> Layout:
    """The layout that mentions `names` as left out of the lock; as it is where there are none."""
    if not names:
        return layout
    return replace(layout, omitted=tuple(sorted(names)), unsafe_heading=(_LEFT_OUT,))


def rendered(
    lock: Lock,
    file: LockFile,
    layout: Layout,
    settings: LockSettings,
    answer: Solved,
    command: str,
    *,
    pylock: bool,
) -> str:
    """The text of the new lock. The recorded cutoff of a rolling bound moves only when the rest does."""
    rolling = is_duration(settings.exclude_newer) if settings.exclude_newer else False
    kept = file.lock.cutoff if file.lock and rolling else None
    if kept is not None:
        same = _text(replace(lock, cutoff=kept), layout, settings, answer, command, pylock=pylock)
        if file.content == same.encode():
            return same
    return _text(lock, layout, settings, answer, command, pylock=pylock)


def _text(
    lock: Lock, layout: Layout, settings: LockSettings, answer: Solved, command: str, *, pylock: bool
) -> str:
    if pylock:
        return _pylock_text(lock, settings, answer)
    if settings.header is False:
        return write_lock_text(replace(lock, header=()), layout)
    cutoff = cutoff_text(lock.cutoff) if lock.cutoff is not None else ""
    return write_lock_text(replace(lock, header=lock_header(command, cutoff=cutoff, layout=layout)), layout)


def _pylock_text(lock: Lock, settings: LockSettings, answer: Solved) -> str:
    from pinkit.formats.pylock_writer import write_pylock
    from pinkit.resolve.environments import environments

    single = not settings.targets and not settings.universal
    markers = environments(answer.lanes)
    return write_pylock(replace(lock, environments=() if single and not markers else markers))
