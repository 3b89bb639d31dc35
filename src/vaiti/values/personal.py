"""Personal data that prints as `[personal]` until somebody asks for it by name."""

from typing import Generic, TypeVar

T = TypeVar("T")

REDACTED = "[personal]"


class Personal(Generic[T]):
    """Wraps a value so that `str`, `repr`, `format` and log lines never show it.

    `reveal()` is the one way out, so that every use of the bare value can be searched for.
    """

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        return self._value

    def __str__(self) -> str:
        return REDACTED

    def __repr__(self) -> str:
        return REDACTED

    def __format__(self, spec: str) -> str:
        return REDACTED

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Personal) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str:
        raise TypeError("personal data is not pickled")
