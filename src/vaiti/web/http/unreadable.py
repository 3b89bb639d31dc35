"""What no page can be asked with: a NUL, which PostgreSQL keeps in no text."""

from collections.abc import Iterable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase, QueryDict

from vaiti.web.http.middleware import Answer

NUL = "\0"


def drop_cookies(get_response: Answer) -> Answer:
    """Cookies with a NUL are none of ours; without them somebody is a stranger, and no more."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        for name in [name for name, value in request.COOKIES.items() if NUL in name + value]:
            del request.COOKIES[name]
        return get_response(request)

    return answer


def refuse(get_response: Answer) -> Answer:
    """Answers 400, with the usual page, to a NUL in any field of a query or a form."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if any(NUL in text for text in texts((request.GET, request.POST))):
            raise BadRequest("a NUL in a field")
        return get_response(request)

    return answer


def texts(fields: Iterable[QueryDict]) -> Iterable[str]:
    for given in fields:
        for name, values in given.lists():
            yield name
            yield from values
