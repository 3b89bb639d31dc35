"""The shapes of what is sent and answered: JSON Schema, as much of it as is used here. Pure.

The document shows them, and what a program sends is held against them before a verb is asked.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from vaiti.web.http.problems import Problem

Shape = Mapping[str, Any]
MAX_INT: Final = 2**53 - 1  # what every reader of JSON holds exactly
NO_NUL: Final = r"^[^\u0000]*$"
_UNFIT: Final = re.compile("[\x00\ud800-\udfff]")
"""What no text of ours holds: PostgreSQL keeps no NUL, and half a surrogate is no character."""


def text(about: str = "", *, most: int = 200, pattern: str = "", example: str = "") -> Shape:
    shape = {"type": "string", "maxLength": most, "pattern": pattern or NO_NUL}
    return _about(shape, about, example)


def choice(options: Sequence[str], about: str = "") -> Shape:
    return _about({"type": "string", "enum": list(options)}, about)


def whole(about: str = "", *, least: int = 0, most: int = MAX_INT) -> Shape:
    return _about({"type": "integer", "minimum": least, "maximum": most}, about)


def truth(about: str = "") -> Shape:
    return _about({"type": "boolean"}, about)


def an_id(about: str = "") -> Shape:
    shape = {"type": "string", "pattern": "^[0-9a-f]{32}$", "maxLength": 32}
    return _about(shape, about, "0f" * 16)


def day(about: str = "") -> Shape:
    shape = {"type": "string", "format": "date", "pattern": "^20[0-9]{2}-[01][0-9]-[0-3][0-9]$"}
    return _about(shape, about, "2026-11-23")


def instant(about: str = "") -> Shape:
    """In UTC."""
    return _about({"type": "string", "format": "date-time"}, about, "2026-11-23T12:00:00Z")


def several(of: Shape, about: str = "", *, most: int = 1000) -> Shape:
    return _about({"type": "array", "items": of, "maxItems": most}, about)


def or_nothing(shape: Shape) -> Shape:
    return {"anyOf": [shape, {"type": "null"}]}


def record(parts: Mapping[str, Shape], about: str = "", *, without: Sequence[str] = ()) -> Shape:
    """`without` names the parts that may be missing. There are no others."""
    return _about(
        {
            "type": "object",
            "properties": dict(parts),
            "required": [name for name in parts if name not in without],
            "additionalProperties": False,
        },
        about,
    )


def anything(about: str = "") -> Shape:
    """An object in somebody else's words: whoever takes it looks for what it needs."""
    free = {"type": "object", "properties": {}, "required": [], "additionalProperties": True}
    return _about(free, about)


def _about(shape: Shape, about: str, example: str = "") -> Shape:
    told = {"description": about} if about else {}
    return {**shape, **told, **({"examples": [example]} if example else {})}


def check(shape: Shape, value: object, at: str = "") -> None:
    """Raises Problem 400 that names the place."""
    if "anyOf" in shape:
        if value is not None:
            check(shape["anyOf"][0], value, at)
        return
    _KINDS[shape["type"]](shape, value, at)


def _wrong(at: str, sentence: str) -> Problem:
    return Problem(400, sentence, at)


def _check_text(shape: Shape, value: object, at: str) -> None:
    if not isinstance(value, str) or _UNFIT.search(value):
        raise _wrong(at, "this is a text")
    if "enum" in shape and value not in shape["enum"]:
        raise _wrong(at, f"this is one of {', '.join(shape['enum'])}")
    if len(value) > shape.get("maxLength", len(value)):
        raise _wrong(at, f"this has at most {shape['maxLength']} characters")
    # JSON Schema's $ is the end, and not also the place before a last line break
    if "pattern" in shape and not re.fullmatch(shape["pattern"].strip("^$"), value):
        raise _wrong(at, f"this is written as {shape['pattern']}")
    if shape.get("format") == "date":
        _check_day(value, at)


def _check_day(value: str, at: str) -> None:
    try:
        date.fromisoformat(value)
    except ValueError as error:
        raise _wrong(at, "there is no such day") from error


def _check_whole(shape: Shape, value: object, at: str) -> None:
    if type(value) is not int or not shape["minimum"] <= value <= shape["maximum"]:
        bounds = f"{shape['minimum']} to {shape['maximum']}"
        raise _wrong(at, f"this is a whole number from {bounds}")


def _check_truth(shape: Shape, value: object, at: str) -> None:
    if not isinstance(value, bool):
        raise _wrong(at, "this is true or false")


def _check_several(shape: Shape, value: object, at: str) -> None:
    if not isinstance(value, list) or len(value) > shape["maxItems"]:
        raise _wrong(at, f"this is a list of at most {shape['maxItems']}")
    for place, one in enumerate(value):
        check(shape["items"], one, f"{at}/{place}")


def _check_record(shape: Shape, value: object, at: str) -> None:
    if not isinstance(value, dict):
        raise _wrong(at, "this is an object")
    if shape["additionalProperties"]:
        return
    parts = shape["properties"]
    if set(value) - set(parts):
        raise _wrong(at, f"there is nothing here but {', '.join(parts)}")
    for name in shape["required"]:
        if name not in value:
            raise _wrong(f"{at}/{name}", "this is missing")
    for name, one in value.items():
        check(parts[name], one, f"{at}/{name}")


_KINDS = {
    "string": _check_text,
    "integer": _check_whole,
    "boolean": _check_truth,
    "array": _check_several,
    "object": _check_record,
}


def from_query(shape: Shape, written: str, at: str) -> object:
    """The value that a parameter of an address spells. Raises Problem 400."""
    value: object = written
    if shape["type"] == "integer" and re.fullmatch(r"-?(?:0|[1-9][0-9]{0,17})", written):
        value = int(written)
    if shape["type"] == "boolean":
        value = {"true": True, "false": False}.get(written, written)
    check(shape, value, at)
    return value


def as_id(value: object) -> UUID:
    """Of a text that was held against `an_id`."""
    return UUID(hex=str(value))
