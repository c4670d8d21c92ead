"""Frozen values that cost little to define.

They are what `@dataclass(frozen=True, slots=True, kw_only=True)` makes, without compiling six methods for each class,
which was a third of the start of a warm lock. To type checkers `frozen_value` is `dataclasses.dataclass`;
`dataclasses.replace`, `fields` and `asdict` work on its classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["frozen_value"]

if TYPE_CHECKING:
    from dataclasses import dataclass as frozen_value
else:
    import dataclasses

    _MISSING = dataclasses.MISSING
    _REQUIRED = object()

    def frozen_value(*, frozen, slots, kw_only):
        """A decorator that makes a frozen, slotted class with keyword-only fields; other kinds are not offered."""
        if not (frozen and slots and kw_only):
            raise TypeError(
                "a value is frozen, slotted and keyword-only; use dataclasses.dataclass for others"
            )
        return _made

    def _made(cls):
        annotations = cls.__dict__.get("__annotations__", {})  # noqa: RUF063 - importing inspect costs what is saved
        fields = {name: _field(cls, name, kind) for name, kind in annotations.items()}
        body = {name: member for name, member in cls.__dict__.items() if name not in fields}
        for name in ("__dict__", "__weakref__"):
            body.pop(name, None)
        names = tuple(fields)
        body |= {
            "__slots__": names,
            "__match_args__": (),
            "__dataclass_fields__": fields,
            "__dataclass_params__": _PARAMETERS,
            "__qualname__": cls.__qualname__,
            "__init__": _init(cls.__name__, fields, "__post_init__" in body),
            "__eq__": _equal(names),
            "__hash__": _hashed(names),
            "__repr__": _shown,
            "__setattr__": _refuse_setting,
            "__delattr__": _refuse_deleting,
            "__getstate__": _state,
            "__setstate__": _restore,
        }
        return type(cls)(cls.__name__, cls.__bases__, body)

    def _field(cls, name, kind):
        default = cls.__dict__.get(name, _MISSING)
        found = default if isinstance(default, dataclasses.Field) else dataclasses.field(default=default)
        found.name, found.type, found.kw_only = name, kind, True
        found._field_type = dataclasses._FIELD
        return found

    def _init(title, fields, after):
        defaults = {
            name: _REQUIRED if field.default is _MISSING else field.default for name, field in fields.items()
        }
        factories = tuple(
            (name, field.default_factory)
            for name, field in fields.items()
            if field.default_factory is not _MISSING
        )
        size = len(defaults)
        put = object.__setattr__

        def __init__(self, /, **given):  # noqa: N807
            values = {**defaults, **given}
            for name, make in factories:
                if name not in given:
                    values[name] = make()
            if len(values) != size or _REQUIRED in values.values():
                raise TypeError(_complaint(title, fields, given))
            for name, content in values.items():
                put(self, name, content)
            if after:
                self.__post_init__()

        return __init__

    def _complaint(title, fields, given):
        strange = sorted(given.keys() - fields.keys())
        if strange:
            return f"{title} has no field {', '.join(strange)}"
        needed = [
            name
            for name, field in fields.items()
            if name not in given and field.default is _MISSING and field.default_factory is _MISSING
        ]
        return f"{title} needs {', '.join(needed)}"

    def _equal(names):
        def __eq__(self, other):  # noqa: N807
            if other.__class__ is not self.__class__:
                return NotImplemented
            return all(getattr(self, name) == getattr(other, name) for name in names)

        return __eq__

    def _hashed(names):
        def __hash__(self):  # noqa: N807
            return hash(tuple([getattr(self, name) for name in names]))

        return __hash__

    def _shown(self):
        inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{self.__class__.__qualname__}({inside})"

    def _refuse_setting(self, name, _content):
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def _refuse_deleting(self, name):
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def _state(self):
        return [getattr(self, name) for name in self.__slots__]

    def _restore(self, state):
        for name, content in zip(self.__slots__, state, strict=True):
            object.__setattr__(self, name, content)

    class _Sample:
        pass

    _PARAMETERS = dataclasses.dataclass(_Sample).__dataclass_params__
