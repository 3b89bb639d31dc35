"""The API asked by a tester that others wrote (schemathesis), by the document that it publishes.

Every operation is asked a little that fits and a little that does not, as a manager, an agent and a
machine; the tester's own checks look at the status, headers, type and shape of each answer. The
requests are the same each time.

All of its checks are on. Two are told what the document promises besides: a refusal with 422 of
what fits its shape and contradicts itself, where the operation names it; and 503 of calls in
progress, because no recorder runs here.
"""

from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig

from cast import Cast
from vaiti.access.token_rules import PERSONAL, TokenScope
from vaiti.people.models import SignInFailure
from vaiti.web import calls as pages
from vaiti.web.api import frame
from vaiti.web.api.operation import Operation
from vaiti.web.api.table import by_path
from web.api_caller import program
from web.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

ACCEPTED = ["2xx", "401", "403", "404", "409", "429", "503"]  # 404: it made the id up
REQUESTS = 4  # of each operation, fitting, and as many that do not fit
RULES = settings(
    max_examples=REQUESTS,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def test_schemathesis_finds_no_answer_that_the_document_does_not_promise(
    cast: Cast, world: World
) -> None:
    world.call("anna.astrom")
    manager = program(*PERSONAL, person=cast.mikko, name="manager")
    agent = program(*PERSONAL, person=cast.anna, name="agent")
    machine = program(*set(TokenScope) - PERSONAL, name="machine")
    # as Django's own test client does: each request would end the connection, and the test with it
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        asked = {
            "manager": _ask_all(manager.token, of_calls=True),
            "agent": _ask_all(agent.token, of_calls=True),
            "machine": _ask_all(machine.token, of_calls=False),
        }
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
    assert sum(asked.values()) > 120, asked
    assert min(asked.values()) > 20, asked


def _promised() -> SchemathesisConfig:
    """What each operation may answer to what fits, besides what is good; see above."""
    operations = [
        {"include-operation-id": one.name, "checks": _checks(one)}
        for each in by_path().values()
        for one in each.values()
    ]
    return SchemathesisConfig.from_dict({"operations": operations})


def _checks(one: Operation) -> dict[str, Any]:
    contradicts = ["422"] if 422 in one.refuses else []
    away = ["503"] if 503 in one.refuses else []
    return {
        "positive_data_acceptance": {"expected-statuses": [*ACCEPTED, *contradicts]},
        "not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", *away]},
    }


def _ask_all(token: str, *, of_calls: bool) -> int:
    """Asks every operation that such a token may be for; says how many requests that took."""
    headers = {"Authorization": f"Bearer {token}"}
    options = {"headers": headers, "config": _promised()}
    told = schemathesis.openapi.from_wsgi("/api/openapi.json", WSGIHandler(), **options)
    asked = 0
    for found in told.get_all_operations():
        if found.ok().path.startswith(("/calls", "/live")) != of_calls:
            continue
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @RULES
            @given(found.ok().as_strategy(mode))
            def ask(case: Any) -> None:  # noqa: ANN401 - the tester's own case
                nonlocal asked
                for paced in (frame.PACE, pages.LISTS):
                    paced.forget()
                SignInFailure.objects.all().delete()
                case.call_and_validate(headers=headers)
                asked += 1

            ask()
    return asked
