"""The OpenAPI document, made from the table of operations: what is documented is what answers."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from vaiti.web.api import frame, shapes
from vaiti.web.api.operation import Operation
from vaiti.web.api.table import by_path
from vaiti.web.http import problems
from vaiti.web.http.problems import TITLES, TYPE, Problem

VERSION: Final = "1"
EVERYWHERE: Final = {
    401: "no token, or one that does not stand",
    403: "the token lacks the scope, or its owner what the scope rests on",
    429: "too many requests; Retry-After says how long to wait",
    500: "something went wrong here",
    503: "the register or what stands behind it cannot be reached",
}
ABOUT: Final = (
    "Rows, marks, corrections and the state of calls for programs that hold a token. No sound "
    "leaves by it. A token is granted by an administrator, to a named person where it is about "
    "calls, for a time; each use that touches a call is logged."
)
PROBLEM: Final = shapes.record(
    {
        "type": {"type": "string", "format": "uri-reference"},
        "title": shapes.text(),
        "status": shapes.whole(least=400, most=599),
        "detail": shapes.text("what to change", most=2000),
        "at": shapes.text("the parameter, or where in the body", most=2000),
    },
    without=("at",),
)


@csrf_exempt
def openapi(request: HttpRequest) -> HttpResponseBase:
    """For whoever holds a token or is signed in."""
    try:
        if request.method not in ("GET", "HEAD"):
            raise Problem(405, allow="GET")
        if not hasattr(request, "person"):
            frame.let_in(request)
    except Problem as problem:
        return problems.answer(problem)
    return HttpResponse(as_text(), content_type=frame.JSON)


@cache
def as_text() -> str:
    return json.dumps(document(), indent=1)


def document() -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "Vaiti", "version": VERSION, "description": ABOUT},
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": {
            address(path): {one.method.lower(): _operation(one) for one in operations.values()}
            for path, operations in by_path().items()
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Problem": PROBLEM},
        },
    }


def address(path: str) -> str:
    """As OpenAPI writes it: `/calls/{call_id}`."""
    return "/" + path.replace("<hexid:", "{").replace(">", "}")


def _operation(one: Operation) -> dict[str, Any]:
    whose = "a named person's" if one.personal else "a machine's"
    told: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.about,
        "description": f"For {whose} token with the scope {one.scope.value}.",
        "parameters": _parameters(one),
        "responses": _responses(one),
    }
    if one.body is not None:
        content = {frame.JSON: {"schema": one.body}}
        told["requestBody"] = {"required": True, "content": content}
    return told


def _parameters(one: Operation) -> list[dict[str, Any]]:
    path = [
        {"name": name, "in": "path", "required": True, "schema": shapes.an_id()}
        for name in one.places
    ]
    return path + [
        {"name": name, "in": "query", "schema": shape} for name, shape in one.query.items()
    ]


def _responses(one: Operation) -> dict[str, Any]:
    if one.gives is None:
        answers: dict[str, Any] = {"204": {"description": "It is done."}}
    else:
        content = {frame.JSON: {"schema": one.gives}}
        answers = {"200": {"description": "The answer.", "content": content}}
    for status, why in sorted(refusals(one).items()):
        answers[str(status)] = {
            "description": why,
            "content": {TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    return answers


def refusals(one: Operation) -> Mapping[int, str]:
    """Every status but the good one, and when."""
    found = dict(EVERYWHERE)
    found[400] = "the parameters or the body are not as they are described here"
    if one.body is not None:
        found |= {413: TITLES[413], 415: TITLES[415]}
    if one.places:
        found[404] = TITLES[404]
    return found | dict(one.refuses)
