"""Who was where, asked for at once, is who each question by itself would have told of."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from cast import NOW, SINCE, Cast
from vaiti.people import book, feed
from vaiti.people.feed_models import FeedEvent
from vaiti.people.models import DeviceUse, FormerStay, Person
from vaiti.people.seats import Event, FeedRules, What
from vaiti.people.stood import stood_at

DEVICES = ("anna.astrom", "leila.virtanen", "hot.desk", "nobodys", "")
RULES = FeedRules(longest_hours=10)


def drawn(random: Random) -> datetime:
    return NOW + timedelta(hours=random.randrange(-24 * 9, 24 * 9))


def told(cast: Cast, random: Random) -> None:
    people = (cast.anna, cast.leila, cast.sofia)
    FeedEvent.objects.bulk_create(
        FeedEvent(
            what=what,
            person=random.choice(people),
            device=random.choice(DEVICES[:4]),
            from_at=(at := drawn(random)),
            to_at=at + timedelta(hours=random.randrange(12)) if what is What.STAY else None,
            came_at=NOW,
        )
        for what in random.choices(list(What), k=60)
    )
    for person in people:
        shared = {"device": "hot.desk", "valid_from": drawn(random)}
        DeviceUse.objects.create(
            person=person, valid_to=shared["valid_from"] + timedelta(days=3), **shared
        )
    FormerStay.objects.create(person=cast.leila, active_from=SINCE, active_to=NOW)
    Person.objects.filter(id=cast.leila.id).update(active_from=NOW + timedelta(days=3))
    Person.objects.filter(id=cast.sofia.id).update(active_to=NOW)


def in_order(events: Sequence[Event]) -> list[tuple[str, ...]]:
    return sorted(tuple(map(str, (e.what, e.person, e.device, e.from_at, e.to_at))) for e in events)


def test_n16_what_is_asked_for_at_once_is_what_each_question_tells(cast: Cast) -> None:
    random = Random(16)
    told(cast, random)
    stretches = [
        (random.choice(DEVICES), (at := drawn(random)), at + timedelta(minutes=minutes))
        for minutes in range(0, 80, 2)
    ]
    stood = stood_at(stretches, RULES)
    for device, from_at, to_at in stretches:
        found = stood.events(device, from_at, to_at, RULES)
        alone = feed.events(device, from_at, to_at, RULES) if device else []
        assert in_order(found) == in_order(alone)
        for at in (from_at, to_at):
            assert stood.at_device(device, at) == book.at_device(device, at)
            for person in {one.person for one in found}:
                assert stood.was_here(person, at) == feed.was_here(person, at)


def test_of_nothing_nothing_is_asked(cast: Cast) -> None:
    assert stood_at([], RULES).at_device("anna.astrom", NOW) is None
    assert stood_at([("", NOW, NOW)], RULES).events("", NOW, NOW, RULES) == []
