"""The pages of early destruction: planned, approved by another, proven; and its certificate."""

from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest

from cast import NOW, Cast
from vaiti.access import holding
from vaiti.audit.certificate import from_text, verify
from vaiti.audit.checkpoint import Signer
from vaiti.audit.reading import entries
from vaiti.audit.sequencer import sequence
from vaiti.register import gaps
from vaiti.register.gaps import NewGap, What
from vaiti.register.hold_rules import Draft, Time
from vaiti.register.models import Call
from vaiti.retention import holds
from vaiti.retention.fulfilling import Fulfilment
from vaiti.retention.models import Order
from vaiti.retention.sweep import sweep
from web.conftest import SignIn
from web.test_holds import in_case
from web.world import World

pytestmark = pytest.mark.django_db(transaction=True)
SIGNER = Signer("vaiti/test", bytes(range(32)))


def work(world: World) -> None:
    desk = Fulfilment(world.keys, world.store, world.folder / "journal")
    desk.go_on(NOW)
    sweep(world.keys, world.store, world.folder / "journal", NOW)
    desk.go_on(NOW)


def test_n38_a_destruction_is_planned_approved_by_another_and_proven_on_its_page(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    call = world.call("anna.astrom", seconds=4)
    other = world.call("anna.astrom", seconds=4, start=NOW - timedelta(hours=5))
    in_case(call, cast.rights_handler, cast.dpo)
    handler, officer, agent = map(sign_in, (cast.rights_handler, cast.dpo, cast.anna))
    assert (
        "No call has been destroyed before its day yet."
        in officer.get("/destruction/").content.decode()
    )
    assert (
        f'href="/destruction/new?call={call.hex}"'
        in handler.get(f"/calls/{call.hex}/").content.decode()
    )
    right = {"reason": "erasure", "reference": "R-2026/17", "calls": f"/calls/{call.hex}/"}
    for wrong, said in (
        ({"calls": "the newest"}, "One line is no call."),
        ({"calls": other.hex}, "One of the calls is not yours to see"),
        ({"calls": uuid4().hex}, "One of the calls is not yours to see"),
        ({"reason": "unwanted-1"}, "Choose why the calls are destroyed."),
        ({"reference": "040 123 4567"}, "The case’s reference is"),
    ):
        answer = handler.post("/destruction/new", right | wrong)
        assert answer.status_code == 422
        assert said in unescape(answer.content.decode()), wrong
    assert not Order.objects.exists()

    page = handler.post("/destruction/new", right).headers["Location"]
    shown = unescape(handler.get(page).content.decode())
    assert "another rights handler or the data protection officer approves it" in shown
    assert "Destroy these calls" not in shown
    assert f'href="{page}"' in officer.get("/desk/").content.decode()
    own = handler.post(page, {"act": "approve"})
    assert "You planned it. Another named person approves it." in unescape(own.content.decode())
    assert officer.post(page, {"act": "refuse", "why": "x"}).status_code == 422

    until = NOW + timedelta(days=60)
    draft = Draft("order", "POL-9", cast.dpo.id, Time(until, until), "Ordered by the police.")
    hold = holds.place(holding.may_place(cast.dpo.id, draft, [call], NOW), world.keys, NOW)
    assert "Holds that stand against it" in officer.get(page).content.decode()
    held = unescape(officer.post(page, {"act": "approve"}).content.decode())
    assert "A hold stands against it: POL-9." in held
    holds.end(holding.may_keep(cast.dpo.id, hold, NOW, longer=False), "No need any more.", NOW)

    assert agent.get(f"/calls/{call.hex}/").status_code == 200
    assert officer.post(page, {"act": "approve"}).status_code == 302
    assert agent.get(f"/calls/{call.hex}/").status_code == 404
    assert handler.get("/destruction/").content.decode().count("R-2026/17") == 1
    work(world)
    done = unescape(officer.get(page).content.decode())
    assert "Proven gone" in done
    assert done.count('<span class="tag good">0</span>') == 4
    assert not Call.objects.filter(id=call).exists()

    assert officer.get(f"{page}certificate.json").status_code == 404
    assert officer.post(f"{page}certificate").status_code == 302
    assert "The log signs it within seconds" in officer.get(page).content.decode()
    sequence(NOW, SIGNER)
    text = handler.get(f"{page}certificate.json").content.decode()
    verdict = verify(from_text(text), SIGNER.public)
    assert (verdict.ok, verdict.calls) == (True, 1)
    assert handler.get(f"{page}certificate.pdf").content.startswith(b"%PDF")
    assert agent.get(page).status_code == 404
    looks = entries(kind="access:mandates:listed", actor=cast.dpo.id.hex, limit=50).entries
    assert {entry.facts["kind"] for entry in looks} == {"destruction"}


def test_n38_an_unwanted_recording_is_destroyed_from_the_gap_register(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    call = world.call("anna.astrom", seconds=4)
    known = {"started_at": NOW, "ended_at": NOW, "call_id": call}
    gap = gaps.enter(NewGap(What.UNWANTED, "no_record", "pbx", **known), NOW)
    missing = gaps.enter(NewGap(What.QUIET, "no_packets", "pbx", **known), NOW)
    officer, administrator = sign_in(cast.dpo, "sv"), sign_in(cast.administrator)
    assert "Planera dess förstöring" in officer.get(f"/gaps/{gap.hex}/").content.decode()
    assert "Planera dess" not in officer.get(f"/gaps/{missing.hex}/").content.decode()
    assert "/destruction/" not in administrator.get(f"/gaps/{gap.hex}/").content.decode()
    assert administrator.post("/destruction/new", {"gap": gap.hex}).status_code == 404
    assert officer.post("/destruction/new", {"gap": missing.hex}).status_code == 422

    page = officer.post("/destruction/new", {"gap": gap.hex}).headers["Location"]
    assert f'href="{page}"' in officer.get(f"/gaps/{gap.hex}/").content.decode()
    assert "Förstör dessa samtal" in officer.get(page).content.decode()  # no person asked
    world.stop_keys()
    assert "kan inte tillfrågas just nu" in officer.get(page).content.decode()
    world.start_keys()
    assert officer.post(page, {"act": "approve"}).status_code == 302
    work(world)
    assert "Bevisligen borta" in officer.get(page).content.decode()
    assert "/destruction/" in officer.get(f"/gaps/{gap.hex}/").content.decode()
