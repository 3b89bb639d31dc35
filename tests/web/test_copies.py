"""The pages of copies: made by the case's handler, fetched by the person with a password."""

import io
import re
import zipfile
from datetime import date, timedelta
from html import unescape
from uuid import UUID

import pytest
from django.test import Client

from cast import NOW, Cast
from vaiti.access import mandates
from vaiti.audit.checkpoint import Signer
from vaiti.audit.sequencer import sequence
from vaiti.ops.outside.unzipped import unzipped
from vaiti.rights import letters
from vaiti.rights.case_models import Case
from vaiti.rights.copy_models import Package, PackageCall
from web.conftest import SignIn
from web.world import World

pytestmark = pytest.mark.django_db(transaction=True)

SIGNER = Signer("vaiti/test", bytes(range(32)))
PASSWORD = re.compile(r'<code class="secret">([0-9a-z]{5}(?:-[0-9a-z]{5}){3})</code>')


def case(cast: Cast, *calls: UUID) -> str:
    until = NOW + timedelta(days=60)
    made = mandates.open_mandate("case", "2026-118", ends_at=until, by="x", now=NOW)
    mandates.name_person(made, cast.rights_handler.id, by="x", now=NOW)
    for call in calls:
        mandates.add_call(made, call, by="x", now=NOW)
    return f"/copies/{made.hex}/"


def test_d01_a_handler_makes_a_copy_and_the_person_fetches_it_once(
    cast: Cast, world: World, sign_in: SignIn, stranger: Client
) -> None:
    call = world.call("anna.astrom", seconds=4)
    address = case(cast, call)
    handler = sign_in(cast.rights_handler)
    assert all(sign_in(one).get(address).status_code == 404 for one in (cast.anna, cast.dpo))
    whole = {f"call-{call.hex}": "on", "language": "fi", f"voices-{call.hex}": "both"}
    for wrong, said in (
        ({f"voices-{call.hex}": "customer"}, "Something is left out"),
        ({f"passages-{call.hex}": "a little after"}, "a line of its own"),
        ({f"call-{call.hex}": None}, "Choose at least one call."),
    ):
        given = {name: value for name, value in (whole | wrong).items() if value is not None}
        answer = handler.post(address, given)
        assert answer.status_code == 422 and said in unescape(answer.content.decode()), wrong
    answer = handler.post(
        address,
        whole
        | {f"passages-{call.hex}": "0:01-0:02 agent"}
        | {f"why-{call.hex}": "A third person’s illness is spoken of."},
    )
    page = answer.content.decode()
    (password,) = PASSWORD.findall(page)
    package = Package.objects.get()
    fetch = f"/copy/{package.id.hex}"
    assert f"http://testserver{fetch}" in page
    assert PackageCall.objects.get().muted == [[1_000_000, 2_000_000, "agent"]]
    assert password not in handler.get(address).content.decode(), "it is shown this once"

    early = stranger.post(fetch, {"password": password})
    assert early.status_code == 422 and "in a minute" in early.content.decode()
    sequence(NOW, SIGNER)
    assert stranger.get(fetch, headers={"Accept-Language": "sv"}).status_code == 200
    missed = stranger.post(fetch, {"password": "abcde-fghjk-mnpqr-stvwx"})
    assert missed.status_code == 422 and "does not fit" in missed.content.decode()
    got = stranger.post(fetch, {"password": password.replace("-", " ").upper()})
    body = b"".join(got.streaming_content)  # type: ignore[attr-defined]
    assert got.headers["Cache-Control"] == "no-store"
    assert int(got.headers["Content-Length"]) == len(body)
    assert zipfile.ZipFile(io.BytesIO(body)).testzip() is None
    again = stranger.post(fetch, {"password": password})
    assert again.status_code == 422 and "fetched already" in again.content.decode()
    assert "Delivered" in handler.get(address).content.decode()


