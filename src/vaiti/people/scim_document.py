"""SCIM 2.0 documents as identity providers really send them, read into what we keep. Pure.

Deviations that are understood: `active` as "False", operations in any case, a value without a path,
a manager as a plain id or as an object, paths with or without the schema's name, names in parts.
What we do not keep (mail addresses, telephones, titles) is passed over: RFC 7644 allows that.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MAX_OPERATIONS = 100
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
    for one in operations_of(document):
        changes |= _operation(one)
    return changes


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
    for key, value in read_object(given["value"]).items():
        changes |= _attribute(key, value)
    return changes


def _removed(path: str) -> Changes:
    if not path:
        raise ScimFault(400, "noTarget", "remove needs a path")
    name = plain_path(path)
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
    return {kept[name]: None} if name in kept else {}


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
    if name in {"manager", "manager.value", "manager.$ref"}:
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
        return {}
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


FILTER = re.compile(r'\s*(?P<name>[A-Za-z:0-9._-]+)\s+eq\s+"(?P<value>[^"]*)"\s*', re.IGNORECASE)
FOUND_BY = {"username": "login", "externalid": "external_id", "id": "id"}


def filter_of(text: str, found_by: Mapping[str, str] = FOUND_BY) -> tuple[str, str] | None:
    """Which field must equal which value. None without a filter."""
    if not text.strip():
        return None
    match = FILTER.fullmatch(text)
    name = plain_path(match["name"]) if match else ""
    if match is None or not knows_filter(text, found_by):
        known = ", ".join(sorted(found_by))
        raise ScimFault(400, "invalidFilter", f"filter by one of {known}, with eq")
    return found_by[name], match["value"]


def knows_filter(text: str, found_by: Mapping[str, str] = FOUND_BY) -> bool:
    """Whether `filter_of` can read it; no filter at all too."""
    match = FILTER.fullmatch(text)
    return not text.strip() or (match is not None and plain_path(match["name"]) in found_by)
