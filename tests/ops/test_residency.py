"""N-26: places are declared in the EEA, checked or attested, and nobody comes from elsewhere."""

import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cast import Cast
from vaiti.audit.reading import entries
from vaiti.due import alarms
from vaiti.ops import residency
from vaiti.ops.eea import EEA, REGIONS, country_of
from vaiti.ops.finding import FAIL, OK
from vaiti.ops.leaving_processors import leave
from vaiti.ops.networks import Countries, Reread
from vaiti.ops.notice_looks import look_at_networks
from vaiti.ops.residency import standing
from vaiti.ops.settings import Settings, WeakSettings, read_settings
from vaiti.promises.models import ExitDrill
from vaiti.values.ids import ObjectId
from vaiti.vault.store import FolderStore

CONTROLLER = {"name": "Posti", "business_id": "1-2", "privacy_contact": "a@example.fi"}
MACHINE = {"role": "machine", "provider": "Posti", "country": "FI", "contract": "our own"}
STORE = {"role": "store", "provider": "Amazon", "country": "SE", "contract": "DPA 2026"}
AMAZON = {
    "kind": "s3",
    "endpoint": "https://s3.eu-north-1.amazonaws.com",
    "bucket": "calls",
    "region": "eu-north-1",
}


def read(**changes: Any) -> Settings:  # noqa: ANN401 - a document of any shape
    return read_settings({"controller": CONTROLLER, **changes}, Path("/data"))


def states(settings: Settings, now: datetime) -> dict[str, str]:
    return {one.needed.role: one.state for one in standing(settings, now)}


def test_n26_a_place_outside_of_the_eea_is_refused_by_its_country_and_not_by_a_prefix() -> None:
    for country in ("GB", "CH", "US", "XX"):
        with pytest.raises(WeakSettings, match="outside of the European Union"):
            read(place=[{**STORE, "country": country}])
    assert len(EEA) == 30
    assert set(REGIONS.values()) < EEA
    assert country_of("s3.eu-west-2.amazonaws.com", "eu-west-2") == "??"  # London
    assert country_of("s3.eu-central-2.amazonaws.com", "eu-central-2") == "??"  # Zurich
    assert country_of("s3.eu-west-1.amazonaws.com", "eu-west-1") == "IE"
    assert country_of("s3.us-east-1.amazonaws.com", "eu-west-1") == "??"  # another host
    assert country_of("s3.example", "eu-west-1") is None


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ([STORE, STORE], "is there twice"),
        ([{**STORE, "contract": " "}], "provider and contract say"),
        ([{**STORE, "country": "Sweden"}], "two capital letters"),
    ],
    ids=["twice", "no contract", "no country"],
)
def test_n25_a_place_says_who_where_and_by_which_contract(place: object, sentence: str) -> None:
    with pytest.raises(WeakSettings, match=sentence):
        read(place=place)


@pytest.mark.django_db(transaction=True)
def test_n26_what_cannot_be_checked_is_attested_for_a_year_and_as_it_is(
    cast: Cast, now: datetime
) -> None:
    settings = read(place=[MACHINE, STORE], store=AMAZON, mail=MAIL)
    assert states(settings, now) == {
        **{"machine": "unattested", "store": "checked"},
        "mail": "undeclared",
    }
    assert len(list(residency.faults(settings, now))) == 2
    residency.watch(settings, now)
    assert {one.key for one in alarms.standing()} == {"machine", "mail"}
    relay = {"role": "mail", "provider": "A relay", "country": "DE", "contract": "DPA"}
    settings = read(place=[MACHINE, STORE, relay], store=AMAZON, mail=MAIL)
    person = cast.administrator.id.hex
    for one in standing(settings, now):
        if one.place is not None and not one.well:
            residency.attest(one.needed, one.place, person, now)
    later = now + timedelta(days=365)
    assert set(states(settings, later).values()) == {"attested", "checked"}
    residency.watch(settings, later)
    assert not alarms.standing()
    assert states(settings, now + timedelta(days=366))["mail"] == "unattested"
    (entry,) = entries(kind="ops:residency:attested", subject="mail", limit=5).entries
    assert (entry.facts["country"], entry.facts["provider"]) == ("DE", "A relay")
    moved = read(place=[MACHINE, STORE, relay], store=AMAZON, mail={**MAIL, "host": "b.example"})
    assert states(moved, now)["mail"] == "unattested"
    other = replace(settings.places[2], provider="Another")
    changed = replace(settings, places=(*settings.places[:2], other))
    assert states(changed, now)["mail"] == "unattested"


