"""A pin's hashes against the files that the index publishes: forged, foreign, weak, missing, late.

A hash is honest when it is the digest of a file of exactly that release on the index that the pin comes from.
Which hashes may be absent is a matter of time: a file uploaded after every file that the lock knows may be
younger than the lock; one uploaded before must have been there when the lock was made, so its hash was removed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pinkit.check.facts import ONE_INDEX
from pinkit.check.findings import on_pin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pinkit.model.distribution import Distribution
    from pinkit.model.finding import Finding
    from pinkit.model.lock import Pin

WEAK = frozenset({"md5", "sha1"})
HEX_DIGITS = {"sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128, "blake2b": 128, "md5": 32, "sha1": 40}
RELEASE_WINDOW_S = 3_600
"""Files of one release are uploaded together: a later one within this time counts as part of it."""

REFRESH = "if this is expected, run `pinkit hash --refresh`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What an index publishes for one pin: the release's files, and every other digest of the project.

    `foreign` maps "algorithm:hex" of the project's other releases to "filename". `cutoff` is the lock's recorded
    upload bound (seconds since the epoch) or None. `vanished` are digests that the index had for the release once.
    `elsewhere` maps digests and URLs of the release's files on other indexes to whose they are, in words.
    """

    files: tuple[Distribution, ...]
    foreign: Mapping[str, str]
    cutoff: int | None = None
    vanished: frozenset[str] = frozenset()
    elsewhere: Mapping[str, str] = field(default_factory=dict)


def hash_findings(lock: str, pin: Pin, published: Published) -> tuple[Finding, ...]:
    """Everything wrong with the pin's hashes, in line order; empty when they are honest and complete.

    Nothing is said of `untold_hashes`: they are no finding, but not checked either.
    """
    known = {digest: file for file in published.files for digest in file.hashes}
    untold = untold_hashes(pin, published)
    found = [
        *_each_hash(lock, pin, known, published, untold),
        *_repeated(lock, pin),
    ]
    # What nothing tells apart may be of any file: then none can be called absent.
    if not untold or not known.keys().isdisjoint(pin.hashes):
        found += _absent(lock, pin, published)
    return tuple(sorted(found, key=lambda finding: (finding.line, finding.kind, finding.message)))


def untold_hashes(pin: Pin, published: Published) -> tuple[str, ...]:
    """Hashes that may be honest or not: of algorithms that the index does not claim for every file."""
    known = {digest for file in published.files for digest in file.hashes}
    strange = [digest for digest in pin.hashes if digest not in known]
    if not strange or not published.files:
        return ()
    whole = claimed_for_all(published.files) | WEAK
    told = (published.elsewhere, published.vanished, published.foreign)
    return tuple(
        digest
        for digest in strange
        if digest.partition(":")[0] not in whole
        and well_formed(digest)
        and not any(digest in place for place in told)
    )


def claimed_for_all(files: Iterable[Distribution]) -> frozenset[str]:
    """The algorithms of which the index claims a digest for every file: a digest that it lacks there is of none."""
    claimed = [_algorithms(file) for file in files]
    return frozenset.intersection(*claimed) if claimed else frozenset()


def untold_why(algorithms: Iterable[str], files: Sequence[Distribution]) -> str:
    """Why digests of the algorithms can be told neither honest nor forged, for a reader."""
    claimed = frozenset().union(*map(_algorithms, files))
    partly = sorted(claimed.intersection(algorithms))
    if partly:
        return f"the index claims {' and '.join(partly)} for some files of the release, not for all"
    return f"the index claims {' and '.join(sorted(claimed))} alone"


def well_formed(digest: str) -> bool:
    """Whether "algorithm:hex" has the algorithm's length, lower-case hex digits, and is not one digit repeated."""
    algorithm, _, text = digest.partition(":")
    return (
        len(text) == HEX_DIGITS.get(algorithm, -1)
        and not set(text) - set("0123456789abcdef")
        and len(set(text)) > 1
    )


