"""SCIM 2.0 documents as identity providers really send them, read into what we keep. Pure.

Deviations that are understood: `active` as "False", operations in any case, a value without a path
or written as a text, a manager as a plain id or as an object, paths with or without the schema's
name, names in parts. What we do not keep (mail addresses, telephones, titles) is passed over: RFC
7644 allows that. What we do keep is never passed over: a path to it that cannot be read is refused.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MAX_OPERATIONS = 100
KEPT = {
    "username",
    "externalid",
    "displayname",
    "preferredlanguage",
    "active",
    "manager",
    "members",
}
ONE_MANAGER = re.compile(r'manager\[\s*value\s+eq\s+"[^"]*"\s*\](\.value)?')
Changes = dict[str, Any]
"""What is to be: login, external_id, name, language, active, manager. None takes it away."""


class ScimFault(ValueError):
    """A request that cannot be carried out: `status`, and `kind` of RFC 7644, table 9."""

    def __init__(self, status: int, kind: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.kind = status, kind


@dataclass(frozen=True)
class ScimRules:
    """For whom new people work (empty: the controller), and the role they get (empty: none).

    `roles` maps groups to roles: by their externalId, or by their name where they have none.
    """

    employer: str = ""
    role: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)


def whole(document: object) -> Changes:
    """What a created or replaced user is to be; what is not given is taken away."""
    given = read_object(document)
    if CORE not in (given.get("schemas") or [CORE]):
        raise ScimFault(400, "invalidSyntax", f"schemas must hold {CORE}")
    changes: Changes = {"active": True, "external_id": None, "language": None, "manager": None}
    for key, value in given.items():
        changes |= _attribute(key, value)
    if not changes.get("login"):
        raise ScimFault(400, "invalidValue", "userName is missing")
    if not changes.get("name"):
        raise ScimFault(400, "invalidValue", "give displayName, or name in its parts")
    return changes


def patched(document: object) -> Changes:
    """What a PATCH changes, its operations in their order."""
    changes: Changes = {}
    parts: dict[str, Any] = {}
    for one in operations_of(document):
        parts |= _parts_of_name(one)
        changes |= _operation(one)
    return _name(parts) | changes


def _parts_of_name(operation: Mapping[str, Any]) -> dict[str, Any]:
    """Entra ID sends the parts one by one, as paths or as names with a dot; two make a name."""
    if operation["op"] == "remove":
        return {}
    path, value = operation.get("path"), operation.get("value")
    given = {str(path): value} if path else object_in(value)
    named = {plain_path(str(key)): part for key, part in given.items()}
    return {
        key.removeprefix("name."): part
        for key, part in named.items()
        if key in {"name.givenname", "name.familyname"}
    }


def object_in(value: object) -> dict[str, Any]:
    """The attributes of an operation without a path. SCIM for Keycloak writes them as a text."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = None
    if not isinstance(value, dict):
        raise ScimFault(400, "invalidValue", "without a path, value is an object of attributes")
    return value


def operations_of(document: object) -> list[dict[str, Any]]:
    """The operations of a PATCH, their keys in small letters, `op` one of the three."""
    given = {str(key).casefold(): value for key, value in read_object(document).items()}
    operations = given.get("operations")
    if not isinstance(operations, list) or not 0 < len(operations) <= MAX_OPERATIONS:
        raise ScimFault(400, "invalidSyntax", "Operations is a list of 1 to 100 operations")
    found = []
    for one in operations:
        parts = {str(key).casefold(): part for key, part in read_object(one).items()}
        parts["op"] = str(parts.get("op", "")).casefold()
        if parts["op"] not in {"add", "replace", "remove"}:
            raise ScimFault(400, "invalidSyntax", "op is add, replace or remove")
        found.append(parts)
    return found


def _operation(given: Mapping[str, Any]) -> Changes:
    path = given.get("path") or ""
    if given["op"] == "remove":
        return _removed(str(path))
    if "value" not in given:
        raise ScimFault(400, "invalidValue", "value is missing")
    if path:
        return _attribute(str(path), given["value"])
    changes: Changes = {}
    for key, value in object_in(given["value"]).items():
        changes |= _attribute(key, value)
    return changes


def _removed(path: str) -> Changes:
    if not path:
        raise ScimFault(400, "noTarget", "remove needs a path")
    name = "manager" if ONE_MANAGER.fullmatch(plain_path(path)) else plain_path(path)
    if name in {"username", "displayname", "active", "name", "name.formatted"}:
        raise ScimFault(400, "mutability", f"{path} cannot be removed")
    kept = {
        "externalid": "external_id",
        "preferredlanguage": "language",
        "manager": "manager",
        "manager.value": "manager",
        "manager.$ref": "manager",
        ENTERPRISE.casefold(): "manager",
    }
    return {kept[name]: None} if name in kept else _passed_over(path)


