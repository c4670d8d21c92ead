"""Single seeded edits of a hashed lock: what an attacker, a bot or a bad merge would do to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(\[[^\]]*\])?==([^\s;\\]+)(.*)$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_LOOKALIKES = {"l": "1", "o": "0", "1": "l", "i": "l", "e": "a", "s": "z", "a": "e", "n": "m", "r": "t"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """`text` is the lock after the edit, `name` the pin it touched ("" for the file), `meaning` whether it matters."""

    kind: str
    text: str
    name: str
    meaning: bool = True


def mutated(kind: str, text: str, rng: random.Random) -> Mutation | None:
    """The lock after one edit of `kind`, chosen by `rng`; None where it cannot be made here."""
    lines = text.split("\n")
    edit = KINDS[kind]
    for _ in range(40):
        done = edit(list(lines), rng)
        if done is not None:
            changed, name = done
            return Mutation(kind=kind, text="\n".join(changed), name=name, meaning=kind not in HARMLESS)
    return None


def _pins(lines: list[str]) -> list[int]:
    return [i for i, line in enumerate(lines) if _PIN.match(line)]


def _hashes(lines: list[str]) -> list[int]:
    return [i for i, line in enumerate(lines) if _HASH.search(line)]


def _owner(lines: list[str], at: int) -> str:
    while not (match := _PIN.match(lines[at])):
        at -= 1
    return match[1]


def _end(lines: list[str], start: int) -> int:
    end = start + 1
    while end < len(lines) and not _PIN.match(lines[end]) and lines[end].startswith((" ", "\t")):
        end += 1
    return end


Edit = tuple[list[str], str] | None


def hex_digit(lines: list[str], rng: random.Random) -> Edit:
    at = rng.choice(_hashes(lines))
    digest = _HASH.search(lines[at])[1]  # type: ignore[index]
    place = rng.randrange(64)
    digit = rng.choice("0123456789abcdef".replace(digest[place], ""))
    lines[at] = lines[at].replace(digest, digest[:place] + digit + digest[place + 1 :])
    return lines, _owner(lines, at)


def zeroed_hash(lines: list[str], rng: random.Random) -> Edit:
    at = rng.choice(_hashes(lines))
    lines[at] = _HASH.sub("--hash=sha256:" + "0" * 64, lines[at])
    return lines, _owner(lines, at)


def deleted_hash(lines: list[str], rng: random.Random) -> Edit:
    at = rng.choice(_hashes(lines))
    name = _owner(lines, at)
    if not lines[at].endswith("\\") and lines[at - 1].endswith("\\"):
        lines[at - 1] = lines[at - 1].removesuffix("\\").rstrip()
    del lines[at]
    return lines, name


def added_hash(lines: list[str], rng: random.Random) -> Edit:
    at = rng.choice(_hashes(lines))
    digest = f"{rng.getrandbits(256):064x}"
    lines.insert(at, f"    --hash=sha256:{digest} \\")
    return lines, _owner(lines, at)


def swapped_hash(lines: list[str], rng: random.Random) -> Edit:
    one, two = rng.choice(_hashes(lines)), rng.choice(_hashes(lines))
    if _owner(lines, one) == _owner(lines, two):
        return None
    stolen = _HASH.search(lines[two])[0]  # type: ignore[index]
    lines[one] = _HASH.sub(stolen, lines[one])
    return lines, _owner(lines, one)


def duplicated_hash(lines: list[str], rng: random.Random) -> Edit:
    at = rng.choice(_hashes(lines))
    lines.insert(at, lines[at].removesuffix("\\").rstrip() + " \\")
    return lines, _owner(lines, at)


def _moved(lines: list[str], rng: random.Random, step: int) -> Edit:
    at = rng.choice(_pins(lines))
    match = _PIN.match(lines[at])
    numbers = re.findall(r"\d+", match[3])  # type: ignore[index]
    last = int(numbers[-1])
    if last + step < 0 or not re.fullmatch(r"[\d.]+", match[3]):  # type: ignore[index]
        return None
    version = match[3][: -len(numbers[-1])] + str(last + step)  # type: ignore[index]
    lines[at] = lines[at].replace(f"=={match[3]}", f"=={version}", 1)  # type: ignore[index]
    return lines, match[1]  # type: ignore[index]


def version_up(lines: list[str], rng: random.Random) -> Edit:
    return _moved(lines, rng, 1)


def version_down(lines: list[str], rng: random.Random) -> Edit:
    return _moved(lines, rng, -1)


def deleted_pin(lines: list[str], rng: random.Random) -> Edit:
    at = rng.choice(_pins(lines))
    name = _owner(lines, at)
    del lines[at : _end(lines, at)]
    return lines, name


def added_pin(lines: list[str], rng: random.Random) -> Edit:
    at = rng.choice(_pins(lines))
    lines[at:at] = ["added-by-nobody==1.0 \\", f"    --hash=sha256:{rng.getrandbits(256):064x}"]
    return lines, "added-by-nobody"


def changed_marker(lines: list[str], rng: random.Random) -> Edit:
    at = rng.choice(_pins(lines))
    match = _PIN.match(lines[at])
    rest = match[4]  # type: ignore[index]
    if ";" in rest:
        lines[at] = lines[at].replace(rest, " \\")
    else:
        marker = rng.choice(["sys_platform == 'win32'", "python_full_version < '3.9'", "os_name == 'nt'"])
        lines[at] = lines[at].replace(f"=={match[3]}", f"=={match[3]} ; {marker}", 1)  # type: ignore[index]
    return lines, match[1]  # type: ignore[index]


def lookalike_name(lines: list[str], rng: random.Random) -> Edit:
    at = rng.choice(_pins(lines))
    name = _owner(lines, at)
    places = [i for i, c in enumerate(name) if c in _LOOKALIKES]
    if not places:
        return None
    place = rng.choice(places)
    other = name[:place] + _LOOKALIKES[name[place]] + name[place + 1 :]
    lines[at] = lines[at].replace(name, other, 1)
    return lines, other


def index_line(lines: list[str], rng: random.Random) -> Edit:
    option = rng.choice(["--index-url", "--extra-index-url"])
    lines.insert(_pins(lines)[0], f"{option} https://index.example/simple/")
    return lines, ""


def via_line(lines: list[str], rng: random.Random) -> Edit:
    at = rng.choice([i for i, line in enumerate(lines) if re.match(r"^    #   \S", line) or "# via " in line])
    lines[at] += "x"
    return lines, _owner(lines, at)


def line_ends(lines: list[str], rng: random.Random) -> Edit:
    return [line + "\r" for line in lines[:-1]] + lines[-1:], ""


KINDS: dict[str, Callable[[list[str], random.Random], Edit]] = {
    edit.__name__: edit
    for edit in (
        hex_digit,
        zeroed_hash,
        deleted_hash,
        added_hash,
        swapped_hash,
        duplicated_hash,
        version_up,
        version_down,
        deleted_pin,
        added_pin,
        changed_marker,
        lookalike_name,
        index_line,
        via_line,
        line_ends,
    )
}
HARMLESS = frozenset({"duplicated_hash", "via_line", "line_ends"})
"""Kinds after which pip installs exactly the same."""