def _each_hash(
    lock: str, pin: Pin, known: Mapping[str, Distribution], published: Published, untold: Sequence[str]
) -> Iterator[Finding]:
    foreign = published.foreign
    for position, digest in enumerate(pin.hashes):
        line = pin.hash_lines[position] if position < len(pin.hash_lines) else pin.line
        algorithm = digest.partition(":")[0]
        if algorithm in WEAK:
            message = f"{algorithm} does not protect: files with the same {algorithm} can be made"
            yield on_pin(
                "weak-hash", "error", lock, pin, message, "lock again: pinkit writes sha256", line=line
            )
        elif digest in known:
            continue
        elif not well_formed(digest):
            message = f"{_short(digest)} cannot be the {algorithm or 'hash'} of any file"
            yield on_pin(
                "forged-hash", "error", lock, pin, message, "do not install from this lock", line=line
            )
        elif digest in published.elsewhere:
            message = f"{_short(digest)} is the hash {published.elsewhere[digest]}"
            yield on_pin("confusion", "error", lock, pin, message, ONE_INDEX, line=line)
        elif digest in published.vanished:
            message = f"{_short(digest)} is of a file that the index had and has no more"
            yield on_pin("vanished", "warning", lock, pin, message, REFRESH, line=line)
        elif digest in foreign:
            message = f"{_short(digest)} is the hash of {foreign[digest]}, another release"
            yield on_pin(
                "foreign-hash", "error", lock, pin, message, "do not install from this lock", line=line
            )
        elif digest not in untold:
            message = f"{_short(digest)} is the hash of no file that the index has for this release"
            hint = "the file is gone from the index, or the hash is forged: do not install from this lock"
            yield on_pin("unknown-hash", "error", lock, pin, message, hint, line=line)


def _repeated(lock: str, pin: Pin) -> Iterator[Finding]:
    for digest, count in sorted(Counter(pin.hashes).items()):
        if count > 1:
            last = max(i for i, d in enumerate(pin.hashes) if d == digest)
            line = pin.hash_lines[last] if last < len(pin.hash_lines) else pin.line
            yield on_pin(
                "duplicate", "warning", lock, pin, f"{_short(digest)} stands {count} times", line=line
            )


def _absent(lock: str, pin: Pin, published: Published) -> Iterator[Finding]:
    here = set(pin.hashes)
    present = [file for file in published.files if here.intersection(file.hashes)]
    absent = [file for file in published.files if file.hashes and not here.intersection(file.hashes)]
    if not pin.hashes:
        yield on_pin("missing-hash", "error", lock, pin, "no hash at all", REFRESH)
        return
    newest = max((file.upload_time or 0 for file in present), default=0)
    for file in absent:
        if _was_there(file, newest, published.cutoff):
            message = f"the hash of {file.filename} is missing, though it was there when the lock was made"
            yield on_pin("missing-hash", "error", lock, pin, message, REFRESH)
        else:
            message = f"the lock has no hash of {file.filename}"
            if newest and file.upload_time is not None:
                message = f"{file.filename} was uploaded after the lock was made"
            yield on_pin("late-file", "note", lock, pin, message, "to accept it: `pinkit hash --refresh`")


def _was_there(file: Distribution, newest: int, cutoff: int | None) -> bool:
    if file.upload_time is None or not newest:
        return False
    if cutoff is not None and file.upload_time > cutoff:
        return False
    return file.upload_time <= newest + RELEASE_WINDOW_S


def _short(digest: str) -> str:
    algorithm, _, text = digest.partition(":")
    return f"{algorithm}:{text[:12]}…"


def urls_and_sizes(
    lock: str, pin: Pin, files: Sequence[Distribution], elsewhere: Mapping[str, str] | None = None
) -> tuple[Finding, ...]:
    """Where a pin's own file entries (pylock.toml) differ from the index: URL, size, name (PEP 751).

    `elsewhere` as in `Published`; that a file is missing here and there is told by `hash_findings`.
    """
    elsewhere = elsewhere or {}
    published = {file.filename: file for file in files}
    found = []
    for claimed in pin.distributions:
        real = published.get(claimed.filename)
        if real is None and not elsewhere.keys().isdisjoint(claimed.hashes):
            continue
        if real is None:
            message = f"the index has no {claimed.filename}"
            found.append(on_pin("vanished", "error", lock, pin, message, "lock again"))
            continue
        if claimed.url in elsewhere and not _same_url(claimed.url, real.url):
            message = f"the URL is {elsewhere[claimed.url]}"
            found.append(on_pin("confusion", "error", lock, pin, message, ONE_INDEX))
        elif claimed.url and not _same_url(claimed.url, real.url):
            message = f"{claimed.filename} is not at the URL that the lock names"
            found.append(on_pin("url", "error", lock, pin, message, "do not install from this lock"))
        if None not in (claimed.size, real.size) and claimed.size != real.size:
            message = f"{claimed.filename} has {real.size} bytes, the lock says {claimed.size}"
            found.append(on_pin("size", "error", lock, pin, message, "do not install from this lock"))
        if _algorithms(claimed) & _algorithms(real) and not set(claimed.hashes) & set(real.hashes):
            message = f"the hash of {claimed.filename} is not the one that the index publishes"
            found.append(on_pin("unknown-hash", "error", lock, pin, message, "do not install from this lock"))
    return tuple(found)


def _algorithms(file: Distribution) -> frozenset[str]:
    return frozenset(digest.partition(":")[0] for digest in file.hashes)


def _same_url(claimed: str, real: str) -> bool:
    return claimed.partition("#")[0] == real.partition("#")[0]
