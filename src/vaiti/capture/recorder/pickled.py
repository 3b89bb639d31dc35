"""Objects of the recorder as bytes, for its own memory: each field by its name.

So a newer recorder goes on with what an older one left: a field that it knows and the older one did
not has its default, one that it does not know any more is left out. Only classes of `ALLOWED` are
ever made of bytes. Personal data is wrapped again on the way back; nothing else may pickle it.
"""

import io
import pickle
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from typing import Any

from vaiti.values.personal import Personal

ALLOWED = ("vaiti.capture.", "vaiti.values.", "vaiti.audio.", "vaiti.vault.manifest")
_BUILTINS: Mapping[tuple[str, str], Any] = {
    ("builtins", "set"): set,
    ("builtins", "frozenset"): frozenset,
    ("builtins", "bytearray"): bytearray,
    ("collections", "Counter"): Counter,
    ("collections", "deque"): deque,
}


class NotKnown(ValueError):
    """The bytes are of a recorder whose objects this one does not have."""


def dump(value: object) -> bytes:
    file = io.BytesIO()
    _Pickler(file, pickle.HIGHEST_PROTOCOL).dump(value)
    return file.getvalue()


def load(data: bytes) -> Any:  # noqa: ANN401
    """What `dump` was given. Raises NotKnown."""
    try:
        return _Unpickler(io.BytesIO(data)).load()
    except (pickle.UnpicklingError, EOFError, LookupError, TypeError, ValueError) as error:
        raise NotKnown("what was left behind cannot be read") from error
    except (AttributeError, ImportError) as error:
        raise NotKnown("what was left behind cannot be read") from error


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: object) -> Any:  # noqa: ANN401
        if isinstance(value, Enum):
            return _member, (type(value), value.name)
        if isinstance(value, Personal):
            return Personal, (value.reveal(),)
        if is_dataclass(value) and not isinstance(value, type):
            names = (each.name for each in fields(value))
            return _made, (type(value), {name: getattr(value, name) for name in names})
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401
        if (module, name) in _BUILTINS:
            return _BUILTINS[module, name]
        found = super().find_class(module, name) if module.startswith(ALLOWED) else None
        if found in (_member, _made) or isinstance(found, type):
            return found
        raise pickle.UnpicklingError("an object of another kind")


def _member(kind: type[Enum], name: str) -> Enum:
    return kind[name]


def _made(kind: type, told: Mapping[str, Any]) -> Any:  # noqa: ANN401
    made: Any = object.__new__(kind)
    for each in fields(kind):
        if each.name in told:
            value = told[each.name]
        elif each.default is not MISSING:
            value = each.default
        elif each.default_factory is not MISSING:
            value = each.default_factory()
        else:
            raise KeyError(each.name)
        object.__setattr__(made, each.name, value)
    return made
