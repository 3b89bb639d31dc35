"""Brings the demo's requests to where a handler finds them, with the verbs of a real register."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from uuid import UUID

from vaiti.notice import versions
from vaiti.ops.demo.case_letters import receipt
from vaiti.ops.demo.case_rows import OF_EARLIER, OF_TODAY, DemoCase, Until
from vaiti.people import book
from vaiti.register import candidates
from vaiti.register.candidates import Sought
from vaiti.rights import deciding, handling, intake, messages, person_pages, searching
from vaiti.rights.cases import card_of, row_of
from vaiti.rights.handlers import HANDLER
from vaiti.rights.policy import CaseRules
from vaiti.values.clock import Clock
from vaiti.vault.keyclient import KeyClient

PATIENCE = 60.0
"""Seconds within which a call that was placed is in the register."""
STEPS = ("I2", "I3")  # the number, and what the person knows of the call
NONE_THERE = "No call of that day and number is in the register."
WAITED = timedelta(days=9)
"""Since somebody was asked who they are."""


@dataclass(frozen=True, slots=True)
class CaseDemo:
    """`clock` is the demo's; all is done in the handler's name."""

    keys: KeyClient
    clock: Clock

    def earlier(self) -> int:
        return self._enter(OF_EARLIER)

    def of_today(self) -> int:
        """About calls that were placed just now."""
        return self._enter(OF_TODAY)

    def _enter(self, cases: Sequence[DemoCase]) -> int:
        now = self.clock()
        (handler,) = (one.id for one in book.persons(now) if HANDLER in one.roles)
        for one in cases:
            Work(one, handler, self.keys, self.clock).do()
        return len(cases)


@dataclass(frozen=True, slots=True)
class Work:
    """One of the requests, from its arrival on."""

    case: DemoCase
    handler: UUID
    keys: KeyClient
    clock: Clock

    def do(self) -> None:
        now, today = self.clock(), self._today()
        asked = self.case.request(today)
        if asked.channel == "web":
            case = intake.file(asked, today, by=person_pages.ACTOR, now=now).id
        else:
            case = intake.file_by_hand(self.handler, asked, today, now).id
        card = card_of(row_of(case), CaseRules(), today)
        receipt(self.case, card, by=self.handler, now=self.clock())
        if self.case.message:
            messages.ask(case, self.case.message, today, now)
        self._further(case, today)

    def _further(self, case: UUID, today: date) -> None:
        until, by, now = self.case.until, self.handler, self.clock()
        if until is Until.ASKED_WHO:
            handling.ask_identity(by, case, today - WAITED, now)
        elif until is Until.TAKEN_BACK:
            deciding.withdraw(by, case, now)
        elif until is not Until.RECEIVED:
            self._identify(case, today)
        if until is Until.EXTENDED:
            handling.extend(by, case, "complexity", today, self.clock())
        elif until is Until.REFUSED:
            self._refuse(case)
        elif until is Until.DECIDED:
            self._grant(case)

    def _identify(self, case: UUID, today: date) -> None:
        for step in STEPS:
            handling.prove(self.handler, case, step, "", today=today, now=self.clock())
        handling.move_to_identified(self.handler, case, self.clock())

    def _refuse(self, case: UUID) -> None:
        """No such call is kept; the officer looks at it next."""
        by = self.handler
        searching.search(by, case, self._sought(), self.clock())
        searching.move_to_searched(by, case, self.clock())
        given = {"ground": "none_kept", "words": NONE_THERE}
        for right in self.case.asked:
            deciding.decide(by, case, right, None, "refused", **given, now=self.clock())

    def _grant(self, case: UUID) -> None:
        """The call found, held, confirmed, and all of it granted; without a call it stays so."""
        sought = self._sought()
        call = self._awaited(sought)
        if call is None:
            return
        by = self.handler
        searching.name_call(by, case, call, sought, keys=self.keys, now=self.clock())
        searching.confirm(by, case, call, self.clock())
        searching.move_to_searched(by, case, self.clock())
        deciding.grant_rest(by, case, self.clock())
        deciding.move_to_decided(by, case, self.clock())

    def _awaited(self, sought: Sought) -> UUID | None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            found = candidates.candidates(sought, self.clock()).rows
            if found:
                return found[0].id
            time.sleep(0.5)
        return None

    def _sought(self) -> Sought:
        """The days that the request is about, a little longer on both sides."""
        begins = self.clock() - timedelta(days=self.case.days + self.case.before + 1)
        ends = begins + timedelta(days=2)
        line, customer = self.case.line, self.case.customer
        return Sought(begins, ends, customer=customer, line_number=line)

    def _today(self) -> date:
        now = self.clock()
        return now.astimezone(versions.zone_at(now) or UTC).date()
