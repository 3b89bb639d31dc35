"""N-41: what rests on consent is for no call without it, and for none when it is taken back."""

from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from access_world import Entries, Open, Resume
from cast import NOW, SINCE, Cast
from manifests import enter
from vaiti.access.consenting import Asked, asked_of, note
from vaiti.access.doors import NotVisible, Refused
from vaiti.notice.models import NoticeVersion
from vaiti.notice.wording import read
from vaiti.notice.wordings import text_of
from vaiti.register.drawing import Urn, draw
from vaiti.register.models import Call
from vaiti.register.person_models import Consent
from vaiti.register.whole import everything

WHY = {"purpose": "training", "reference": "2026-118"}
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def call(cast: Cast) -> UUID:
    """A call to the bank's help desk, whose notice lets training rest on consent."""
    text = text_of("helpdesk")
    told = {"wording": text, "wording_sha256": read(text).sha256, "retention_months": 1}
    NoticeVersion.objects.filter(version=cast.notice.version).update(**told)
    return enter("anna.astrom")


def drawn(call: UUID, asking: tuple[str, ...]) -> UUID | None:
    line = Call.objects.get(id=call).line.number
    urn = Urn((line,), SINCE, LATER, asking)
    return draw(urn, (), (), Random(1), NOW)


def test_n41_a_call_is_for_training_only_while_the_consent_stands(
    cast: Cast, call: UUID, open_leg: Open, resume: Resume, entries: Entries
) -> None:
    asking = (cast.notice.version,)
    with pytest.raises(Refused) as refused:
        open_leg(cast.mikko, call, **WHY)
    assert refused.value.needs == ("other_purpose",)
    assert drawn(call, asking) is None
    assert asked_of(cast.anna.id, call, NOW) == (Asked("training", stands=False),)

    assert note(cast.anna.id, call, "training", given=True, now=NOW)
    assert not note(cast.mikko.id, call, "training", given=True, now=NOW)
    assert asked_of(cast.mikko.id, call, NOW) == (Asked("training", stands=True),)
    assert drawn(call, asking) == call
    opening = open_leg(cast.mikko, call, **WHY)

    assert note(cast.mikko.id, call, "training", given=False, now=LATER)
    with pytest.raises(NotVisible):
        resume(cast.mikko, opening, LATER)
    assert drawn(call, asking) is None
    with pytest.raises(Refused):
        open_leg(cast.mikko, call, now=LATER, **WHY)
    open_leg(cast.mikko, call, purpose="verify", reference="2026-118")
    (given,), (back,) = entries("call:consent:given"), entries("call:consent:withdrawn")
    assert (given.actor, given.subject) == (cast.anna.id.hex, call.hex)
    assert (back.actor, back.subject) == (cast.mikko.id.hex, call.hex)


def test_n41_it_may_be_given_again_and_the_copy_tells_the_person_of_both(
    cast: Cast, call: UUID
) -> None:
    def said(at: datetime, *, given: bool) -> bool:
        return note(cast.anna.id, call, "training", given=given, now=at)

    assert [said(NOW, given=True), said(NOW, given=False), said(LATER, given=True)] == [True] * 3
    told = everything(call, LATER)["consents"]
    assert [one["purpose"] for one in told] == ["training", "training"]
    assert told[0]["withdrawn"] is not None
    assert told[1]["withdrawn"] is None
    Call.objects.get(id=call).delete()
    assert not Consent.objects.exists()


@pytest.mark.parametrize("who", ["leila", "dpo", "administrator"])
def test_n41_nobody_else_notes_it_and_nothing_else_is_asked(
    cast: Cast, call: UUID, who: str
) -> None:
    stranger = getattr(cast, who)
    assert asked_of(stranger.id, call, NOW) == ()
    with pytest.raises(NotVisible):
        note(stranger.id, call, "training", given=True, now=NOW)
    with pytest.raises(NotVisible):  # verifying rests on the contract
        note(cast.anna.id, call, "verify", given=True, now=NOW)


def test_n41_where_nothing_rests_on_consent_none_is_asked_for(cast: Cast) -> None:
    call = enter("anna.astrom")
    assert asked_of(cast.anna.id, call, NOW) == ()
    with pytest.raises(NotVisible):
        note(cast.anna.id, call, "training", given=True, now=NOW)
    assert everything(call, NOW)["consents"] == []
