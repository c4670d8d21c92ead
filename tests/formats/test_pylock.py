from __future__ import annotations

import tomllib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.pylock import Pylock
from packaging.tags import Tag

from pinkit.errors import UsageError
from pinkit.formats.pylock_reader import is_pylock_name, read_pylock
from pinkit.formats.pylock_writer import write_pylock
from pinkit.model.distribution import Distribution
from pinkit.model.lock import ArchiveSource, DirectorySource, Edge, Lock, Pin, VcsSource

INDEX = "https://index.example/simple/"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def digest(number):
    return f"sha256:{number:064x}"


def file(filename, number, **facts):
    facts = {"size": 10, "upload_time": 1_767_225_600, "hashes": (digest(number),)} | facts
    return Distribution(filename=filename, url=f"https://files.example/{filename}", **facts)


ALPHA = Pin(
    name="alpha",
    version="1.0",
    marker="python_version < '3.12'",
    index=INDEX,
    via=("-r r.in", "beta"),
    extras=("x",),
    requires_python=">=3.9",
    dependencies=(Edge(name="beta", version="2.0"),),
    distributions=(
        file("alpha-1.0-cp311-cp311-win_amd64.whl", 1),
        file("alpha-1.0-py3-none-any.whl", 2, size=None, upload_time=None),
        file("alpha-1.0.tar.gz", 3),
    ),
)
ALPHA2 = replace(
    ALPHA,
    version="2.0",
    marker="python_version >= '3.12'",
    distributions=(file("alpha-2.0-py3-none-any.whl", 4),),
)
BETA = Pin(
    name="beta",
    version="2.0",
    index=INDEX,
    dependencies=(
        Edge(name="alpha", version="1.0"),
        Edge(name="alpha", version="2.0"),
        Edge(name="alpha", version="2.0"),
    ),
    distributions=(file("Beta-2.0.zip", 5), file("beta-2.0.tar.gz", 6)),
)
LOCK = Lock(
    pins=(ALPHA, ALPHA2, BETA),
    requires_python=">=3.11",
    environments=("sys_platform == 'linux'",),
    cutoff=1_767_225_661,
    header=("# made by hand", "#    again"),
)
TEXT = f"""\
# made by hand
#    again
lock-version = "1.0"
environments = [
    "sys_platform == 'linux'",
]
requires-python = ">=3.11"
created-by = "pinkit"

[[packages]]
name = "alpha"
version = "1.0"
marker = "python_version < '3.12'"
requires-python = ">=3.9"
index = "{INDEX}"
dependencies = [
    {{name = "beta"}},
]
sdist = {{name = "alpha-1.0.tar.gz", upload-time = 2026-01-01T00:00:00Z, url = "https://files.example/alpha-1.0.tar.gz", size = 10, hashes = {{sha256 = "{3:064x}"}}}}
wheels = [
    {{name = "alpha-1.0-cp311-cp311-win_amd64.whl", upload-time = 2026-01-01T00:00:00Z, url = "https://files.example/alpha-1.0-cp311-cp311-win_amd64.whl", size = 10, hashes = {{sha256 = "{1:064x}"}}}},
    {{name = "alpha-1.0-py3-none-any.whl", url = "https://files.example/alpha-1.0-py3-none-any.whl", hashes = {{sha256 = "{2:064x}"}}}},
]
tool = {{pinkit = {{extras = ["x"], via = ["-r r.in"]}}}}

[[packages]]
name = "alpha"
version = "2.0"
marker = "python_version >= '3.12'"
requires-python = ">=3.9"
index = "{INDEX}"
dependencies = [
    {{name = "beta"}},
]
wheels = [
    {{name = "alpha-2.0-py3-none-any.whl", upload-time = 2026-01-01T00:00:00Z, url = "https://files.example/alpha-2.0-py3-none-any.whl", size = 10, hashes = {{sha256 = "{4:064x}"}}}},
]
tool = {{pinkit = {{extras = ["x"], via = ["-r r.in"]}}}}

[[packages]]
name = "beta"
version = "2.0"
index = "{INDEX}"
dependencies = [
    {{name = "alpha", version = "1.0"}},
    {{name = "alpha", version = "2.0"}},
]
sdist = {{name = "beta-2.0.tar.gz", upload-time = 2026-01-01T00:00:00Z, url = "https://files.example/beta-2.0.tar.gz", size = 10, hashes = {{sha256 = "{6:064x}"}}}}

[tool.pinkit]
cutoff = 2026-01-01T00:01:01Z
"""  # noqa: E501


