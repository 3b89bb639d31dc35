"""Lengths that the database computes, also of calls after the second that four bytes end with."""

from datetime import UTC, datetime
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from cast import Cast
from manifests import enter
from ops.schema_told import told
from vaiti.register.models import Leg

LATE = datetime(2040, 2, 29, 9, tzinfo=UTC)
OVER = datetime(2038, 1, 19, 3, 13, 30, tzinfo=UTC)  # four bytes end at 03:14:07


@pytest.mark.parametrize("start", [OVER, LATE], ids=["over the second", "2040"])
def test_n13_legs_after_2038_have_their_length(cast: Cast, start: datetime) -> None:
    enter("anna.astrom", start=start)
    assert Leg.objects.values_list("length_s", "person_id").get() == (60, cast.anna.id)


@pytest.mark.postgresql
def test_n13_a_database_that_ended_in_2038_goes_on(cast: Cast) -> None:
    before = told()
    enter("anna.astrom")
    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE;"
            "ALTER TABLE register_leg DROP length_s, ADD length_s integer GENERATED ALWAYS AS"
            " (FLOOR(EXTRACT(EPOCH FROM ended_at AT TIME ZONE 'UTC'))::integer"
            " - FLOOR(EXTRACT(EPOCH FROM started_at AT TIME ZONE 'UTC'))::integer) STORED"
        )
    assert told() != before
    change = import_module("vaiti.register.migrations.0023_lengths_after_2038")
    for _ in range(2):  # the second finds nothing to do
        with connection.schema_editor() as editor:
            change.count_in_eight_bytes(apps, editor)
    assert told() == before
    enter("anna.astrom", start=LATE)
    assert list(Leg.objects.values_list("length_s", flat=True)) == [60, 60]