def _passed_over(path: str) -> Changes:
    """Nothing, for what is not kept. A path to what is kept must not be lost without a word."""
    name = plain_path(path)
    if re.split(r"[\[.]", name)[0] in KEPT and name != "manager.displayname":
        raise ScimFault(400, "invalidPath", f"{path[:60]} is no path that is understood here")
    return {}


def plain_path(path: str) -> str:
    """The attribute's name without the schema's, in small letters."""
    lowered = path.strip().casefold()
    for schema in (CORE.casefold(), ENTERPRISE.casefold(), GROUP.casefold()):
        if lowered.startswith(schema + ":"):
            return lowered.removeprefix(schema + ":")
    return lowered


def _attribute(path: str, value: Any) -> Changes:  # noqa: ANN401 - JSON
    name = plain_path(path)
    if name == ENTERPRISE.casefold():
        changes: Changes = {}
        for key, part in read_object(value).items():
            changes |= _attribute(f"{ENTERPRISE}:{key}", part)
        return changes
    if name == "name":
        return _name(read_object(value))
    if name in {"manager", "manager.value", "manager.$ref"} or ONE_MANAGER.fullmatch(name):
        return {"manager": _manager(value)}
    if name == "active":
        return {"active": _truth(value)}
    texts = {
        "username": "login",
        "externalid": "external_id",
        "displayname": "name",
        "name.formatted": "name",
        "preferredlanguage": "language",
    }
    if name not in texts:
        return _passed_over(path)
    text = read_text(path, value)
    return {texts[name]: text.casefold() if text and name == "username" else text}


def _name(parts: Mapping[str, Any]) -> Changes:
    """The name in parts, for providers that send no displayName."""
    given = {str(key).casefold(): value for key, value in parts.items()}
    if isinstance(given.get("formatted"), str) and given["formatted"].strip():
        return {"name": given["formatted"]}
    both = [given.get("givenname"), given.get("familyname")]
    texts = [one for one in both if isinstance(one, str) and one.strip()]
    return {"name": " ".join(texts)} if len(texts) == len(both) else {}


def _manager(value: Any) -> str | None:  # noqa: ANN401 - JSON
    """A manager is an object with `value` or `$ref`, or that in a list, or only the id."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("value", value.get("$ref"))
    text = read_text("manager", value)
    return text.rpartition("/")[2] if text else None


def _truth(value: Any) -> bool:  # noqa: ANN401 - JSON
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.casefold() in {"true", "false"}:
        return value.casefold() == "true"
    raise ScimFault(400, "invalidValue", "active is true or false")


def read_text(path: str, value: Any) -> str | None:  # noqa: ANN401 - JSON
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > 255:
        raise ScimFault(400, "invalidValue", f"{path[:60]} is a text of at most 255 characters")
    return value.strip()


def read_object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ScimFault(400, "invalidSyntax", "the body is not a JSON object of this kind")
    return value


ONE = r'(?P<name>[A-Za-z:0-9._-]+)\s+eq\s+"(?P<value>[^"]*)"'
WORD = re.compile(ONE, re.IGNORECASE)
BARE = re.sub(r"\?P<\w+>", "?:", ONE)
FILTER = re.compile(rf"\s*{BARE}(?:\s+and\s+{BARE})?\s*", re.IGNORECASE)
FOUND_BY = {"username": "login", "externalid": "external_id", "id": "id", "manager": "manager"}
Wanted = tuple[tuple[str, str], ...]
"""Fields with the value that each must have; empty: everybody."""


def filter_of(text: str, found_by: Mapping[str, str] = FOUND_BY) -> Wanted:
    """Which fields must equal which values: one, or two as Entra ID asks whose manager it is."""
    if not knows_filter(text, found_by):
        known = ", ".join(sorted(found_by))
        raise ScimFault(400, "invalidFilter", f"filter by one of {known}, with eq")
    return tuple((found_by[plain_path(one["name"])], one["value"]) for one in WORD.finditer(text))


def knows_filter(text: str, found_by: Mapping[str, str] = FOUND_BY) -> bool:
    """Whether `filter_of` can read it; no filter at all too."""
    named = {plain_path(one["name"]) for one in WORD.finditer(text)}
    return not text.strip() or (FILTER.fullmatch(text) is not None and named <= set(found_by))