@pytest.mark.django_db(transaction=True)
def test_n25_a_key_service_that_is_not_a_passphrase_is_declared_too(now: datetime) -> None:
    transit = {"service": "transit", "address": "https://vault.example", "token_file": "t"}
    module = {"service": "pkcs11", "module": "m.so", "token": "t", "pin_file": "p"}
    kms = {"service": "kms", "region": "eu-north-1", "credentials_file": "k"}
    own = {"folder": "/var/lib/vaiti-keys", "socket": "/run/keys.sock"}
    for keys, state in ((transit, "undeclared"), (module, "undeclared"), (own, "undeclared")):
        assert states(read(place=[MACHINE], keys=keys), now)["keys"] == state
    for country, state in (("SE", "checked"), ("FI", "elsewhere")):
        place = {**STORE, "role": "keys", "country": country}
        assert states(read(place=[MACHINE, place], keys=kms), now)["keys"] == state
    london = {**kms, "region": "eu-west-2"}
    assert states(read(place=[MACHINE, place], keys=london), now)["keys"] == "elsewhere"
    here = {**transit, "address": "http://127.0.0.1:8200"}
    assert "keys" not in states(read(place=[MACHINE], keys=here), now)
    assert "keys" not in states(read(place=[MACHINE]), now)
    for wrong, words in (
        ({**transit, "address": "http://vault.example"}, "https://"),
        ({**transit, "token_file": ""}, "token_file"),
        ({**transit, "label": "Our Label"}, "label"),
        ({"service": "stone"}, "transit"),
        ({**kms, "region": ""}, "region"),
        ({**kms, "credentials_file": ""}, "credentials_file"),
        ({**kms, "address": "http://kms.example"}, "address"),
    ):
        with pytest.raises(WeakSettings, match=words):
            read(keys=wrong)


@pytest.mark.django_db(transaction=True)
def test_n26_a_bucket_in_another_country_than_declared_is_seen(now: datetime) -> None:
    finland = [MACHINE, {**STORE, "country": "FI"}]
    assert states(read(place=finland, store=AMAZON), now)["store"] == "elsewhere"
    london = {**AMAZON, "endpoint": "https://s3.eu-west-2.amazonaws.com", "region": "eu-west-2"}
    assert states(read(place=[MACHINE, STORE], store=london), now)["store"] == "elsewhere"


MAIL = {"host": "mail.example", "sender": "a@example.fi", "address": "https://vaiti.example"}


def table(folder: Path, text: str, unknown: str = "refuse") -> Countries:
    path = folder / "networks.csv"
    path.write_text(text)
    return Countries(path, unknown)


def test_n26_the_narrowest_network_says_the_country(tmp_path: Path) -> None:
    lines = "# network,country\n192.0.0.0/8,US\n192.0.2.0/24,FI\n192.0.2.128/25,CH\n2a00::/16,SE\n"
    found = table(tmp_path, lines)
    assert found.refused("9.9.9.9") == "??"
    assert found.refused("192.1.0.1") == "US"
    assert found.refused("2a00::1") is None
    assert found.refused("2b00::1") == "??"
    assert found.refused("10.0.0.1") is None
    assert found.refused("127.0.0.1") is None
    assert found.refused("nonsense") == "??"
    assert table(tmp_path, lines, "allow").refused("9.9.9.9") is None


