"""The API asked by a tester that others wrote (schemathesis), by the document that it publishes.

Every operation is asked a little that fits and a little that does not, as a manager, an agent and a
machine; the tester's own checks look at the status, headers, type and shape of each answer. The
requests are the same each time. What fits may be refused with 422: filters that contradict.
"""

from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import positive_data_acceptance

from cast import Cast
from vaiti.access.token_rules import PERSONAL, TokenScope
from vaiti.people.models import SignInFailure
from vaiti.web import calls as pages
from vaiti.web.api import frame
from web.api_caller import program
from web.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

NOT_ASKED = [positive_data_acceptance, not_a_server_error]
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


def _ask_all(token: str, *, of_calls: bool) -> int:
    """Asks every operation that such a token may be for; says how many requests that took."""
    headers = {"Authorization": f"Bearer {token}"}
    told = schemathesis.openapi.from_wsgi("/api/openapi.json", WSGIHandler(), headers=headers)
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
                answer = case.call_and_validate(headers=headers, excluded_checks=NOT_ASKED)
                assert answer.status_code in (503, *range(500)), "503 is promised: no recorder here"
                asked += 1

            ask()
    return asked