def read(text):
    return read_pylock(text.encode(), "pylock.toml")


def validated(text):
    return Pylock.from_dict(tomllib.loads(text))


def one(pin):
    text = write_pylock(Lock(pins=(pin,)))
    validated(text)
    (found,) = read(text).pins
    return found, text


def test_the_text():
    assert write_pylock(LOCK) == TEXT
    validated(TEXT)


def test_what_is_written_is_read_and_written_again():
    found = read(TEXT)
    assert write_pylock(found) == TEXT
    assert found.cutoff == LOCK.cutoff
    assert (found.requires_python, found.environments, found.header) == (
        LOCK.requires_python,
        LOCK.environments,
        LOCK.header,
    )
    alpha = found.pins[0]
    assert (alpha.extras, alpha.via) == (("x",), ("-r r.in",))
    assert alpha.dependencies == (Edge(name="beta"),)
    assert found.pins[2].dependencies == (
        Edge(name="alpha", version="1.0"),
        Edge(name="alpha", version="2.0"),
    )


def test_pins_and_hashes_know_their_lines():
    alpha, _, beta = read(TEXT).pins
    lines = TEXT.splitlines()
    assert lines[alpha.line - 1] == "[[packages]]"
    assert alpha.line == 10
    assert alpha.hashes == (digest(3), digest(1), digest(2))
    assert all(
        f"{number:064x}" in lines[at - 1] for number, at in zip((3, 1, 2), alpha.hash_lines, strict=True)
    )
    assert beta.hash_lines == (48,)


@pytest.mark.parametrize(
    ("python", "tag", "expected"),
    [
        ("3.11", "cp311-cp311-win_amd64", ["alpha-1.0-cp311-cp311-win_amd64.whl", "beta-2.0.tar.gz"]),
        ("3.11", "py3-none-any", ["alpha-1.0-py3-none-any.whl", "beta-2.0.tar.gz"]),
        ("3.12", "py3-none-any", ["alpha-2.0-py3-none-any.whl", "beta-2.0.tar.gz"]),
        ("3.11", "cp313-none-any", ["alpha-1.0.tar.gz", "beta-2.0.tar.gz"]),
    ],
)
def test_installers_select_the_pins_of_their_environment(python, tag, expected):
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.1",
        "sys_platform": "linux",
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_system": "Linux",
        "platform_release": "",
        "platform_version": "",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "implementation_version": f"{python}.1",
    }
    chosen = validated(TEXT).select(environment=environment, tags=[Tag(*tag.split("-"))])
    assert [distribution.filename for _, distribution in chosen] == expected


@pytest.mark.parametrize(
    "source",
    [
        VcsSource(
            kind="git",
            url="https://h.example/r.git",
            commit=COMMIT,
            requested_revision="v1",
            subdirectory="s",
        ),
        VcsSource(kind="git", url="../r", commit=COMMIT),
        DirectorySource(path="./pkg", editable=True, subdirectory="s"),
        DirectorySource(path="pkg"),
        ArchiveSource(
            url="https://h.example/a.zip", hashes=(digest(1), "sha512:" + "b" * 128), size=3, subdirectory="s"
        ),
        ArchiveSource(path="dist/a.zip", hashes=(digest(1),)),
    ],
)
def test_sources(source):
    found, _ = one(Pin(name="a", version="1", source=source, hashes=getattr(source, "hashes", ())))
    assert found.source == source
    assert found.hashes == getattr(source, "hashes", ())
    assert found.version == ("" if isinstance(source, DirectorySource) else "1")


