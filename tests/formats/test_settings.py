from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from pinkit.errors import UsageError
from pinkit.formats.settings import (
    IndexSetting,
    LockSettings,
    Settings,
    layered,
    read_settings,
)
from pinkit.formats.settings_keys import LOCK_KEYS

DOCUMENT = """\
[project]
name = "x"

[tool.pinkit]
exclude-newer = "2026-11-01"
python = "3.12"
strip-extras = false
indexes = [{name = "main", url = "https://index.example/simple/"}, {url = "https://more.example/simple/"}]

[tool.pinkit.audit]
fail-on = "high"

[[tool.pinkit.lock]]
name = "dev"
inputs = ["dev.in"]
output = "dev.txt"
constraints = ["base", "other.txt"]
exclude-newer = 2026-10-01
exclude-newer-package = {Foo_Bar = "7d", baz = false}
only-binary = ":all:"
no-binary = ["Foo_Bar"]
universal = true

[[tool.pinkit.lock]]
name = "base"
inputs = ["base.in"]
output = "base.txt"
python = "3.13.1"
extras = ["A_b"]
"""


def read(text, file="pyproject.toml"):
    return read_settings(text.encode(), file)


def lock(text):
    (found,) = read(f'[[tool.pinkit.lock]]\ninputs=["r.in"]\noutput="r.txt"\n{text}').locks
    return found


def test_locks_take_what_they_do_not_say_from_the_defaults():
    settings = read(DOCUMENT)
    dev, base = settings.locks
    assert settings.defaults.exclude_newer == "2026-11-01"
    assert dev == LockSettings(
        name="dev",
        inputs=("dev.in",),
        output="dev.txt",
        constraints=("base", "other.txt"),
        python="3.12",
        universal=True,
        exclude_newer="2026-10-01",
        exclude_newer_package=(("baz", "false"), ("foo-bar", "7d")),
        only_binary=(":all:",),
        no_binary=("foo-bar",),
        strip_extras=False,
        indexes=(
            IndexSetting(name="main", url="https://index.example/simple/"),
            IndexSetting(url="https://more.example/simple/"),
        ),
        where="pyproject.toml: tool.pinkit.lock[0]",
    )
    assert (base.python, base.exclude_newer, base.extras, base.universal) == (
        "3.13.1",
        "2026-11-01",
        ("a-b",),
        None,
    )
    assert settings.table("audit") == {"fail-on": "high"}
    assert settings.table("upgrade") == {}


def test_no_configuration():
    assert read("") == Settings(
        file="pyproject.toml", defaults=LockSettings(where="pyproject.toml: tool.pinkit")
    )
    assert read("[project]\nname='x'").locks == ()


def test_a_file_of_its_own_has_the_keys_at_its_top():
    settings = read("python='3.12'\n[[lock]]\ninputs=['a']\noutput='b'\n[upgrade]\nx=1", "pinkit.toml")
    assert (settings.locks[0].name, settings.locks[0].python) == ("b", "3.12")
    assert settings.table("upgrade") == {"x": 1}
    assert read("[[tool.pinkit.lock]]\ninputs=['a']\noutput='b'", "pinkit.toml").locks[0].output == "b"


