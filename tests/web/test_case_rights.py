"""Each right that changes or moves data, from the request to the call's own end, in the pages."""

import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from cast import NOW, Cast
from vaiti.access import doors
from vaiti.access.errors import NotVisible
from vaiti.audit.reading import entries
from vaiti.audit.sequencer import sequence
from vaiti.register.models import Call, Correction, Hold
from vaiti.register.person_models import Statement
from vaiti.rights import letters
from vaiti.rights.case_models import Case, Decision, Recipient
from vaiti.rights.copy_models import Package
from vaiti.rights.letter_models import LetterRow
from web.case_desk import (
    DAY,
    call,
    decided,
    do,
    hand_out,
    open_case,
    refuse,
    searched,
    send,
    text,
    write,
)
from web.conftest import SignIn
from web.test_case_carrying import time_goes_on
from web.test_certificates import SIGNER, inside
from web.world import World

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = re.compile(r"<code[^>]*>([a-z0-9-]{23})</code>")
SAID = "Zebrafisch: I said no to the offer, and was told that this was enough."


def fetched(handler: Client, stranger: Client, case: Case, mine: str) -> dict[str, Any]:
    """What the person finds in the package: names of files, and call.json."""
    page = handler.post(f"/copies/{case.id.hex}/", {f"call-{mine}": "on", "language": "sv"})
    (password,) = PASSWORD.findall(page.content.decode())
    sequence(NOW, SIGNER)
    package = Package.objects.order_by("-made_at")[0]
    got = stranger.post(f"/copy/{package.id.hex}", {"password": password})
    packed = zipfile.ZipFile(io.BytesIO(b"".join(got.streaming_content)))  # type: ignore[attr-defined]
    told: dict[str, Any] = json.loads(packed.read("call-1/call.json"))
    return told | {"files": packed.namelist()}


def test_n37_n39_data_are_corrected_completed_moved_and_destroyed_with_the_call(
    cast: Cast, world: World, sign_in: SignIn, stranger: Client
) -> None:
    mine, handler = call(world, 3), sign_in(cast.rights_handler)
    case = open_case(handler, "rectification", "completion", "portability")
    searched(handler, case, mine)
    points = [f"{one}:{mine.hex}" for one in ("rectification", "completion", "portability")]
    decided(handler, case, *points)
    assert do(handler, case, "fulfilled") == 422
    before = Call.objects.get(id=mine)
    line = before.line_id.hex
    wrong = {"act": "call", "was_line": line, "was_direction": "in", "line": line}
    corrected = handler.post(f"/calls/{mine.hex}/correct", wrong | {"direction": "out"})
    assert corrected.status_code == 303
    assert do(handler, case, "complete", call=mine.hex, text=SAID) == 302
    got = fetched(handler, stranger, case, mine.hex)
    assert {"call-1/sound.wav", "call-1/call.json", "manifest.json"} <= set(got["files"])
    held = got["call"]
    assert held["direction"] == "out"
    assert [(one["before"], one["after"]) for one in held["corrections"]] == [("in", "out")]
    assert [one["text"] for one in held["statements"]] == [SAID]
    assert held["customer_number"].endswith("***")
    after = Call.objects.get(id=mine)
    assert after.object_id == before.object_id, "the sound itself is never changed"
    letter = write(handler, case, "decision")
    said = str(LetterRow.objects.get(id=letter).parts)
    assert "Correction" in said and "Completion" in said
    send(handler, case, letter)
    assert do(handler, case, "close") == 422, "whoever had the data before is told (Article 19)"
    assert do(handler, case, "nobody") == 302
    case.refresh_from_db()
    assert case.state == "fulfilled"
    assert do(handler, case, "close") == 302

    time_goes_on(world, NOW + timedelta(days=200))
    with pytest.raises(NotVisible):
        doors.see_call(cast.rights_handler.id, mine, NOW)
    assert not Statement.objects.exists() and not Correction.objects.exists()
    assert not Call.objects.exists()
    if connection.vendor == "sqlite":
        path = Path(str(connection.settings_dict["NAME"]))
        for one in path.parent.glob(path.name + "*"):
            assert b"Zebrafisch" not in one.read_bytes(), one.name


