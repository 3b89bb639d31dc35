"""What was promised by a decision, and whether the person has it: read from what proves it.

Nobody ticks a promise off by hand, but listening at the office: a copy counts when its package was
handed out, erasure when every place was asked, a letter when it was sent with what the law asks.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from vaiti.register import corrections, holds, statements, stops
from vaiti.register.hold_rules import HoldKind
from vaiti.retention import order_cards, tombstones
from vaiti.retention.order_cards import OrderCard
from vaiti.retention.order_rules import Asked, AskedKind
from vaiti.rights.asking import Right
from vaiti.rights.case_models import Case, Decision, Given, Recipient
from vaiti.rights.grounds import GROUNDS
from vaiti.rights.intake import number_of
from vaiti.rights.letter_models import LetterRow
from vaiti.rights.letter_rules import Letter

LETTER, RECIPIENTS, ENDING = "letter", "recipients", "restriction_ends"
HEARD = frozenset({"listening_held", "listening_waived"})
CHANGING = frozenset({Right.RECTIFICATION, Right.COMPLETION, Right.ERASURE, Right.RESTRICTION})
"""What whoever had received the data is told of (Art. 19)."""
PACKED = "copy"
"""How a letter goes with the copies: it is given when they are."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A right that was granted, for one call or for none. `order` is of an erasure."""

    right: Right
    call: UUID | None
    kept: bool
    order: OrderCard | None = None


def reference_of(row: Case) -> str:
    return number_of(row.year, row.serial)


def promises(row: Case, now: datetime) -> tuple[Promise, ...]:
    """Everything that was granted, also in part, in the order of the rights."""
    order = list(Right)
    rows = Decision.objects.filter(case=row).exclude(outcome="refused")
    found = [_promise(row, Right(one.right), one.call, now) for one in rows.order_by("id")]
    return tuple(sorted(found, key=lambda one: (order.index(one.right), str(one.call))))


def lacks(row: Case, now: datetime) -> tuple[str, ...]:
    """The rights that were granted and not given yet; the letter, which everybody gets."""
    missing = dict.fromkeys(one.right.value for one in promises(row, now) if not one.kept)
    if not told_to_recipients(row):
        missing[RECIPIENTS] = None
    if not told_of_ending(row, now):
        missing[ENDING] = None
    if not answered(row):
        missing[LETTER] = None
    return tuple(missing)


def _promise(row: Case, right: Right, call: UUID | None, now: datetime) -> Promise:
    if right is Right.ERASURE and call is not None:
        order = order_of(row, call)
        done = (order is not None and order.done) or call in tombstones.gone([call])
        return Promise(right, call, done, order)
    return Promise(right, call, _kept(row, right, call, now))


def _kept(row: Case, right: Right, call: UUID | None, now: datetime) -> bool:
    given = Given.objects.filter(case=row)
    if right is Right.LISTENING:
        return given.filter(what__in=HEARD).exists()
    if right is Right.INFORMATION:
        return _sent(row, (Letter.INFORMATION,)).exists()
    if call is None:
        return True  # there is no call that anything could be done to
    if right in (Right.COPY, Right.PORTABILITY):
        return given.filter(what="copy", call=call).exists()
    gone = call in tombstones.gone([call])
    return gone or _done_to(row, right, call, now)


def _done_to(row: Case, right: Right, call: UUID, now: datetime) -> bool:
    reference = reference_of(row)
    if right is Right.RECTIFICATION:
        return any(one.at >= row.registered_at for one in corrections.of_call(call))
    if right is Right.COMPLETION:
        return statements.in_case(call, reference)
    if right is Right.RESTRICTION:
        return restriction_on(call, reference, now) is not None
    return bool(stops.said(call, reference))


def restriction_on(call: UUID, reference: str, now: datetime) -> UUID | None:
    """The restriction that stands on the call in this matter."""
    for one in holds.of_call(call, now):
        if one.kind == HoldKind.RESTRICTION and one.reference == reference:
            return one.id
    return None


def order_of(row: Case, call: UUID) -> OrderCard | None:
    """The newest order of this case to destroy the call that nobody has refused."""
    asked = Asked(AskedKind.CASE, reference_of(row))
    for one in order_cards.of_asked(asked):
        if one.state != "refused" and call in order_cards.calls(one.id):
            return one
    return None


def told_to_recipients(row: Case) -> bool:
    """Whether everybody who had the data was told, or nobody had them."""
    changed = Decision.objects.filter(case=row, right__in=CHANGING, call__isnull=False)
    if not changed.exclude(outcome="refused").exists() or row.recipients == "nobody":
        return True
    letters = list(Recipient.objects.filter(case=row).values_list("letter", flat=True))
    sent = LetterRow.objects.filter(id__in=[one for one in letters if one], sent_at__isnull=False)
    return bool(letters) and sent.count() == len(letters)


def told_of_ending(row: Case, now: datetime) -> bool:
    """Whether the person knows that a restriction ends which stood while it was decided, and was
    then refused (Art. 18(3))."""
    refused = Decision.objects.filter(case=row, right=Right.RESTRICTION, outcome="refused")
    calls = [one for one in refused.values_list("call", flat=True) if one]
    standing = (restriction_on(call, reference_of(row), now) for call in calls)
    cards = (holds.card(hold, now) for hold in standing if hold)
    return all(card.told_at for card in cards if card)


def answered(row: Case) -> bool:
    """Whether a letter was sent after the last decision, with the law of each refusal in it."""
    made = list(Decision.objects.filter(case=row))
    refused = [one for one in made if one.outcome != "granted"]
    kinds: tuple[Letter, ...] = (Letter.DECISION, Letter.REFUSAL)
    if not refused:
        kinds += (Letter.INFORMATION, Letter.ERASURE)
    since = max([one.reviewed_at or one.decided_at for one in made], default=row.registered_at)
    laws = {GROUNDS[one.ground].law for one in refused}
    for letter in _sent(row, kinds).filter(sent_at__gte=since):
        said = " ".join(text for _element, text in letter.parts)
        if all(law in said for law in laws) and _has_it(row, letter):
            return True
    return False


def _has_it(row: Case, letter: LetterRow) -> bool:
    """A letter within the copies is there when they are."""
    copies = Given.objects.filter(case=row, what="copy", noted_at__gte=letter.sent_at)
    return letter.sent_how != PACKED or copies.exists()


def _sent(row: Case, kinds: tuple[Letter, ...]) -> QuerySet[LetterRow]:
    rows = LetterRow.objects.filter(reference=reference_of(row), kind__in=kinds)
    return rows.filter(sent_at__isnull=False)