def test_an_index_without_a_url_is_noted_apart():
    found, text = one(replace(BETA, dependencies=(), index="internal"))
    assert 'tool = {pinkit = {index = "internal"}}' in text
    assert "\nindex" not in text
    assert found.index == "internal"


def test_an_archive_takes_its_hashes_from_the_pin():
    found, _ = one(
        Pin(name="a", version="1", source=ArchiveSource(url="https://h.example/a.zip"), hashes=(digest(7),))
    )
    assert found.hashes == (digest(7),)


@pytest.mark.parametrize(
    ("specifier", "written"),
    [
        (">=3.9,<4", ">=3.9"),
        ("~=3.9, !=3.9.1", ">=3.9,!=3.9.1"),
        ("<3.13", ""),
        ("> 3.8 , <= 3.12", ">3.8"),
        ("==3.*", ""),
        ("", ""),
    ],
)
def test_upper_bounds_of_requires_python_are_not_written(specifier, written):
    found, _ = one(replace(BETA, dependencies=(), requires_python=specifier))
    assert found.requires_python == written


def test_files_that_the_standard_has_no_room_for_are_left_out():
    strange = [
        "beta-2.0-py3.9.egg",
        "beta-2.0.exe",
        "other-2.0-py3-none-any.whl",
        "beta-2.1-py3-none-any.whl",
        "beta-2.0-x-py3-none-any.whl",
        "be__ta-2.0-py3-none-any.whl",
        "beta-2.0.tar.bz2",
        "beta-nonsense.zip",
    ]
    good = ["beta-2-1-py3-none-any.whl", "beta-2.0-py3-none-any.whl", "beta-2.0.zip"]
    files = tuple(file(name, number) for number, name in enumerate([*strange, *good]))
    found, _ = one(replace(BETA, dependencies=(), distributions=files))
    assert sorted(item.filename for item in found.distributions) == good


def test_local_files_are_written_as_paths():
    found, text = one(
        replace(
            BETA, dependencies=(), distributions=(replace(file("beta-2.0.zip", 1), url="links/beta-2.0.zip"),)
        )
    )
    assert 'path = "links/beta-2.0.zip"' in text
    assert found.distributions[0].url == "links/beta-2.0.zip"


def test_an_empty_lock_and_its_extras_and_groups():
    lock = Lock(pins=(), extras=("a",), groups=("dev",))
    assert read(write_pylock(lock)) == lock


def test_several_hashes_and_odd_texts():
    odd = 'a"b\\c\n\x01\x7fé'
    pin = replace(
        BETA,
        dependencies=(),
        via=(f"-r {odd}",),
        distributions=(file("beta-2.0.zip", 1, hashes=("sha512:" + "b" * 128, digest(1))),),
    )
    found, _ = one(replace(pin, index=f"https://x.example/{odd}"))
    assert found.via == (f"-r {odd}",)
    assert found.hashes == (digest(1), "sha512:" + "b" * 128)
    quoted = replace(pin, distributions=(replace(pin.distributions[0], url='https://x.example/a"b'),))
    assert one(quoted)[0].distributions[0].url == 'https://x.example/a"b'


@pytest.mark.parametrize(
    ("pin", "message"),
    [
        pytest.param(Pin(name="a", version="1"), "no file of a 1 can stand", id="no-file"),
        pytest.param(
            replace(BETA, distributions=(file("beta-2.0.zip", 1, hashes=()),)),
            "beta-2.0.zip has no hash",
            id="no-hash",
        ),
        pytest.param(
            Pin(name="a", version="", source=VcsSource(kind="git", url="u", commit="")),
            "not locked to a commit",
            id="no-commit",
        ),
        pytest.param(Pin(name="a", version="", source=ArchiveSource(url="u")), "a has no hash", id="archive"),
    ],
)
def test_what_cannot_be_written_is_an_error(pin, message):
    with pytest.raises(UsageError, match=message):
        write_pylock(Lock(pins=(pin,)))


