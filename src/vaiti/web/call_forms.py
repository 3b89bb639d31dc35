"""Forms on a call's page: done, and back to it; or refused, and the page again with why."""

from collections.abc import Callable

from django.http import Http404, HttpResponse, HttpResponseBase

from vaiti.access.doors import NotVisible, Unprepared
from vaiti.web.http import errors
from vaiti.web.wording import access_words


def carried_out(
    act: Callable[[], None],
    refusals: type[Exception],
    again: Callable[[str], HttpResponseBase],
    back: str,
) -> HttpResponseBase:
    """`again` gets the refusal's sentence in the reader's language; `back` is where to go else."""
    try:
        act()
    except NotVisible as error:
        raise Http404 from error
    except Unprepared as error:
        raise errors.Unready(error.needs) from error
    except refusals as error:
        return again(access_words.refusal(str(error)))
    response = HttpResponse(status=303)
    response.headers["Location"] = back
    return response
