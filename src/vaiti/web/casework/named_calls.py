"""The calls of a disclosure or a complaint on its sheet: when they were, and how long they stay."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from vaiti.rights.handlers import OFFICER
from vaiti.rights.law.record import Named
from vaiti.web.casework.sheet import Item
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments


def items(request: SignedIn, named: Iterable[Named], see: Moments) -> list[Item]:
    return [_item(request, one, see) for one in named]


def words(one: Named, see: Moments) -> str:
    """When it began, on which line, and how long it is; its id where it is gone."""
    if one.began is None:
        return one.call.hex
    minutes, seconds = divmod(one.seconds, 60)
    return f"{see.day_and_time(one.began)} · {one.line} · {minutes}:{seconds:02}"


def _item(request: SignedIn, one: Named, see: Moments) -> Item:
    """Who looks after the hold, and the officer, get to its page."""
    if one.hold is None:
        return Item(words(one, see), soft=_("It could not be held."), tag=_("gone when it came"))
    theirs = OFFICER in request.person.roles or one.owner == request.person.id
    href = f"/holds/{one.hold.hex}/" if theirs else ""
    return Item(words(one, see), href, _stands(one, see))


def _stands(one: Named, see: Moments) -> str:
    if not one.stands or one.ends_at is None or one.review_at is None:
        return _("Its hold has ended.")
    told = {"review": see.day(one.review_at), "end": see.day(one.ends_at)}
    return _("Held until %(end)s, looked at again by %(review)s.") % told
