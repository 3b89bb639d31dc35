"""The administrator's page of lines: listed, changed with before and after, ended."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from cast import NOW, SINCE, Cast
from vaiti.audit.models import Leaf
from vaiti.notice import lines
from vaiti.notice.lines import LineCard
from vaiti.notice.models import Line
from vaiti.promises.models import Approval, Dialogue
from vaiti.promises.papers import dialogues
from vaiti.promises.papers.dialogues import Talk
from web.conftest import SignIn
from web.world import World

pytestmark = pytest.mark.django_db

TALK = Talk(SINCE.date(), "shop stewards", "Why calls are recorded.", "Agreed.")
ALL = {name: "yes" for name in ("inbound", "outbound", "recorded", "keeps_hold")}
LATER = NOW + timedelta(seconds=1)


@pytest.fixture(autouse=True)
def talked_over(cast: Cast) -> None:
    dialogues.record(TALK, by=cast.dpo.id, now=NOW)


def text(client: Client, address: str = "/lines/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def new(client: Client, **changes: str) -> tuple[int, str]:
    given = {"number": "+358 20 740-0000", "label": "Claims", "function": "service"}
    answer = client.post("/lines/", given | ALL | changes)
    return answer.status_code, answer.content.decode()


def standing(number: str = "+358207400000") -> LineCard:
    found = lines.line_for(number, LATER)
    assert found is not None
    return found


def facts(kind: str) -> dict[str, object]:
    return dict(json.loads(Leaf.objects.get(kind=kind).body)["facts"])


def test_n14_a_line_is_listed_changed_and_ended_on_the_page_and_the_orders_follow(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    admin = sign_in(cast.administrator)
    assert new(admin)[0] == 302
    assert (standing().recorded, standing().announced) == (True, False)
    assert "Claims" in text(admin, "/lines/?done=listed")
    address = f"/lines/{standing().id.hex}/"
    wanted = {"label": "Claims", "function": "service", "inbound": "yes", "recorded": "yes"}
    changed = admin.post(address, wanted | {"announced": "yes"})
    assert changed.headers["Location"].endswith("/?done=changed")
    (order,) = [one for one in lines.as_orders(LATER) if one["number"] == "+358207400000"]
    assert (order["outbound"], order["announced"], order["keeps_hold"]) == (False, True, False)
    assert facts("notice:line:changed") == {
        "number": "+358207400000",
        "before": "outbound=yes; announced=no; keeps_hold=yes",
        "after": "outbound=no; announced=yes; keeps_hold=no",
    }
    page = text(admin, changed.headers["Location"])
    assert "from the announcement on" in page and "holds are left out" in page
    told = {"label-fi": "Korvaukset", "label-sv": "Ersättningar"}
    renamed = admin.post(f"/lines/{standing().id.hex}/", wanted | {"announced": "yes"} | told)
    assert (standing().said("fi"), standing().said("en")) == ("Korvaukset", "Claims")
    assert 'value="Ersättningar"' in text(admin, renamed.headers["Location"])
    old = text(admin, address)
    assert "This is how the line was" in old and "Change the line" not in old
    ending = f"/lines/{standing().id.hex}/end"
    assert "End the line Claims?" in admin.post(ending).content.decode()
    assert standing()
    assert admin.post(ending, {"sure": "1"}).headers["Location"] == "/lines/?done=ended"
    assert lines.line_for("+358207400000", LATER) is None
    assert "Lines that have ended" in text(admin)


def test_l35_no_line_is_recorded_before_the_dialogue_is_on_record(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    Dialogue.objects.all().delete()
    admin = sign_in(cast.administrator)
    status, page = new(admin)
    assert status == 422 and "dialogue with the staff is not on record" in page
    assert new(admin, recorded="")[0] == 302
    kept = standing()
    address = f"/lines/{kept.id.hex}/"
    wanted = {"label": "Claims", "function": "service"} | ALL
    refused = admin.post(address, wanted)
    assert refused.status_code == 422 and "not on record" in refused.content.decode()
    assert not standing().recorded
    dialogues.record(TALK, by=cast.dpo.id, now=NOW)
    assert admin.post(address, wanted).status_code == 302


def test_l23_nothing_further_is_recorded_or_signed_on_an_assessment_that_has_changed(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    told = {"paper": "dpia", "version": "1", "sha256": "0" * 64, "person": cast.dpo, "at": NOW}
    Approval.objects.create(**told)
    admin = sign_in(cast.administrator)
    status, page = new(admin)
    assert status == 422 and "impact assessment has changed" in page
    assert new(admin, recorded="")[0] == 302
    wanted = {"label": "Claims", "function": "service"} | ALL
    assert admin.post(f"/lines/{standing().id.hex}/", wanted).status_code == 422
    signing = {"version": "2", "act": "sign", "sure": "1"}
    refused = admin.post("/notice/versions/", signing)
    assert refused.status_code == 422
    assert "impact assessment has changed" in refused.content.decode()


def test_what_is_wrong_is_said_and_what_was_typed_stays(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    admin = sign_in(cast.administrator)
    service = cast.service_line.number
    for sentence, changes in {
        "Write the number with a plus": {"number": "0207 400 000"},
        "This number is registered": {"number": service},
        "a label of 1 to 80": {"label": " "},
        "a label of 1 to 80 characters": {"label-fi": "x" * 81},
        "takes calls in, out, or both": {"inbound": "", "outbound": ""},
    }.items():
        status, page = new(admin, **({"label": "Kept words"} | changes))
        assert status == 422 and sentence in page
        assert "Kept words" in page or changes.get("label")
    own = f"/lines/{cast.service_line.id.hex}/"
    test_line = {"label": "Customer service", "function": "test"} | ALL
    refused = admin.post(own, test_line)
    assert refused.status_code == 422
    assert "customers have called this number" in refused.content.decode().lower()
    assert Line.objects.filter(number=service).count() == 1


def test_who_only_looks_finds_no_form_and_changes_nothing(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    own = f"/lines/{cast.service_line.id.hex}/"
    for person in (cast.dpo, cast.auditor):
        client = sign_in(person)
        assert "List the line" not in text(client) and "Change the line" not in text(client, own)
        assert new(client)[0] == 404
        assert client.post(own, ALL | {"label": "x", "function": "service"}).status_code == 404
        assert client.post(f"{own}end", {"sure": "1"}).status_code == 404
    for person in (cast.anna, cast.mikko, cast.trainer, cast.security_lead):
        assert sign_in(person).get("/lines/").status_code == 404
    assert not Leaf.objects.filter(kind__startswith="notice:line").exists()


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_an_empty_register_of_lines_says_what_to_do(
    world: World, cast: Cast, sign_in: SignIn, language: str
) -> None:
    Line.objects.all().delete()
    said = {"fi": "Aloita".lower(), "sv": "börja med", "en": "begin with"}[language]
    assert said in text(sign_in(cast.administrator, language)).lower()
    missing = UUID(int=7)
    assert sign_in(cast.administrator).get(f"/lines/{missing.hex}/").status_code == 404