def test_n40_18_2_a_restricted_call_is_told_copied_and_put_right_in_its_own_case(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    mine, handler = call(world, 3), sign_in(cast.rights_handler)
    case = open_case(handler, "restriction", "portability", "information")
    searched(handler, case, mine)
    decided(handler, case, f"restriction:{mine.hex}", f"portability:{mine.hex}", "information:")
    assert do(handler, case, "restrict", call=mine.hex) == 302
    assert sign_in(cast.anna).get(f"/calls/{mine.hex}/").status_code == 404
    assert handler.get(f"/calls/{mine.hex}/correct").status_code == 200
    assert "a call that is gone" not in text(handler.get(f"/cases/{case.id.hex}/"))
    assert f'name="call-{mine.hex}"' in text(handler.get(f"/copies/{case.id.hex}/"))
    hand_out(handler, case, mine)
    assert do(handler, case, "nobody") == 302
    told = dict(LetterRow.objects.get(id=write(handler, case, "information")).parts)
    assert "23.11.2026" in told["calls"] and "nobody" in told["recipients"]


def test_n40_18_1_a_call_is_only_kept_while_it_is_contested_and_not_freed_without_a_word(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    """Art. 18(1)(a) and (d): restriction until it is known who is right; 18(3): told before."""
    mine, due = call(world, 3), NOW
    due = Call.objects.get(id=mine).due_at
    handler, officer = sign_in(cast.rights_handler), sign_in(cast.dpo)
    case = open_case(handler, "rectification", "objection", "restriction")
    assert do(handler, case, "name", call=mine.hex, **DAY) == 302
    assert do(handler, case, "restrict", call=mine.hex) == 422, "it may be a stranger's"
    assert do(handler, case, "confirm", call=mine.hex) == 302
    page = text(handler.get(f"/cases/{case.id.hex}/"))
    assert "Restrict it while this is being decided" in page
    assert do(handler, case, "restrict", call=mine.hex) == 302
    assert do(handler, case, "restrict", call=mine.hex) == 422, "once"
    page = text(handler.get(f"/cases/{case.id.hex}/"))
    assert "restricted: it is only kept" in page
    where = f"/calls/{mine.hex}/"
    assert all(sign_in(one).get(where).status_code == 404 for one in (cast.anna, cast.mikko))
    assert handler.get(where).status_code == officer.get(where).status_code == 200
    time_goes_on(world, due + timedelta(days=30))
    assert Call.objects.filter(id=mine).exists(), "its day destroys nothing"

    assert do(handler, case, "searched") == 302
    refuse(handler, officer, case, f"restriction:{mine.hex}", "no_ground_18")
    refuse(handler, officer, case, f"rectification:{mine.hex}", "accurate")
    refuse(handler, officer, case, f"objection:{mine.hex}", "compelling")
    assert do(handler, case, "decided") == 302
    hold = Hold.objects.get(kind="restriction")
    send(handler, case, write(handler, case, "refusal"))
    assert do(handler, case, "fulfilled") == 422
    assert "Letter: End of a restriction" in text(handler.get(f"/cases/{case.id.hex}/"))
    ending = {"act": "end", "why": "It is known who is right."}
    assert handler.post(f"/holds/{hold.id.hex}/", ending).status_code == 422
    send(handler, case, write(handler, case, "restriction_lifted"))
    assert do(handler, case, "fulfilled") == 302
    assert handler.post(f"/holds/{hold.id.hex}/", ending).status_code == 302
    carried = entries(kind="rights:decision:carried_out", subject=case.id.hex).entries
    assert [one.facts["right"] for one in carried] == ["restriction"]
    assert Decision.objects.filter(outcome="refused", review="agreed").count() == 3


def test_n47_each_letter_tells_its_own_calls_and_reasons_and_nothing_of_the_rest(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    first, second = call(world, 5), call(world, 3)
    handler, officer = sign_in(cast.rights_handler), sign_in(cast.dpo)
    case = open_case(handler, "copy", "erasure")
    Case.objects.update(name="Nils Berg", contact="Storgatan 12, 903 26 Umeå")
    searched(handler, case, second, first)
    refuse(handler, officer, case, f"erasure:{second.hex}", "legal_claim")
    decided(handler, case, f"copy:{first.hex}", f"copy:{second.hex}", f"erasure:{first.hex}")

    def said(kind: str) -> dict[str, str]:
        return dict(LetterRow.objects.get(id=write(handler, case, kind)).parts)

    erased = said("erasure")["erased"]
    assert "09:00" in erased and "11:00" not in erased, "the other call's erasure was refused"
    assert "destroyed on" not in erased, "it has no day any more"
    decisions = said("decision")["decisions"].splitlines()[1:]
    assert [("09:00" in one, "Erasure" in one) for one in decisions] == [
        (True, False),
        (False, False),
        (True, True),
        (False, True),
    ], "by right, and by time"
    assert "The facts of this very call" in said("refusal")["why_not"]
    for kind, part in (("identification", "unsure"), ("extension", "why_longer")):
        assert said(kind)[part].endswith("[reasons]"), "a refusal's reasons are not theirs"
    assert do(handler, case, "recipient", who="Parcel Partner Ltd") == 302
    recipient = str(Recipient.objects.get().id)
    assert do(handler, case, "notify", recipient=recipient) == 302
    notice = LetterRow.objects.filter(kind="article_19").latest("made_at")
    told = dict(notice.parts)
    assert "Jäljennös" not in told["notice_19"], "what else the person asked is not theirs to know"
    assert "rekisteröity soitti" in told["which_data"] and "11.00" not in told["which_data"]
    cards = {one.id: one for one in letters.cards("R-2026-1")}
    assert letters.addressee(cards[notice.id]) == ("Parcel Partner Ltd",)
    one = next(each for each in cards.values() if each.kind == "decision")
    assert letters.addressee(one) == ("Nils Berg", "Storgatan 12", "903 26 Umeå")
    assert letters.addressee(replace(one, sent_how="page")) == ("Nils Berg",)
    paper = inside(handler.get(f"/letters/{case.id.hex}/{one.id.hex}/letter.pdf").content)
    assert b"/LI" in paper and b"/LBody" in paper, "a list is a list for a screen reader too"
