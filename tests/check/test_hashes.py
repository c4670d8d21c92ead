"""Each way in which a pin's hashes can lie is named; an honest pin raises nothing."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinkit.check.facts import fact_findings
from pinkit.check.hashes import Published, hash_findings, urls_and_sizes, well_formed
from pinkit.model.distribution import Distribution, Project
from pinkit.model.lock import Pin

HOUR = 3_600


def sha(text: str, algorithm: str = "sha256") -> str:
    return f"{algorithm}:{hashlib.new(algorithm, text.encode()).hexdigest()}"


def file(name: str, uploaded: int = 1_000, **more: object) -> Distribution:
    return Distribution(
        filename=name,
        url=f"https://index.example/{name}",
        hashes=(sha(name),),
        upload_time=uploaded,
        size=10,
        **more,  # type: ignore[arg-type]
    )


FILES = (file("a-1-py3-none-any.whl"), file("a-1.tar.gz", 1_060))
HONEST = Pin(
    name="a", version="1", hashes=tuple(sorted(f.hashes[0] for f in FILES)), line=3, hash_lines=(4, 5)
)
PUBLISHED = Published(files=FILES, foreign={sha("a-2.tar.gz"): "a-2.tar.gz"})


def kinds(pin: Pin, published: Published = PUBLISHED) -> list[tuple[str, str, int]]:
    return [(f.kind, f.severity, f.line) for f in hash_findings("lock.txt", pin, published)]


def test_an_honest_pin_raises_nothing() -> None:
    assert kinds(HONEST) == []


@pytest.mark.parametrize(
    ("digest", "kind"),
    [
        pytest.param("sha256:" + "0" * 64, "forged-hash", id="zeroed"),
        pytest.param("sha256:" + "ab" * 31, "forged-hash", id="too short"),
        pytest.param("sha256:" + "xy" * 32, "forged-hash", id="no hex"),
        pytest.param("crc:12345678", "forged-hash", id="no such algorithm"),
        pytest.param(sha("something else"), "unknown-hash", id="of nothing there"),
        pytest.param(sha("a-2.tar.gz"), "foreign-hash", id="of another release"),
        pytest.param(sha("x", "md5"), "weak-hash", id="md5"),
        pytest.param(sha("x", "sha1"), "weak-hash", id="sha1"),
    ],
)
def test_a_hash_that_lies_is_named_with_its_line(digest: str, kind: str) -> None:
    added = replace(HONEST, hashes=(*HONEST.hashes, digest), hash_lines=(4, 5, 6))
    assert kinds(added) == [(kind, "error", 6)]


def test_a_repeated_hash_is_named() -> None:
    assert kinds(replace(HONEST, hashes=(*HONEST.hashes, HONEST.hashes[0]), hash_lines=(4, 5, 6))) == [
        ("duplicate", "warning", 6)
    ]


@pytest.mark.parametrize(
    ("uploaded", "cutoff", "kind", "severity"),
    [
        pytest.param(900, None, "missing-hash", "error", id="older than the others: removed"),
        pytest.param(1_060 + HOUR, None, "missing-hash", "error", id="of the same upload: removed"),
        pytest.param(1_061 + HOUR, None, "late-file", "note", id="later: new"),
        pytest.param(1_060 + HOUR, 1_070, "late-file", "note", id="past the recorded cutoff: new"),
    ],
)
def test_what_is_absent_was_removed_or_is_new(
    uploaded: int, cutoff: int | None, kind: str, severity: str
) -> None:
    published = Published(files=(*FILES, file("a-1-cp311-none-any.whl", uploaded)), foreign={}, cutoff=cutoff)
    assert kinds(HONEST, published) == [(kind, severity, 3)]


def test_no_hash_at_all_and_no_upload_times() -> None:
    assert kinds(replace(HONEST, hashes=(), hash_lines=())) == [("missing-hash", "error", 3)]
    untimed = tuple(replace(f, upload_time=None) for f in FILES)
    one = replace(HONEST, hashes=FILES[0].hashes, hash_lines=(4,))
    assert kinds(one, Published(files=untimed, foreign={})) == [("late-file", "note", 3)]


@given(st.integers(0, 63), st.sampled_from("0123456789abcdef"))
def test_any_changed_digit_is_found(position: int, digit: str) -> None:
    algorithm, _, text = HONEST.hashes[0].partition(":")
    changed = f"{algorithm}:{text[:position]}{digit}{text[position + 1 :]}"
    found = kinds(replace(HONEST, hashes=(changed, HONEST.hashes[1])))
    assert (found == []) == (changed == HONEST.hashes[0])


def test_well_formed() -> None:
    assert well_formed(sha("x", "sha512"))
    assert not well_formed("sha256:" + "A" * 64)


@pytest.mark.parametrize(
    ("claimed", "kinds_found"),
    [
        pytest.param(FILES[0], [], id="true"),
        pytest.param(replace(FILES[0], url="https://elsewhere.example/a"), ["url"], id="another host"),
        pytest.param(replace(FILES[0], size=11), ["size"], id="size"),
        pytest.param(replace(FILES[0], hashes=(sha("q"),)), ["unknown-hash"], id="hash"),
        pytest.param(replace(FILES[0], filename="a-1-gone.whl"), ["vanished"], id="gone"),
    ],
)
def test_pylock_entries(claimed: Distribution, kinds_found: list[str]) -> None:
    pin = replace(HONEST, distributions=(claimed,))
    assert [f.kind for f in urls_and_sizes("pylock.toml", pin, FILES)] == kinds_found


@pytest.mark.parametrize(
    ("project", "files", "serving", "expected"),
    [
        pytest.param(Project(name="a", index="one"), FILES, ["one"], [], id="fine"),
        pytest.param(Project(name="a", index="one"), (), ["one"], [("vanished", "error")], id="vanished"),
        pytest.param(
            Project(name="a", index="one"),
            tuple(replace(f, yanked="broken") for f in FILES),
            ["one"],
            [("yanked", "warning")],
            id="yanked",
        ),
        pytest.param(
            Project(name="a", index="one"),
            (replace(FILES[0], yanked=""), FILES[1]),
            ["one"],
            [],
            id="one file yanked",
        ),
        pytest.param(
            Project(name="a", index="one"),
            FILES,
            ["one", "two"],
            [("confusion", "warning")],
            id="served twice",
        ),
        pytest.param(
            Project(name="a", index="one", status="quarantined"),
            FILES,
            ["one"],
            [("vanished", "error")],
            id="status",
        ),
        pytest.param(
            Project(name="a", index="one", status="archived"), FILES, ["one"], [("stale", "note")], id="old"
        ),
    ],
)
def test_facts(
    project: Project, files: tuple[Distribution, ...], serving: list[str], expected: list[tuple[str, str]]
) -> None:
    found = fact_findings("lock.txt", HONEST, project, files, serving)
    assert [(f.kind, f.severity) for f in found] == expected
    assert all(f.line == HONEST.line for f in found)


@pytest.mark.parametrize(
    ("files", "hashes", "said"),
    [
        pytest.param(
            FILES, (sha("forged"),), "the lock has no hash of a-1-py3-none-any.whl", id="nothing to tell by"
        ),
        pytest.param(
            (FILES[0], replace(FILES[1], upload_time=None)),
            FILES[0].hashes,
            "the lock has no hash of a-1.tar.gz",
            id="no time",
        ),
        pytest.param(
            (FILES[0], replace(FILES[1], upload_time=10 * HOUR)),
            FILES[0].hashes,
            "a-1.tar.gz was uploaded after the lock was made",
            id="a time",
        ),
    ],
)
def test_a_file_is_late_only_where_times_say_so(
    files: tuple[Distribution, ...], hashes: tuple[str, ...], said: str
) -> None:
    pin = replace(HONEST, hashes=hashes, hash_lines=(4,))
    found = hash_findings("lock.txt", pin, Published(files=files, foreign={}))
    assert said in [each.message for each in found if each.kind == "late-file"]
