"""What holds for every operation: a token and no session, a pace, bounded bodies, plain faults.

A fault is a Problem; nothing of a request, its token least of all, is repeated in an answer.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, Never, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from vaiti.access import tokens
from vaiti.access.errors import NotVisible, Refused
from vaiti.access.token_rules import TokenScope
from vaiti.access.tokens import OutOfScope, Token, UnknownToken
from vaiti.people import throttle
from vaiti.web.api import shapes
from vaiti.web.api.operation import Asked, Operation
from vaiti.web.http import problems
from vaiti.web.http.origins import address_of
from vaiti.web.http.pace import Pace
from vaiti.web.http.problems import Problem
from vaiti.web.http.request import Request

PACE: Final = Pace(most=300, seconds=60)  # requests of one token a minute
MAX_BODY: Final = 1_000_000  # bytes
JSON: Final = "application/json"
NO_TOKEN: Final = "send Authorization: Bearer and a token that an administrator granted you"


def resource(operations: Mapping[str, Operation]) -> Callable[..., HttpResponseBase]:
    """The view of one address: its operations by method."""

    @csrf_exempt
    def view(request: HttpRequest, **path: str) -> HttpResponseBase:
        asked = cast(Request, request)
        try:
            return _answer(asked, operations, path)
        except Problem as problem:
            return problems.answer(problem)

    return view


@csrf_exempt
def nothing(request: HttpRequest, rest: str) -> HttpResponseBase:
    """Below the API's address, and no operation: said to those with a token only."""
    try:
        let_in(request)
        raise Problem(404, "there is no such operation; /api/openapi.json lists them")
    except Problem as problem:
        return problems.answer(problem)


def _answer(
    request: Request, operations: Mapping[str, Operation], path: Mapping[str, str]
) -> HttpResponse:
    method = "GET" if request.method == "HEAD" else str(request.method)
    if method not in operations:
        let_in(request)
        raise Problem(405, allow=", ".join(operations))
    operation = operations[method]
    token = _let_do(request, operation.scope)
    query, body = _query(request, operation), _body(request, operation)
    given = _done(operation, Asked(token, request.moment, path, query, body))
    if operation.gives is None:
        return HttpResponse(status=204)
    return HttpResponse(json.dumps(given), content_type=JSON)


def _done(operation: Operation, asked: Asked) -> object:
    try:
        return operation.does(asked)
    except NotVisible as error:
        raise Problem(404) from error
    except Refused as error:
        needs = " and ".join(one.value for one in error.needs)
        raise Problem(403, f"the token's owner lacks: {needs}") from error


def let_in(request: HttpRequest) -> Token:
    """Raises Problem 401, 429. Tries with wrong tokens are counted by address."""
    asked = cast(Request, request)
    scheme, _space, text = asked.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not text.strip():
        raise Problem(401, NO_TOKEN)
    try:
        token = tokens.known(text.strip(), asked.moment)
    except UnknownToken as error:
        raise _wrong_token(asked) from error
    if not PACE.allows(token.id.hex, asked.moment):
        raise Problem(429, wait=PACE.seconds)
    return token


def _let_do(request: Request, scope: TokenScope) -> Token:
    """Raises Problem 401, 403, 429."""
    token = let_in(request)
    try:
        tokens.must(token, scope, request.moment)
    except OutOfScope as error:
        raise Problem(403, f"this needs a token with the scope {scope.value}") from error
    return token


def _wrong_token(request: Request) -> Problem:
    if not throttle.reserve(throttle.counts_of_address(address_of(request)), request.moment):
        return Problem(429, wait=int(throttle.WINDOW.total_seconds()))
    return Problem(401, NO_TOKEN)


def _query(request: Request, operation: Operation) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, values in request.GET.lists():
        if name not in operation.query:
            known = ", ".join(operation.query) or "none"
            raise Problem(400, f"the parameters here are: {known}")
        if len(values) != 1:
            raise Problem(400, "give each parameter once", name)
        given[name] = shapes.from_query(operation.query[name], values[0], name)
    return given


def _body(request: Request, operation: Operation) -> object:
    if operation.body is None:
        return None
    if request.headers.get("Content-Type", "").partition(";")[0].strip().casefold() != JSON:
        raise Problem(415, f"send a body of Content-Type {JSON}")
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY or len(request.body) > MAX_BODY:
        raise Problem(413, f"a body has at most {MAX_BODY} bytes; send less at a time")
    try:
        body = json.loads(request.body, parse_constant=_no_number, parse_float=_number)
    except (ValueError, RecursionError) as error:
        raise Problem(400, "the body is not JSON") from error
    shapes.check(operation.body, body)
    return body


def _number(text: str) -> int | float:
    """To JSON Schema 7.0 is a whole number; here nothing else is asked for."""
    value = float(text)
    return int(value) if value.is_integer() and abs(value) <= shapes.MAX_INT else value


def _no_number(text: str) -> Never:
    raise ValueError(text)
