"""What machines let people hear more, for the data protection officer: all of it on one page."""

from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import ngettext

from vaiti.people import duties, widening
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments
from vaiti.web.staff.people import must
from vaiti.web.staff.widening_lines import lines
from vaiti.web.wording import words

MOST_DIGITS = 18
"""Of a row's number; more fit into no database."""


@only("GET", "POST")
def widened(request: SignedIn) -> HttpResponseBase:
    must(duties.minds_widenings, request)
    if request.method == "POST":
        number = request.POST.get("number", "")
        if number.isdecimal() and len(number) <= MOST_DIGITS:
            widening.seen_up_to(int(number), by=request.person.id.hex, now=request.moment)
        return HttpResponseRedirect("/people/widened/?done=seen")
    found, count = widening.unseen(), widening.count_unseen()
    given = {
        "lines": lines(found, Moments.at(request.moment)),
        "number": found[-1].number if found else 0,
        "count": ngettext("%(count)d widening", "%(count)d widenings", count) % {"count": count},
        "more": count > len(found),
        "said": words.done(request.GET.get("done", "")),
    }
    return render(request, "widened.html", given)