def test_every_key_has_its_field():
    assert {key.replace("-", "_") for key in LOCK_KEYS} == {field.name for field in fields(LockSettings)} - {
        "where"
    }


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("annotation-style='line'", "annotation_style", "line"),
        ("annotate=false", "annotate", False),
        ("header=false", "header", False),
        ("no-emit-package=['Pip']", "no_emit_package", ("pip",)),
        ("targets=['linux-x86_64-py312']", "targets", ("linux-x86_64-py312",)),
        ("exclude-newer=2026-10-01T12:00:00Z", "exclude_newer", "2026-10-01T12:00:00+00:00"),
        ("python='3.14t'", "python", "3.14t"),
        ("index-strategy='unsafe-best-match'", "index_strategy", "unsafe-best-match"),
        ("only-binary=[':none:', 'A_b']", "only_binary", (":none:", "a-b")),
    ],
)
def test_values(line, field, value):
    assert getattr(lock(line), field) == value


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        pytest.param(
            "pyhton='3.12'", r"tool\.pinkit\.lock\[0\]\.pyhton is no known key", "`python`", id="typo"
        ),
        pytest.param("zzz=1", "zzz is no known key", "known are", id="unknown"),
        pytest.param("python=3.10", r"lock\[0\]\.python is a number", '"3.1"', id="python-number"),
        pytest.param("python='3'", "must be a Python version", "", id="python"),
        pytest.param("python=true", "must be a Python version", "", id="python-type"),
        pytest.param("universal='yes'", "must be true or false", "", id="flag"),
        pytest.param("constraints='x'", "must be an array of strings", "", id="strings"),
        pytest.param("extras=['-x']", "'-x' is no valid name", "", id="name"),
        pytest.param("prerelease='maybe'", "prerelease is 'maybe'", "disallow, allow", id="choice"),
        pytest.param("exclude-newer=1", "must be a string", "", id="moment"),
        pytest.param("exclude-newer-package=['a']", "must be a table", "", id="moments"),
        pytest.param("index-url=''", "must be a string that is not empty", "", id="empty"),
        pytest.param("indexes='x'", "must be an array of {name", "", id="indexes"),
        pytest.param("indexes=[{name='x'}]", r"indexes\[0\]\.url must be a string", "", id="index-url"),
        pytest.param("indexes=[{uri='x'}]", r"indexes\[0\]\.uri is no known key", "`url`", id="index-key"),
        pytest.param(
            "universal=true\ntargets=['x']",
            "universal and targets exclude each other",
            "keep one",
            id="two-scopes",
        ),
    ],
)
def test_errors_name_file_and_key(line, message, hint):
    with pytest.raises(UsageError, match=message) as caught:
        lock(line)
    assert caught.value.what.startswith("pyproject.toml: tool.pinkit.lock[0]")
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("[tool.pinkit]\nlokc=1", "tool.pinkit.lokc is no known key", id="unknown-top"),
        pytest.param("[tool.pinkit]\nlock=1", "tool.pinkit.lock must be an array of tables", id="lock-type"),
        pytest.param(
            "[tool.pinkit]\noutput='x'",
            r"tool.pinkit.output belongs into \[\[tool.pinkit.lock\]\]",
            id="output-top",
        ),
        pytest.param("[tool]\npinkit=1", "tool.pinkit must be a table", id="pinkit-type"),
        pytest.param("[[tool.pinkit.lock]]\noutput='x'", "inputs is missing", id="no-inputs"),
        pytest.param("[[tool.pinkit.lock]]\ninputs=['x']", "output is missing", id="no-output"),
        pytest.param(
            "[[tool.pinkit.lock]]\ninputs=['x']\noutput='x'\n" * 2, "name 'x' is taken", id="same-name"
        ),
        pytest.param(
            "[[tool.pinkit.lock]]\nname='a'\ninputs=['x']\noutput='x'\n[[tool.pinkit.lock]]\nname='b'\ninputs=['x']\noutput='./x'",
            "output 'x' is taken",
            id="same-output",
        ),
        pytest.param("[tool.pinkit]\naudit=1", "audit must be a table", id="audit-type"),
    ],
)
def test_errors_of_the_whole(text, message):
    with pytest.raises(UsageError, match=message):
        read(text)


def made(name, *constraints, inputs=()):
    return LockSettings(
        name=name, output=f"{name}.txt", inputs=inputs or (f"{name}.in",), constraints=constraints
    )


@pytest.mark.parametrize(
    ("locks", "included", "order"),
    [
        pytest.param([made("a"), made("b")], {}, "ab", id="as-given"),
        pytest.param([made("a", "b"), made("b")], {}, "ba", id="by-name"),
        pytest.param([made("a", "./b.txt"), made("b")], {}, "ba", id="by-output"),
        pytest.param([made("a", inputs=("b.txt", "a.in")), made("b")], {}, "ba", id="by-input"),
        pytest.param([made("a"), made("b")], {"a": ["x/../b.txt"]}, "ba", id="by-included-file"),
        pytest.param([made("a", "a.txt"), made("b", "b")], {}, "ab", id="itself-is-no-layer"),
        pytest.param(
            [made("d", "c", "b"), made("c", "a"), made("b", "a"), made("a")], {}, "acbd", id="diamond"
        ),
        pytest.param([made("a", "elsewhere.txt")], {}, "a", id="other-files"),
    ],
)
def test_layers_come_after_what_they_stand_on(locks, included, order):
    assert "".join(item.name for item in layered(locks, included)) == order


def test_a_circle_of_layers_is_shown():
    with pytest.raises(UsageError, match="in a circle") as caught:
        layered([made("a", "b"), made("b", "c.txt"), made("c", "b")])
    assert caught.value.why == "b -> c -> b"


@given(st.lists(st.lists(st.integers(0, 7), max_size=3), min_size=8, max_size=8), st.permutations(range(8)))
@limits(deadline=None)
def test_layers_never_precede_their_base(wishes, order):
    locks = [made(f"n{n}", *[f"n{below}" for below in wishes[n] if below < n]) for n in range(8)]
    place = {item.name: at for at, item in enumerate(layered([locks[n] for n in order]))}
    assert len(place) == 8
    assert all(place[below] < place[item.name] for item in locks for below in item.constraints)
