"""What the worker does for people's requests: looks at every clock, each in the notice's zone."""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from vaiti.notice import versions
from vaiti.ops.sections.cases import case_rules
from vaiti.ops.settings import Settings
from vaiti.rights import keeping, watch
from vaiti.rights.breaches import book as breaches
from vaiti.rights.breaches.rules import BreachRules
from vaiti.rights.law import watch as law
from vaiti.rights.mail import dismissing
from vaiti.rights.policy import CaseRules, Contact
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.store import Store

EVERY = 60.0
KEPT_EVERY = 10.0
"""A call may be asked for in its last minutes."""


def rules_of(settings: Settings) -> CaseRules:
    told = settings.controller
    contact = Contact(
        told.postal_address,
        told.visiting_address,
        told.telephone,
        told.privacy_contact,
        told.postal_in,
        told.visiting_in,
    )
    return case_rules(settings.cases, settings.register.country, settings.premises, contact)


@dataclass(frozen=True, slots=True)
class CaseDesk:
    rules: CaseRules
    keys: KeyClient
    store: Store
    breaches: BreachRules = field(default_factory=BreachRules)

    def keep(self, now: datetime) -> None:
        keeping.keep_pending(self.keys, now)
        law.keep(self.keys, now)

    def round(self, now: datetime) -> None:
        breaches.watch(self.breaches, now)
        zone = versions.zone_at(now) or ZoneInfo("UTC")
        watch.watch_clocks(self.rules, now.astimezone(zone).date(), now)
        watch.watch_handlers(self.rules, now)
        law.watch(now.astimezone(zone).date(), now)
        law.forget(self.rules.keep, self.store, now)
        watch.forget(self.rules, self.store, now)
        dismissing.forget(now)
