"""Frozen dataclasses and named tuples to JSON and back: how the state of a home is kept between two looks at it."""

import types
from collections.abc import Hashable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
_PLAIN = (int, float, str)


def pack(value: Any) -> Any:
    """A dataclass or named tuple becomes an object, a tuple a list; numbers, texts and None stay."""
    if value is None or isinstance(value, _PLAIN):
        return value
    names = _names(cast(Hashable, type(value)))
    if names:
        return {name: pack(getattr(value, name)) for name in names}
    if isinstance(value, tuple) and value and isinstance(value[0], _PLAIN):
        return list(value)  # hundreds of numbers in each home's rhythm
    if isinstance(value, Mapping):
        return {key: pack(one) for key, one in value.items()}
    if isinstance(value, (tuple, list)):
        return [pack(one) for one in value]
    return value


def unpack(kind: type[T], data: Mapping[str, Any]) -> T:
    """What was packed again. A field that is not there keeps its default, so that older states can still be read."""
    hints = _hints(cast(Hashable, kind))
    return kind(**{name: _value(hints[name], data[name]) for name in hints if name in data})


@cache
def _names(kind: Any) -> tuple[str, ...]:
    """The fields of a dataclass or named tuple; none of anything else."""
    return tuple(one.name for one in fields(kind)) if is_dataclass(kind) else getattr(kind, "_fields", ())


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {name: hints[name] for name in _names(kind)}


def _value(hint: Any, data: Any) -> Any:
    origin = get_origin(hint)
    if data is None:
        return None
    if origin in (Union, types.UnionType):
        return _value(next(one for one in get_args(hint) if one is not type(None)), data)
    if _names(hint):
        return unpack(hint, data)
    if origin is tuple:
        inner = get_args(hint)[0]
        return tuple(data) if inner in (int, float, str) else tuple(_value(inner, one) for one in data)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        inner = get_args(hint)[1]
        return {key: _value(inner, one) for key, one in data.items()}
    return data
