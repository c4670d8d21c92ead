"""Frozen values behave as the dataclasses that type checkers take them for."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import pytest

from pinkit.model.value import frozen_value


@frozen_value(frozen=True, slots=True, kw_only=True)
class Light:
    """A value."""

    name: str
    size: int = 1
    tags: tuple[str, ...] = dataclasses.field(default_factory=lambda: ("x",))

    def __post_init__(self) -> None:
        if self.size < 0:
            raise ValueError("negative")

    @property
    def double(self) -> int:
        return self.size * 2


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Real:
    """A dataclass."""

    name: str
    size: int = 1
    tags: tuple[str, ...] = dataclasses.field(default_factory=lambda: ("x",))


@pytest.mark.parametrize("kind", [Light, Real])
def test_it_is_what_a_dataclass_is(kind: type) -> None:
    one, same, other = kind(name="a"), kind(name="a", tags=("x",)), kind(name="b", size=2)
    assert one == same
    assert one != other
    assert one != "a"
    assert hash(one) == hash(same)
    assert repr(one) == f"{kind.__name__}(name='a', size=1, tags=('x',))"
    assert dataclasses.replace(one, size=3).size == 3
    assert dataclasses.asdict(other) == {"name": "b", "size": 2, "tags": ("x",)}
    assert [field.name for field in dataclasses.fields(kind)] == ["name", "size", "tags"]
    assert dataclasses.is_dataclass(one)
    assert pickle.loads(pickle.dumps(other)) == other
    assert copy.deepcopy(other) == other
    assert not hasattr(one, "__dict__")
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.size = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        del one.size
    with pytest.raises((AttributeError, TypeError)):
        one.colour = 2


@pytest.mark.parametrize("arguments", [{}, {"size": 1}, {"name": "a", "colour": 1}])
@pytest.mark.parametrize("kind", [Light, Real])
def test_wrong_arguments_are_refused(kind: type, arguments: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        kind(**arguments)


def test_members_and_checks_stay() -> None:
    assert Light(name="a", size=4).double == 8
    with pytest.raises(ValueError, match="negative"):
        Light(name="a", size=-1)
    with pytest.raises(TypeError):
        frozen_value(frozen=False, slots=True, kw_only=True)
