"""Whether somebody is there for each role, and whether agents' telephones are known."""

from dataclasses import dataclass
from datetime import datetime

from vaiti.people.dated import standing
from vaiti.people.feed_models import FeedEvent
from vaiti.people.models import DeviceUse, Role, RoleKind, TrainingRecord, Undertaking
from vaiti.people.seats import KNOWN_FOR
from vaiti.people.time_boxed import TIME_BOXED

AGENTS = (RoleKind.SERVICE_AGENT, RoleKind.SALES_AGENT)


def roles_held(now: datetime) -> frozenset[str]:
    """The kinds of role that at least one person who is here holds."""
    rows = Role.objects.filter(standing(now), standing(now, "person__active"))
    return frozenset(rows.values_list("kind", flat=True).distinct())


def boxed_without_end(now: datetime) -> int:
    """How many people hold a role without an end that is for a time only: granted before it was."""
    rows = Role.objects.filter(standing(now), standing(now, "person__active"), kind__in=TIME_BOXED)
    return rows.filter(valid_to__isnull=True).count()


def agents_without_device(now: datetime) -> int:
    """How many agents use no telephone that the register of devices knows, and were at none by
    the agent feed lately: their calls are nobody's until that is so."""
    seated = DeviceUse.objects.filter(standing(now)).values("person_id")
    agents = Role.objects.filter(standing(now), standing(now, "person__active"), kind__in=AGENTS)
    fed = FeedEvent.objects.filter(from_at__gt=now - KNOWN_FOR).values("person_id")
    agents = agents.exclude(person_id__in=seated).exclude(person_id__in=fed)
    return agents.values("person_id").distinct().count()


@dataclass(frozen=True, slots=True)
class Ready:
    """Of `people` who held a role, so many had a training record and an undertaking that stood."""

    people: int
    trained: int
    sworn: int


def ready_at(at: datetime) -> Ready:
    """Of those who were here at that instant."""
    held = Role.objects.filter(standing(at), standing(at, "person__active"))
    people = set(held.values_list("person_id", flat=True))
    trained = TrainingRecord.objects.filter(standing(at)).values_list("person_id", flat=True)
    sworn = Undertaking.objects.filter(standing(at)).values_list("person_id", flat=True)
    return Ready(len(people), len(people & set(trained)), len(people & set(sworn)))