@pytest.mark.parametrize(
    ("change", "message", "why"),
    [
        pytest.param(('lock-version = "1.0"', ""), "lock-version: not a valid", "Missing", id="no-version"),
        pytest.param(
            ('lock-version = "1.0"', 'lock-version = "2.0"'), "version 2.0 is not supported", "", id="version"
        ),
        pytest.param(
            ('name = "beta"\nversion', 'name = "Be_ta"\nversion'),
            r"packages\[2\].name",
            "not normalized",
            id="name",
        ),
        pytest.param(
            ('marker = "python_version <', 'marker = "python <'), r"packages\[0\].marker", "", id="marker"
        ),
        pytest.param(
            ("alpha-2.0-py3-none-any.whl", "gamma-2.0-py3-none-any.whl"),
            r"packages\[1\].wheels\[0\]",
            "not consistent",
            id="file",
        ),
        pytest.param(("[[packages]]", "[[packages]"), "pylock.toml:10: no TOML", "", id="toml"),
    ],
)
def test_invalid_files_are_named_by_key(change, message, why):
    with pytest.raises(UsageError, match=message) as caught:
        read(TEXT.replace(*change))
    assert why in caught.value.why


def test_files_of_other_makers():
    wheel = f'url = "https://h.example/a%2Db/a-1%2E0-py3-none-any.whl", hashes = {{sha256 = "{1:064x}"}}'
    noted = 'tool = {pinkit = {via = "x", extras = [1]}}'
    lines = [
        'lock-version = "1.0"',
        'created-by = "x"',
        "packages = [",
        '{name = "a", version = "1", dependencies = [{name = "b"}, {other = 1}], '
        f"{noted}, wheels = [{{upload-time = 2026-01-01T00:00:00, {wheel}}}]}},",
        f'{{name = "b", version = "1", sdist = {{path = "x\\\\b-1.tar.gz", hashes = {{sha256 = "{2:064x}"}}}}}},',
        "]",
        "[tool]",
        'pinkit = "none of ours"',
    ]
    text = "\n".join(lines)
    found = read(text)
    a, b = found.pins
    assert (a.line, a.hash_lines, a.via, a.extras, found.cutoff) == (0, (0,), (), (), None)
    assert (a.distributions[0].filename, a.distributions[0].upload_time) == (
        "a-1.0-py3-none-any.whl",
        1_767_225_600,
    )
    assert a.dependencies == (Edge(name="b"), Edge(name=""))
    assert b.distributions[0].filename == "b-1.tar.gz"


@pytest.mark.parametrize(
    ("path", "valid"),
    [
        ("pylock.toml", True),
        ("x/pylock.dev.toml", True),
        ("pylock.a.b.toml", False),
        ("mypylock.toml", False),
        ("r.txt", False),
    ],
)
def test_names(path, valid):
    assert is_pylock_name(path) is valid


pins = st.builds(
    lambda name, version, marker, kinds, number: Pin(
        name=name,
        version=version,
        marker=marker,
        index=INDEX,
        distributions=tuple(file(f"{name}-{version}{kind}", number + at) for at, kind in enumerate(kinds)),
    ),
    st.sampled_from(["a", "b2", "zeta"]),
    st.sampled_from(["1.0", "2!3.1rc1", "1.0+cu12"]),
    st.sampled_from(["", "os_name == 'nt'"]),
    st.lists(
        st.sampled_from(["-py3-none-any.whl", ".tar.gz", "-1-cp311-cp311-win32.whl"]),
        min_size=1,
        max_size=3,
        unique=True,
    ),
    st.integers(0, 1000),
)


@given(st.lists(pins, max_size=5))
@settings(deadline=None)
def test_every_lock_is_valid_and_survives(found):
    text = write_pylock(Lock(pins=tuple(found)))
    validated(text)
    again = read(text)
    assert write_pylock(again) == text
    assert [{*pin.hashes} for pin in again.pins] == [
        {value for item in pin.distributions for value in item.hashes} for pin in found
    ]
