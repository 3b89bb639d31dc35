"""SCIM 2.0 groups: an identity provider says who is in which; settings say what role it gives."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from vaiti.people import scim_groups
from vaiti.people.scim_document import GROUP, filter_of, knows_filter
from vaiti.people.scim_group_document import FOUND_BY, patched_group, whole_group
from vaiti.people.scim_groups import GroupCard
from vaiti.web.http.request import Request
from vaiti.web.http.wiring import wired
from vaiti.web.scim import (
    as_json,
    asked_for,
    base_of,
    body_of,
    endpoint,
    is_asked,
    listed,
    page_of,
    users_of,
)


@endpoint("GET", "POST")
def groups(request: Request) -> HttpResponse:
    if request.method == "POST":
        changes = whole_group(body_of(request))
        return _group(request, scim_groups.create_group(changes, wired().scim, request.moment), 201)
    return _found(request, request.GET.dict())


@endpoint("POST")
def search(request: Request) -> HttpResponse:
    """The same as a query, with what is asked for in the body."""
    return _found(request, asked_for(request))


@endpoint("POST")
def search_all(request: Request) -> HttpResponse:
    """Users and then groups, by a filter that either of them knows."""
    asked = asked_for(request)
    start, count = page_of(asked)
    text, none = str(asked.get("filter") or ""), (0, list[dict[str, Any]]())
    of_users, of_groups = knows_filter(text), knows_filter(text, FOUND_BY)
    if not (of_users or of_groups):
        filter_of(text)  # refuses it
    users, found = users_of(request, asked, start, count) if of_users else none
    first, left = max(1, start - users), count - len(found)
    groups, others = _groups_of(request, asked, first, left) if of_groups else none
    return as_json(listed(users + groups, start, found + others))


def _found(request: Request, asked: Mapping[str, Any]) -> HttpResponse:
    start, count = page_of(asked)
    total, found = _groups_of(request, asked, start, count)
    return as_json(listed(total, start, found))


def _groups_of(
    request: Request, asked: Mapping[str, Any], start: int, count: int
) -> tuple[int, list[dict[str, Any]]]:
    wanted = filter_of(str(asked.get("filter") or ""), FOUND_BY)
    members = is_asked(asked, "members")
    total, found = scim_groups.find_groups(wanted, start, count, with_members=members)
    return total, [_shown(request, one, asked) for one in found]


@endpoint("GET", "PUT", "PATCH", "DELETE")
def group(request: Request, name: str) -> HttpResponse:
    try:
        group_id = UUID(name)
    except ValueError as error:
        raise scim_groups.NOT_FOUND from error
    rules, now = wired().scim, request.moment
    if request.method == "GET":
        return _group(request, scim_groups.get_group(group_id))
    if request.method == "DELETE":
        scim_groups.remove_group(group_id, rules, now)
        return HttpResponse(status=204)
    read = whole_group if request.method == "PUT" else patched_group
    changed = scim_groups.change_group(group_id, read(body_of(request)), rules, now)
    return _group(request, changed)


def _group(request: Request, card: GroupCard, status: int = 200) -> HttpResponse:
    response = as_json(_shown(request, card, request.GET), status)
    response.headers["Location"] = f"{base_of(request)}/Groups/{card.id}"
    return response


def _shown(request: Request, card: GroupCard, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The group without the attributes that were not asked for."""
    base = base_of(request)
    known: dict[str, Any] = {
        "displayName": card.name,
        "externalId": card.external_id,
        "members": [{"value": str(one), "$ref": f"{base}/Users/{one}"} for one in card.members],
        "meta": {
            "resourceType": "Group",
            "created": card.made_at.isoformat(),
            "lastModified": card.changed_at.isoformat(),
            "location": f"{base}/Groups/{card.id}",
        },
    }
    shown = {key: value for key, value in known.items() if value and is_asked(asked, key)}
    return {"schemas": [GROUP], "id": str(card.id), **shown}