def test_d01_the_encrypted_file_is_taken_and_said_to_be_handed_over(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    call = world.call("anna.astrom", seconds=4)
    address, handler = case(cast, call), sign_in(cast.rights_handler)
    by = cast.rights_handler.id.hex
    facts = dict.fromkeys(letters.blanks("sv"), "x")
    letter = letters.begin("2026-118", "information", "sv", facts, by=by, now=NOW)
    letters.send(letter, "copy", by=by, now=NOW)
    handler.post(address, {f"call-{call.hex}": "on", "language": "sv"})
    sequence(NOW, SIGNER)
    package = Package.objects.get()
    assert "letter.pdf" in [name for name, _size, _sha256 in package.entries]
    below = f"{address}{package.id.hex}"
    got = handler.post(f"{below}/file")
    body = b"".join(got.streaming_content)  # type: ignore[attr-defined]
    packed = zipfile.ZipFile(io.BytesIO(body))
    sealed = [one.filename for one in packed.infolist() if one.flag_bits & 1]
    assert sealed == [one for one in packed.namelist() if one != "proof.json"]
    assert handler.post(f"{below}/handed").status_code == 302
    assert Package.objects.get().delivered_how == "file"
    assert handler.post(f"{below}/file").status_code == 422


def test_l26_evidence_is_made_and_taken_from_the_case_by_its_handler(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    call = world.call("anna.astrom", seconds=4)
    room = f"{case(cast, call)}evidence/"
    handler, below = sign_in(cast.rights_handler), f"{room}{call.hex}"
    assert all(sign_in(one).get(room).status_code == 404 for one in (cast.anna, cast.dpo))
    assert "Make the package" in handler.get(room).content.decode()
    assert handler.post(f"{room}{cast.anna.id.hex}/make").status_code == 404
    assert handler.post(f"{below}/make").headers["Location"] == room
    assert "within a minute" in handler.get(room).content.decode()
    sequence(NOW, SIGNER)
    page = handler.get(room).content.decode()
    (password,) = PASSWORD.findall(page)
    assert f'name="password" value="{password}"' in page and "Make it anew" in page
    assert handler.post(f"{below}/take", {"password": "short"}).status_code == 422
    got = handler.post(f"{below}/take", {"password": password})
    body = b"".join(got.streaming_content)  # type: ignore[attr-defined]
    assert int(got.headers["Content-Length"]) == len(body)
    assert got.headers["Cache-Control"] == "no-store"
    texts = dict(unzipped(body, password))
    assert texts["sound.wav"][:4] == b"RIFF" and texts["received.pcap"][:4] == b"\xd4\xc3\xb2\xa1"
    log = sign_in(cast.dpo).get("/log/").content.decode()
    assert "Package of evidence handed to its handler" in log


def test_n35_n47_a_letter_is_drafted_from_a_case_changed_and_sent(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    handler = sign_in(cast.rights_handler, "sv")
    made = Case.objects.create(
        year=2026,
        serial=17,
        state="received",
        channel="letter",
        capacity="customer",
        language="sv",
        country="SE",
        asked=["copy", "erasure"],
        arrived_on=date(2026, 11, 6),
        registered_at=NOW,
        registered_by="x",
    )
    room, below = f"/letters/{made.id.hex}/", f"/cases/{made.id.hex}/"
    assert f'href="{room}"' in handler.get(below).content.decode()
    page = handler.get(room).content.decode()
    assert '<option value="SE" selected>' in page and '<option value="sv" selected>' in page
    assert handler.post(room, {"kind": "threat", "language": "sv"}).status_code == 422
    given = {"kind": "receipt", "language": "sv", "country": "SE"}
    drafted = handler.post(room, given).headers["Location"]
    page = unescape(handler.get(drafted).content.decode())
    assert "Vi fick din begäran 6.11.2026. Den har nummer R-2026-17." in page
    assert "senast 6.12.2026" in page and "en kopia av inspelningen, radering." in page
    sent = handler.post(drafted, {"act": "send", "how": "post"})
    assert sent.status_code == 422 and "hakparentes" in sent.content.decode()
    contact = {"part-contact": "Skriv till Posti, PB 6, 00011 POSTI, nummer R-2026-17."}
    assert handler.post(drafted, contact | {"act": "send", "how": "post"}).status_code == 302
    page = handler.get(drafted).content.decode()
    assert "PB 6" in page and "<textarea" not in page
    paper = handler.get(f"{drafted}letter.pdf").content
    assert paper.startswith(b"%PDF-1.7") and b"/StructTreeRoot" in paper
    assert handler.post(drafted, contact | {"act": "keep"}).status_code == 422
    other = handler.post(room, given | {"kind": "refusal", "language": "en"})
    dropped = handler.post(other.headers["Location"], {"act": "drop"})
    assert dropped.headers["Location"] == room
    assert handler.get(other.headers["Location"]).status_code == 404
    assert sign_in(cast.anna).get(room).status_code == 404
