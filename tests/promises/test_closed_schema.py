"""N-08, N-11: what is there and not approved breaks the promise, wherever it creeps in."""

import os
import re
from pathlib import Path
from random import Random
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path

from cast import NOW
from house.sources import ROOT
from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.ops.cli import COMMANDS
from vaiti.promises.approved import approved
from vaiti.promises.checks import schema
from vaiti.values.ids import new_object_id
from vaiti.vault.store import FolderStore
from vaiti.web import surface, urls

NEVER = re.compile(
    r"market|campaign|newsletter|transcri|speech|keyword|spot_word|scor(e|ing)|rating|rank|sentiment"
    r"|emotion|mood|voice_?print|biometr|speaker_?id|recogni|train_?model|dataset|embedding|analytics"
)
FOR_THE_PERSON = {"rights_packagecall.transcript"}
"""What the rights desk writes down for a person who asks for their call in writing."""


@pytest.mark.django_db
def test_n11_an_extra_column_or_table_breaks_the_promise() -> None:
    assert schema.database().kept, schema.database().broken_by
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE register_call ADD COLUMN sentiment integer")
        cursor.execute("CREATE VIEW customers AS SELECT customer AS who FROM register_call")
    found = schema.database()
    assert not found.kept
    assert found.evidence["strange"] == 2
    assert "customers.who, register_call.sentiment" in found.broken_by


@pytest.mark.django_db
def test_n11_an_extra_fact_in_the_log_breaks_the_promise() -> None:
    with transaction.atomic():
        log.append(Kind.ACCESS_LOG_READ, actor="x", facts={"rows": 1}, now=NOW)
    assert schema.audit_fields().kept
    with transaction.atomic():
        log.append(Kind.ACCESS_LOG_READ, actor="x", facts={"rows": 1, "mood": "cross"}, now=NOW)
    found = schema.audit_fields()
    assert not found.kept
    assert found.broken_by.endswith(f"{Kind.ACCESS_LOG_READ.value} mood")
    assert "cross" not in found.broken_by


def test_n11_what_a_store_tells_besides_bytes_breaks_the_promise(tmp_path: Path) -> None:
    store, names = FolderStore(tmp_path), [new_object_id() for _ in range(3)]
    for name in names:
        store.put(name, [b"sealed"])
    kept = schema.store_metadata(store, Random(1))
    assert kept.kept
    assert kept.evidence == {"objects": 3, "asked": 3}
    (tmp_path / "ab").mkdir(exist_ok=True)
    (tmp_path / "ab" / "+358401234567.wav").write_bytes(b"sound")
    found = schema.store_metadata(store, Random(1))
    assert not found.kept
    assert "+358" not in found.broken_by


def test_n11_a_word_kept_beside_an_object_breaks_the_promise(tmp_path: Path) -> None:
    store, name = FolderStore(tmp_path), new_object_id()
    store.put(name, [b"sealed"])
    try:
        os.setxattr(store.place(name), "user.customer", b"Virtanen")
    except OSError:
        pytest.skip("this disk keeps no words beside a file (user xattrs)")
    found = schema.store_metadata(store, Random(1))
    assert not found.kept
    assert found.broken_by.endswith("user.customer")


class Sneaked(SimpleNamespace):
    """The addresses with two more: a page, and an operation that no table has."""

    urlpatterns = [
        *urls.urlpatterns,
        path("marketing/", lambda _: HttpResponse()),
        path("api/v1/scores", lambda _: HttpResponse()),
    ]


def test_n08_an_extra_address_or_operation_breaks_the_promise() -> None:
    kept = schema.api_surface(surface.routes())
    assert kept.kept, kept.broken_by
    with override_settings(ROOT_URLCONF=Sneaked):
        found = schema.api_surface(surface.routes())
    assert not found.kept
    assert found.broken_by.endswith("ANY api/v1/scores, ANY marketing/")
    less = [one.replace("GET api/v1/log", "POST api/v1/log") for one in surface.routes()]
    assert schema.api_surface(less).broken_by.endswith("POST api/v1/log")


def test_n08_budapest_bank_nothing_is_there_for_marketing_speech_scores_moods_or_models() -> None:
    """No address, operation, command, table, column, fact, kind of entry or module names one."""
    modules = [str(one.relative_to(ROOT / "src")) for one in (ROOT / "src").rglob("*.py")]
    tables = [f"{one}.{each}" for one, found in approved().tables.items() for each in found]
    models = [f"{one.__name__} {one._meta.db_table}" for one in apps.get_models()]
    named = [*surface.routes(), *COMMANDS, *tables, *models, *approved().facts, *modules]
    named += [one.value for one in Kind]
    assert not {one for one in named if NEVER.search(one.lower())} - FOR_THE_PERSON


@pytest.mark.parametrize(
    "name", ["marketing/", "calls/transcript", "access_agentscore", "emotion", "voiceprint.py"]
)
def test_n08_such_a_name_would_be_seen(name: str) -> None:
    assert NEVER.search(name)
