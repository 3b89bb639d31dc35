"""What went wrong, for a program: problem details as RFC 9457 has them. English, for machines."""

import json
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse

TYPE: Final = "application/problem+json"
BELOW: Final = "/api/v1/"
OPENAPI: Final = "/api/openapi.json"
TITLES: Final = {
    400: "The request cannot be read",
    401: "A token is missing or does not stand",
    403: "The token is not for this",
    404: "There is nothing here for this token",
    405: "This address cannot be used like that",
    409: "It has changed meanwhile",
    413: "The body is too large",
    415: "The body is of another kind",
    422: "It cannot be done so",
    429: "Too many requests in a short time",
    500: "Something went wrong here",
    503: "It cannot be reached right now",
}
USUAL: Final = {
    400: "Compare the request with the documentation and send it again.",
    404: "Ask for what a list gave you; it may have been destroyed, or not be the token's to see.",
    405: "Use one of the methods that Allow names.",
    429: "Wait for as many seconds as Retry-After says.",
    500: "Try again. If it happens again, tell the administrator the time.",
    503: "Try again in a minute.",
}


@dataclass(frozen=True)
class Problem(Exception):
    """`detail` is a sentence that says what to change, without personal data. `at` is where in the
    body (a JSON pointer) or which parameter."""

    status: int
    detail: str = ""
    at: str = ""
    wait: int = 0
    allow: str = ""


def is_for_program(request: HttpRequest) -> bool:
    return request.path_info.startswith(BELOW) or request.path_info == OPENAPI


def answer(problem: Problem) -> HttpResponse:
    body = {
        "type": f"/api/#problem-{problem.status}",
        "title": TITLES[problem.status],
        "status": problem.status,
        "detail": problem.detail or USUAL.get(problem.status, TITLES[problem.status]),
    }
    if problem.at:
        body["at"] = problem.at
    response = HttpResponse(json.dumps(body), content_type=TYPE, status=problem.status)
    if problem.wait:
        response.headers["Retry-After"] = str(problem.wait)
    if problem.allow:
        response.headers["Allow"] = problem.allow
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="vaiti"'
    return response
