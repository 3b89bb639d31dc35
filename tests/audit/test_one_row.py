"""A log that was kept in two tables once is in one, with all that it said."""

from datetime import datetime

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from audit.conftest import Append
from vaiti.audit.checkpoint import Signer
from vaiti.audit.models import Leaf
from vaiti.audit.removal import forget
from vaiti.audit.sequencer import sequence
from vaiti.audit.verify import verify_log

READABLE = "SELECT relacl::text LIKE '%,=r/%' FROM pg_class WHERE oid = 'audit_leaf'::regclass"


@pytest.mark.django_db(transaction=True)
def test_an_entry_in_two_halves_becomes_one_row(
    append: Append, signer: Signer, now: datetime
) -> None:
    ids = append(5)
    with transaction.atomic():
        forget(ids[1:2], actor="system:audit", reason="expired", now=now)
    sequence(now, signer)
    append(2)
    before = list(Leaf.objects.order_by("id").values())
    call_command("migrate", "audit", "0002", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM audit_leaf), count(*) FROM audit_content")
        assert cursor.fetchall() == [(8, 7)]
        if connection.vendor == "postgresql":  # as to the user of the key process
            cursor.execute("GRANT SELECT ON audit_leaf TO PUBLIC")
    call_command("migrate", "audit", verbosity=0)
    assert list(map(readable, Leaf.objects.order_by("id").values())) == list(map(readable, before))
    report = verify_log(signer.public, now)
    assert (report.ok, report.entries, report.removed) == (True, 6, 1)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(READABLE)
            assert cursor.fetchall() == [(True,)]
            cursor.execute("REVOKE SELECT ON audit_leaf FROM PUBLIC")


def readable(row: dict[str, object]) -> dict[str, object]:
    return {name: bytes(one) if isinstance(one, memoryview) else one for name, one in row.items()}
