"""What the settings leave open of who hears and who is told. Handed in by ops at the start."""

from dataclasses import dataclass, field
from enum import StrEnum

from vaiti.access.activity_rules import ActivityRules
from vaiti.access.emergency_rules import EmergencyRules
from vaiti.access.misuse import Thresholds
from vaiti.access.permit_rules import PermitRules
from vaiti.access.telling import Telling


class Managers(StrEnum):
    """ALL: every call of those who are subordinates now, as the notice says (N-29).

    IN_TEAM: of these only what was said while the agent was a member of the team.
    """

    ALL = "all"
    IN_TEAM = "in_team"


@dataclass(frozen=True, slots=True)
class Limits:
    managers: Managers = Managers.ALL
    telling: Telling = field(default_factory=Telling)
    activities: ActivityRules = field(default_factory=ActivityRules)
    permits: PermitRules = field(default_factory=PermitRules)
    emergency: EmergencyRules = field(default_factory=EmergencyRules)
    misuse: Thresholds = field(default_factory=Thresholds)


_installed = [Limits()]


def install(limits: Limits) -> None:
    """Replaces what was installed before."""
    _installed[:] = [limits]


def limits() -> Limits:
    return _installed[0]
