"""SCIM groups as identity providers really send them, read into what is kept. Pure.

Deviations that are understood, besides those of users: members to be removed named in `value`
(Entra ID) or in the path, `members[value eq "…"]` (Okta); a member as an object or as the plain id;
a replacement without a path that repeats the group's own id (Okta) or is written as a text
(Keycloak).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from vaiti.people.scim_document import (
    GROUP,
    ScimFault,
    object_in,
    operations_of,
    plain_path,
    read_object,
    read_text,
)

ADD, REMOVE, REPLACE = "add", "remove", "replace"
MAX_MEMBERS = 10_000
FOUND_BY = {
    **{"displayname": "name", "externalid": "external_id", "id": "id"},
    **{"members": "members", "members.value": "members"},
}
ONE_MEMBER = re.compile(r'members\[\s*value\s+eq\s+"([^"]*)"\s*\]', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class GroupChanges:
    """What is to be: None leaves it. `members` are acts on the members, in their order."""

    name: str | None = None
    external_id: str | None = None
    members: tuple[tuple[str, frozenset[UUID]], ...] = ()


def whole_group(document: object) -> GroupChanges:
    """What a created or replaced group is to be; what is not given is taken away."""
    given = {plain_path(str(key)): value for key, value in read_object(document).items()}
    if GROUP not in (given.get("schemas") or [GROUP]):
        raise ScimFault(400, "invalidSyntax", f"schemas must hold {GROUP}")
    name = read_text("displayName", given.get("displayname"))
    if not name:
        raise ScimFault(400, "invalidValue", "displayName is missing")
    external = read_text("externalId", given.get("externalid")) or ""
    return GroupChanges(name, external, ((REPLACE, _members(given.get("members"))),))


def patched_group(document: object) -> GroupChanges:
    """What a PATCH changes, its operations in their order."""
    name: str | None = None
    external: str | None = None
    acts: list[tuple[str, frozenset[UUID]]] = []
    for act, key, value in _steps(document):
        if key == "members":
            acts.append((act, _members(value)))
        elif key == "displayname":
            name = read_text("displayName", value)
            if act == REMOVE or not name:
                raise ScimFault(400, "mutability", "a group has a displayName")
        elif key == "externalid":
            external = "" if act == REMOVE else read_text("externalId", value) or ""
        elif key.startswith("members"):  # never lost without a word: somebody may have left
            raise ScimFault(400, "invalidPath", 'members, or members[value eq "…"]')
    return GroupChanges(name, external, tuple(acts))


def _steps(document: object) -> Iterator[tuple[str, str, Any]]:
    """Each act with the attribute it is about, in small letters, and its value."""
    for one in operations_of(document):
        act, path = one["op"], str(one.get("path") or "")
        if match := ONE_MEMBER.fullmatch(plain_path(path)):
            yield act, "members", [match[1]]
        elif act == REMOVE and not path:
            raise ScimFault(400, "noTarget", "remove needs a path")
        elif act == REMOVE and "value" not in one:
            # all of them: the members become nobody
            key = plain_path(path)
            yield (REPLACE if key == "members" else REMOVE), key, None
        elif path:
            yield act, plain_path(path), one.get("value")
        else:
            for key, value in object_in(one.get("value")).items():
                yield act, plain_path(str(key)), value


def _members(value: Any) -> frozenset[UUID]:  # noqa: ANN401 - JSON
    """The ids of the people named; a single one may stand without its list."""
    if value is None:
        return frozenset()
    found = value if isinstance(value, list) else [value]
    if len(found) > MAX_MEMBERS:
        raise ScimFault(413, "tooMany", f"at most {MAX_MEMBERS} members in one request")
    return frozenset(_member(one) for one in found)


def _member(one: Any) -> UUID:  # noqa: ANN401 - JSON
    if isinstance(one, dict):
        one = one.get("value", one.get("$ref"))
    if isinstance(one, str):
        try:
            return UUID(one.rpartition("/")[2])
        except ValueError:
            pass  # told below
    raise ScimFault(400, "invalidValue", "members are ids of users; groups in groups are not kept")
