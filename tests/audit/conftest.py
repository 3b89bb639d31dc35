from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import transaction

from vaiti.audit import log
from vaiti.audit.checkpoint import Signer
from vaiti.audit.kinds import Kind

Append = Callable[[int], list[UUID]]


@pytest.fixture
def signer() -> Signer:
    return Signer("register.example/audit", bytes(range(32)))


@pytest.fixture
def append(now: datetime) -> Append:
    """Logs so many entries, a second apart, each in a transaction of its own."""
    written = 0

    def append_some(count: int) -> list[UUID]:
        nonlocal written
        ids = []
        for _ in range(count):
            with transaction.atomic():
                ids.append(
                    log.append(
                        Kind.ACCESS_CALL_SEEN,
                        actor=f"person-{written % 3}",
                        subject=f"call-{written}",
                        facts={"number": written, "own": True, "rule": "own"},
                        now=now + timedelta(seconds=written),
                    )
                )
            written += 1
        return ids

    return append_some
