"""Reads a table of the settings file into the dataclass that declares its keys."""

import difflib
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import SplitResult, urlsplit

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FILE = "vaiti.toml"


class WeakSettings(Exception):
    """The settings cannot be used; the text is a sentence that says what to change."""


Section = TypeVar("Section", bound="DataclassInstance")


def sections(kind: type[Section], document: dict[str, Any], name: str) -> tuple[Section, ...]:
    found = document.get(name, [])
    if not isinstance(found, list):
        raise WeakSettings(f"{name}s are written as [[{name}]], with two brackets")
    return tuple(section(kind, one, f"[[{name}]]") for one in found)


def refuse_unknown(table: dict[str, Any], known: set[str], where: str) -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = (
                f"; did you mean {near[0]}?"
                if near
                else f"; it may have {', '.join(sorted(known))}"
            )
            raise WeakSettings(f"{where} has the unknown key {key}{hint}")


def section(kind: type[Section], table: object, where: str) -> Section:
    if not isinstance(table, dict):
        raise WeakSettings(f"{where} is a table of keys and values")
    declared = fields(kind)
    refuse_unknown(table, {item.name for item in declared}, where)
    values: dict[str, Any] = {
        item.name: value_of(item, table[item.name], where)
        for item in declared
        if item.name in table
    }
    for item in declared:
        required = item.default is MISSING and item.default_factory is MISSING
        if required and item.name not in values:
            raise WeakSettings(f"{where} lacks {item.name}; write it in {FILE}")
    return kind(**values)


def value_of(item: Field[Any], value: object, where: str) -> object:
    """The value in the type that the field declares; lists become tuples of texts."""
    place = f"{item.name} in {where}"
    if item.type in (str, int, bool):
        return typed(value, item.type, place)
    if item.type is float:
        return float(typed(value, int if type(value) is int else float, place))
    if item.type == Mapping[str, str]:
        if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
            raise WeakSettings(f'{place} is a table of texts, such as {{ "a" = "b" }}')
        return dict(value)
    if item.type == Mapping[str, int]:
        if not isinstance(value, dict) or not all(type(one) is int for one in value.values()):
            raise WeakSettings(f'{place} is a table of whole numbers, such as {{ "a" = 1 }}')
        return dict(value)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise WeakSettings(f'{place} is a list of texts, such as ["a", "b"]')
    return tuple(value)


Plain = TypeVar("Plain", str, int, float, bool)
WORDS = {str: "a text in quotes", int: "a whole number", float: "a number", bool: "true or false"}


def typed(value: object, kind: type[Plain], place: str) -> Plain:
    if type(value) is not kind:  # bool is an int to isinstance
        raise WeakSettings(f"{place} is {WORDS[kind]}")
    return value


def port_in_range(port: int, place: str) -> None:
    if not 1 <= port <= 65535:
        raise WeakSettings(f"{place} is from 1 to 65535")


def is_public(host: str, place: str) -> bool:
    """Whether others than this machine can reach a socket bound to `host`."""
    try:
        return not ip_address(host).is_loopback
    except ValueError as error:
        raise WeakSettings(f"{place} is an IP address, such as 127.0.0.1") from error


def read_address(text: str) -> SplitResult | None:
    """The parts of an address; None for what is none: no host, or a port that is none."""
    try:
        parts = urlsplit(text)
        return parts if parts.hostname and parts.port != 0 else None
    except ValueError:
        return None
