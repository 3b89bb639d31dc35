"""Who sat where is forgotten when it can attribute no call any more (docs/agent-feed.md)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.people import feed
from vaiti.people.feed_models import FeedEvent
from vaiti.people.seats import FeedRules
from vaiti.register import attribution
from vaiti.register.models import Desk

ACTOR = "system:retention"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Rows that are gone: desks of calls that late words may not change, and words of the feed."""

    desks: int
    words: int


def forget_seats(rules: FeedRules, now: datetime) -> Forgotten:
    """Removes what is spent, with an entry that counts it.

    A word stays while it is younger than `late_days`, or a call of its time may still be somebody
    else's. The desks of a call go with the call at the latest.
    """
    desks = words = 0
    while True:
        done = _some(rules, now)
        desks, words = desks + done.desks, words + done.words
        if not done.desks and not done.words:
            return Forgotten(desks, words)


def _some(rules: FeedRules, now: datetime) -> Forgotten:
    before = now - rules.late
    with transaction.atomic():
        spent = attribution.settled(before)
        Desk.objects.filter(id__in=spent).delete()
        words = [] if spent else feed.spent(attribution.oldest(), before, rules.longest)
        FeedEvent.objects.filter(id__in=words).delete()
        if spent or words:
            facts: Facts = {"desks": len(spent), "words": len(words)}
            log.append(Kind.PEOPLE_FEED_REMOVED, actor=ACTOR, facts=facts, now=now)
    return Forgotten(len(spent), len(words))