def test_n26_the_table_and_the_places_of_the_notice_count_without_a_restart(tmp_path: Path) -> None:
    path, places = tmp_path / "networks.csv", {"FI"}
    path.write_text("8.8.8.0/24,FI\n")
    there = Reread(path, "refuse", lambda: frozenset(places))
    assert there.refused("8.8.8.8") is None
    path.write_text("8.8.8.0/24,US\n")
    os.utime(path, ns=(1, 1))
    assert there.refused("8.8.8.8") == "US"
    path.write_text("half a line")
    assert there.refused("8.8.8.8") == "US"
    places.add("US")
    path.write_text("8.8.8.0/25,US\n")
    assert there.refused("8.8.8.8") is None


def test_a_table_that_cannot_be_read_says_its_line(tmp_path: Path) -> None:
    with pytest.raises(WeakSettings, match="line 2: write network,country"):
        table(tmp_path, "8.8.8.0/24,US\n8.8.8.0/99,US\n")
    with pytest.raises(WeakSettings, match="line 1: write network,country"):
        table(tmp_path, "8" * 200_000)
    (tmp_path / "old.csv").write_bytes(b"8.8.8.0/24,\xc5land\n")
    with pytest.raises(WeakSettings, match="no text in UTF-8"):
        Countries(tmp_path / "old.csv", "refuse")
    with pytest.raises(WeakSettings, match="networks"):
        Countries(tmp_path / "none.csv", "refuse")
    with pytest.raises(WeakSettings, match='"refuse" or "allow"'):
        read(networks={"unknown": "maybe"})


@pytest.mark.django_db
def test_l19_leaving_a_processor_is_tried_at_each_of_its_places(
    cast: Cast, now: datetime, tmp_path: Path
) -> None:
    backups = {"kind": "folder", "folder": str(tmp_path / "backups")}
    places = [{**MACHINE, "provider": "Lager Ab"}, {**STORE, "role": "backup"}]
    document = {"controller": CONTROLLER, "place": places, "backup": backups}
    keys = {"kind": "folder", "folder": str(tmp_path / "keys")}
    document |= {"key_backup": keys}
    settings = read_settings(document, tmp_path / "data")
    for part, content in (("register", bytes(range(256)) * 16), ("recordings", b"speech " * 600)):
        path = FolderStore(tmp_path / "backups" / part).path(ObjectId("ab" * 16))
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    (machine,) = leave(settings, "Lager Ab", now)
    assert (machine.role, machine.sealed, machine.looked_at) == ("machine", True, 0)
    (backup,) = leave(settings, "Amazon", now)
    assert (backup.looked_at, backup.wrong) == (2, 1)
    assert [one.place for one in ExitDrill.objects.order_by("place")] == ["backup", "machine"]
    with pytest.raises(WeakSettings, match="names Nobody Ab"):
        leave(settings, "Nobody Ab", now)


def test_n26_the_doctor_names_what_is_wrong_with_a_table_of_networks(
    now: datetime, tmp_path: Path
) -> None:
    settings = replace(read(networks={"table": "networks.csv"}), folder=tmp_path)
    table = tmp_path / "networks.csv"
    (found,) = look_at_networks(settings, now)
    assert found.verdict == FAIL and "No such file" in found.says
    for text, said in (("# none\n", "no network"), ("10.0.0.0/8\n", "line 1"), ("\xff", "line 1")):
        table.write_text(text)
        (found,) = look_at_networks(settings, now)
        assert found.verdict == FAIL and said in found.says
    table.write_text("192.0.2.0/24,FI\n")
    assert [one.verdict for one in look_at_networks(settings, now)] == [OK]
    os.utime(table, (0, 0))
    assert [one.verdict for one in look_at_networks(settings, now)] == [FAIL]
