"""Whether somebody is there for each role, and whether agents' telephones are known."""

from datetime import datetime

from vaiti.people.dated import standing
from vaiti.people.models import DeviceUse, Role, RoleKind
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
    """How many agents use no telephone that the register of devices knows: their calls are
    nobody's until it does."""
    seated = DeviceUse.objects.filter(standing(now)).values("person_id")
    agents = Role.objects.filter(standing(now), standing(now, "person__active"), kind__in=AGENTS)
    return agents.exclude(person_id__in=seated).values("person_id").distinct().count()
