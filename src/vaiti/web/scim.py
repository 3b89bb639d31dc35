"""SCIM 2.0 (RFC 7644): an identity provider enters, changes and ends people."""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from vaiti.people import scim, throttle, tokens
from vaiti.people.scim import ScimCard
from vaiti.people.scim_document import (
    CORE,
    ENTERPRISE,
    GROUP,
    ScimFault,
    filter_of,
    patched,
    whole,
)
from vaiti.web import scim_schema
from vaiti.web.http.origins import address_of
from vaiti.web.http.request import Request
from vaiti.web.http.wiring import wired
from vaiti.web.scim_schema import ERROR, LIST, MOST

TYPE = "application/scim+json"
MAX_BODY = 1_000_000
P = ParamSpec("P")
View = Callable[Concatenate[Request, P], HttpResponse]


def endpoint(*methods: str) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """A view for machines: a token instead of a session, and faults as SCIM has them."""

    def machine(view: View[P]) -> Callable[..., HttpResponseBase]:
        @csrf_exempt
        @wraps(view)
        def answer(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            asked = cast(Request, request)
            try:
                _admit(asked)
                if asked.method not in methods:
                    raise ScimFault(405, "", f"use {', '.join(methods)}")
                return view(asked, *args, **kwargs)
            except ScimFault as fault:
                return _fault(fault, methods)

        return answer

    return machine


def _admit(request: Request) -> None:
    """Raises ScimFault. Tries with a wrong token are counted by address, as passwords are."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() == "bearer" and tokens.known(token.strip(), request.moment):
        return
    if not throttle.reserve(throttle.counts_of_address(address_of(request)), request.moment):
        raise ScimFault(429, "", "too many wrong tokens; wait a quarter of an hour")
    raise ScimFault(401, "", "send a token made by: vaiti scim token")


def _fault(fault: ScimFault, methods: tuple[str, ...]) -> HttpResponse:
    body = {"schemas": [ERROR], "status": str(fault.status), "detail": str(fault)}
    response = as_json(body | ({"scimType": fault.kind} if fault.kind else {}), fault.status)
    if fault.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if fault.status == 405:
        response.headers["Allow"] = ", ".join(methods)
    if fault.status == 429:
        response.headers["Retry-After"] = str(int(throttle.WINDOW.total_seconds()))
    return response


def as_json(body: dict[str, Any], status: int = 200) -> HttpResponse:
    return HttpResponse(json.dumps(body), content_type=TYPE, status=status)


def body_of(request: Request) -> object:
    if len(request.body) > MAX_BODY:
        raise ScimFault(413, "tooMany", f"a body has at most {MAX_BODY} bytes")
    try:
        return json.loads(request.body)
    except ValueError as error:
        raise ScimFault(400, "invalidSyntax", "the body is not JSON") from error


def base_of(request: Request) -> str:
    return request.build_absolute_uri("/scim/v2")


@endpoint("GET")
def config(request: Request) -> HttpResponse:
    return as_json(scim_schema.config(base_of(request)))


@endpoint("GET")
def resource_types(request: Request, name: str = "") -> HttpResponse:
    return _described(scim_schema.resource_types(base_of(request)), name)


@endpoint("GET")
def schemas(request: Request, name: str = "") -> HttpResponse:
    return _described(scim_schema.schemas(base_of(request)), name)


def _described(found: list[dict[str, Any]], name: str) -> HttpResponse:
    if not name:
        return as_json(listed(len(found), 1, found))
    for one in found:
        if one["id"] == name:
            return as_json(one)
    raise ScimFault(404, "", "there is no such description")


@endpoint("GET", "POST", "PUT", "PATCH", "DELETE")
def nothing(request: Request, rest: str) -> HttpResponse:
    raise ScimFault(404, "", "there is no such address; there are Users and Groups")


def listed(total: int, start: int, found: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "schemas": [LIST],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": len(found),
        "Resources": found,
    }


@endpoint("GET", "POST")
def users(request: Request) -> HttpResponse:
    if request.method == "POST":
        made = scim.create(whole(body_of(request)), wired().scim, request.moment)
        return _user(request, made, 201)
    return _found(request, request.GET.dict())


@endpoint("POST")
def search(request: Request) -> HttpResponse:
    """The same as a query, with what is asked for in the body: a filter may be a name."""
    return _found(request, asked_for(request))


def asked_for(request: Request) -> dict[str, Any]:
    """What the body of a search asks for, as a query has it."""
    body = body_of(request)
    if not isinstance(body, dict):
        raise ScimFault(400, "invalidSyntax", "the body is not a search request")
    lists = {name: ",".join(map(str, value)) for name, value in body.items() if type(value) is list}
    return body | lists


def _found(request: Request, asked: Mapping[str, Any]) -> HttpResponse:
    start, count = page_of(asked)
    total, found = users_of(request, asked, start, count)
    return as_json(listed(total, start, found))


def users_of(
    request: Request, asked: Mapping[str, Any], start: int, count: int
) -> tuple[int, list[dict[str, Any]]]:
    """How many users fit, and those of the page as they are shown."""
    wanted = filter_of(str(asked.get("filter") or ""))
    total, found = scim.find(wanted, start, count, request.moment)
    return total, [_shown(request, one, asked) for one in found]


def page_of(asked: Mapping[str, Any]) -> tuple[int, int]:
    """The number of the first that is wanted, from 1, and how many."""
    start = max(1, number_in(asked, "startIndex", 1))
    return start, min(MOST, max(0, number_in(asked, "count", MOST)))


def number_in(asked: Mapping[str, Any], name: str, usual: int) -> int:
    try:
        return int(asked.get(name, usual))
    except (ValueError, TypeError) as error:
        raise ScimFault(400, "invalidValue", f"{name} is a whole number") from error


@endpoint("GET", "PUT", "PATCH", "DELETE")
def user(request: Request, name: str) -> HttpResponse:
    try:
        person_id = UUID(name)
    except ValueError as error:
        raise scim.NOT_FOUND from error
    rules, now = wired().scim, request.moment
    if request.method == "GET":
        return _user(request, scim.get(person_id, now))
    if request.method == "DELETE":
        scim.remove(person_id, now)
        return HttpResponse(status=204)
    read = whole if request.method == "PUT" else patched
    return _user(request, scim.change(person_id, read(body_of(request)), rules, now))


def _user(request: Request, card: ScimCard, status: int = 200) -> HttpResponse:
    response = as_json(_shown(request, card, request.GET), status)
    response.headers["Location"] = f"{base_of(request)}/Users/{card.id}"
    return response


def _shown(request: Request, card: ScimCard, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The user without the attributes that were not asked for."""
    base = base_of(request)
    known: dict[str, Any] = {
        "userName": card.login,
        "externalId": card.external_id,
        "displayName": card.name,
        "preferredLanguage": card.language,
        "active": card.active,
    }
    if card.manager:
        address = f"{base}/Users/{card.manager}"
        known[ENTERPRISE] = {"manager": {"value": str(card.manager), "$ref": address}}
    known["meta"] = {
        "resourceType": "User",
        "created": card.made_at.isoformat(),
        "lastModified": card.changed_at.isoformat(),
        "location": f"{base}/Users/{card.id}",
    }
    shown = {key: value for key, value in known.items() if value != "" and is_asked(asked, key)}
    named = [CORE, ENTERPRISE] if ENTERPRISE in shown else [CORE]
    return {"schemas": named, "id": str(card.id), **shown}


def is_asked(asked: Mapping[str, Any], key: str) -> bool:
    """Whether `attributes` names it, or `excludedAttributes` does not; a part brings its whole."""
    only, without = str(asked.get("attributes", "")), str(asked.get("excludedAttributes", ""))
    if only:
        return any(_names(one, key) for one in only.split(","))
    return not any(_names(one, key) for one in without.split(",") if one.strip())


def _names(path: str, key: str) -> bool:
    given, wanted = path.strip().casefold(), key.casefold()
    for schema in (CORE, GROUP):
        given = given.removeprefix(schema.casefold() + ":")
    return given == wanted or given.startswith((wanted + ".", wanted + ":"))
