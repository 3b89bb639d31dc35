"""The administrator's page of tokens and of messages that nobody took; the API's own page."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from cast import NOW, Cast
from vaiti.access.models import ApiToken
from vaiti.access.token_rules import TokenScope
from vaiti.due import jobs
from vaiti.web.api import frame
from vaiti.web.wording import program_words
from web.api_caller import Program, program
from web.conftest import SignIn
from web.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def begin_anew() -> None:
    frame.PACE.forget()


def grant(client: Client, **changes: object) -> tuple[int, str]:
    given: dict[str, object] = {"act": "grant", "name": "desk", "until": "31.12.2026"}
    answer = client.post("/programs/", given | changes)
    return answer.status_code, answer.content.decode()


def test_n27_a_token_is_granted_on_the_page_shown_once_and_ended_at_once(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    world.call("anna.astrom")
    admin = sign_in(cast.administrator)
    assert "No token yet" in admin.get("/programs/").content.decode()
    number = cast.service_line.number
    asked = {"owner": cast.anna.id.hex, "scope": "calls:read", "purpose": "verify", "line": number}
    status, page = grant(admin, **asked)
    shown = re.search(r"vaiti-api-[\w-]{43}", page)
    assert status == 200 and shown
    assert len(Program(shown[0]).get("calls/")["legs"]) == 1
    again = admin.get("/programs/").content.decode()
    assert shown[0] not in again and "Anna Åström" in again and "Aino Laine" in again
    row = ApiToken.objects.get()
    assert (row.begins, row.lines) == (NOW, [number])
    looks = sign_in(cast.dpo).get("/programs/").content.decode()
    assert "Anna Åström" in looks and "End at once" not in looks and "Grant the token" not in looks
    ended = admin.post("/programs/", {"act": "end", "token": row.id.hex})
    assert ended.headers["Location"] == "/programs/?done=ended"
    assert Program(shown[0]).ask("GET", "calls/")[0] == 401


def test_what_is_wrong_is_said_with_what_was_typed_kept(cast: Cast, sign_in: SignIn) -> None:
    admin = sign_in(cast.administrator)
    for sentence, changes in {
        "Say what the token is for": {"name": "kept-name"},
        "Only a named person": {"scope": "calls:read", "purpose": "verify", "line": "all"},
        "to themselves": {
            **{"scope": "live:control", "owner": cast.administrator.id.hex},
        },
        "Write a day like": {"scope": "log:read", "until": "31.13."},
    }.items():
        status, page = grant(admin, **changes)
        assert status == 422 and sentence in page
        assert f'value="{changes.get("name", "desk")}"' in page
    assert not ApiToken.objects.exists()


def test_n27_nobody_else_grants_ends_or_sends_again(cast: Cast, sign_in: SignIn) -> None:
    program(TokenScope.STATE)
    for person in (cast.dpo, cast.mikko, cast.anna):
        client = sign_in(person)
        for act in ("grant", "end", "letter"):
            given = {"act": act, "token": ApiToken.objects.get().id.hex}
            assert client.post("/programs/", given).status_code == 404
    assert ApiToken.objects.get().ended_at is None


def test_messages_that_nobody_took_are_told_and_sent_again(cast: Cast, sign_in: SignIn) -> None:
    jobs.add_new("webhook:crm", "webhook:crm:1", {"kind": "call.kept"}, NOW)
    job = jobs.lease("test", NOW, 60)
    assert job
    jobs.bury(job, "status_500", NOW)
    assert "crm: a call was kept" in sign_in(cast.dpo).get("/programs/").content.decode()
    admin = sign_in(cast.administrator)
    assert admin.post("/programs/", {"act": "letter", "letter": job.id.hex}).status_code == 302
    assert jobs.dead("webhook:", 9) == []
    assert jobs.lease("test", NOW + timedelta(seconds=1), 60)


def test_the_apis_page_names_every_operation(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.anna).get("/api/").content.decode()
    assert "/calls/{call_id}/agent" in page and 'id="problem-422"' in page


def test_every_scope_has_words() -> None:
    assert set(program_words.SCOPES) == set(TokenScope)
