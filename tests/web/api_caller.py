"""A program that holds a token, and tokens for tests."""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.http import HttpResponseBase
from django.test import Client

from cast import NOW
from vaiti.access import tokens
from vaiti.access.token_rules import OF_CALLS, Terms, TokenScope
from vaiti.people.models import Person

BY = "system:test"
CALLS = (TokenScope.CALLS_READ, TokenScope.CALLS_CHANGE)


def terms(
    *scopes: TokenScope,
    person: Person | None = None,
    name: str = "test",
    lines: Collection[str] = ("all",),
    purpose: str = "verify",
) -> Terms:
    of_calls = bool(set(scopes) & OF_CALLS)
    return Terms(
        name=name,
        person=person.id if person else None,
        scopes=frozenset(scopes),
        purpose=purpose if of_calls else "",
        lines=frozenset(lines) if of_calls else frozenset(),
        begins=NOW,
        ends=NOW + timedelta(days=30),
    )


@dataclass
class Program:
    """Asks with its token; `answer` is the last answer as Django made it."""

    token: str
    client: Client = field(
        default_factory=lambda: Client(raise_request_exception=False, enforce_csrf_checks=True)
    )

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        answer = self.raw(method, path, b"" if body is None else json.dumps(body).encode())
        content = getattr(answer, "content", b"")
        return answer.status_code, json.loads(content) if content else None

    def raw(
        self, method: str, path: str, body: bytes = b"", kind: str = "application/json"
    ) -> HttpResponseBase:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.client.generic(method, f"/api/v1/{path}", body, kind, headers=headers)

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        status, body = self.ask("GET", path)
        assert status == 200, (path, status, body)
        return body


def program(*scopes: TokenScope, **about: Any) -> Program:  # noqa: ANN401 - those of terms
    return Program(tokens.grant(terms(*scopes, **about), by=BY, now=NOW))
