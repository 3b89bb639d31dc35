"""Settings: what is weak or misspelt is refused with a sentence that says what to change."""

import subprocess
import sys
import tomllib
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from authority import Authority
from vaiti.capture.orders import Peer
from vaiti.capture.sip.digest import password_hash
from vaiti.ops.django_config import postgresql_database
from vaiti.ops.examination import look_at_passwords
from vaiti.ops.finding import FAIL
from vaiti.ops.first.deployment import quoted
from vaiti.ops.processes import names_of
from vaiti.ops.recorders import group_of
from vaiti.ops.sections.database import database_fault
from vaiti.ops.sections.media import calls_each, ports_of, rtp_range
from vaiti.ops.settings import Settings, WeakSettings, load_settings, read_settings

TLS = {
    "transports": ["tls"],
    "tls_certificate": "a.crt",
    "tls_key": "a.key",
    "tls_peers": "peers.crt",
}
RING = {"packet_ring": "eth0", "rtp_ports": "30000-39999"}
S3 = {
    "kind": "s3",
    "endpoint": "https://s3.example",
    "bucket": "calls",
    "region": "eu-north-1",
}
FOLDER = {"kind": "folder", "folder": "/mnt/a"}
CONTROLLER = {"name": "Posti", "business_id": "1-2", "privacy_contact": "a@example.fi"}
PREMISES = {"name": "helsinki", "label": "Office", "address": "Street 1"}


def read(**changes: Any) -> Settings:  # noqa: ANN401 - a document of any shape
    return read_settings({"controller": CONTROLLER, **changes}, Path("/data"))


def test_nothing_listens_beyond_this_machine_by_default() -> None:
    settings = read()
    assert settings.web.host == settings.recorder.host == settings.recorder.media_host
    assert settings.web.host == "127.0.0.1"
    assert settings.peers == ()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"controller": {**CONTROLLER, "privacy_contact": " "}}, "privacy_contact .* is empty"),
        ({"controller": {"name": "x", "business_id": "1"}}, "lacks privacy_contact"),
        ({"web": {"host": "0.0.0.0"}}, "proxy with TLS"),
        ({"web": {"host": "10.0.0.1", "public": True}}, "https = true"),
        ({"web": {"hosts": ["*"]}}, "never \\*"),
        ({"web": {"host": "vaiti.example"}}, "is an IP address"),
        ({"web": {"port": 0}}, "from 1 to 65535"),
        ({"web": {"port": True}}, "whole number"),
        ({"recorder": {"media_host": "::"}}, "public = true"),
        ({"recorder": {"longest_pause_minutes": 0}}, "from 1 to 60"),
        ({"recorder": {"rtp_ports": "40000-30000"}}, 'such as "30000-39999"'),
        ({"recorder": {"rtp_ports": "30000-30999"}}, "room for 250 calls"),
        ({"recorder": {"packet_ring": "eth0"}}, "needs rtp_ports"),
        ({"recorder": {**RING, "media_host": "::1"}}, "an IPv4 address of the machine"),
        ({"recorder": {**RING, "keeper": True}}, "5 seconds of most_calls; write 145"),
        (
            {"recorder": {**RING, "media_host": "0.0.0.0", "public": True}},
            "an IPv4 address of the machine",
        ),
        ({"recorder": {**RING, "packet_ring_mb": 5000}}, "from 8 to 4096"),
        ({"recorder": {**RING, "packet_ring_mb": 30}}, "1.6 seconds of most_calls; write 47"),
        ({"recorder": {"transports": ["sctp"]}}, 'among "udp", "tcp" and "tls"'),
        ({"recorder": {"transports": ["tls"]}}, "needs three PEM files"),
        ({"recorder": {**TLS, "tls_port": 0}}, "tls_port in .recorder. is from 1 to 65535"),
        ({"recorder": TLS}, "no PEM files that fit"),
        ({"recorder": {"free_bytes": 1}}, "64 MiB"),
        ({"recorder": {"recorder": "x"}}, "unknown key recorder"),
        ({"wbe": {}}, "did you mean web"),
        ({"controller": {**CONTROLLER, "visiting_in": {"no": "x"}}}, "are of fi, sv and en"),
        ({"premises": [{**PREMISES, "room_in": {"sv": " "}}]}, "helsinki: a text in another"),
        ({"register": {"country": "Finland"}}, "two capital letters"),
        ({"access": {"confirm_days": 0}}, "from 1 to 366"),
        ({"telling": {"hold_back": ["case"]}}, "ground is empty"),
        ({"activities": {"lines": ["0207"]}}, "with a plus"),
        ({"backup": FOLDER}, "go together"),
        ({"backup": FOLDER, "key_backup": FOLDER}, "the same place"),
        ({"backup": FOLDER, "key_backup": {**FOLDER, "folder": "/mnt/a/b"}}, "the same place"),
        ({"backup": {**FOLDER, "folder": "a"}}, "a path from /"),
        ({"backup": {**FOLDER, "folder": "/data/backup"}}, "not inside of the data folder"),
        ({"backup": {**S3, "bucket": "B"}}, "bucket in .backup."),
        ({"store": S3, "backup": {**S3, "prefix": "b/"}}, "inside of .store."),
        ({"key_backup": {**FOLDER, "days": 32}}, "from 1 to 31"),
        ({"store": {"kind": "ftp"}}, '"folder" or "s3"'),
        ({"store": {"bucket": "calls"}}, "has no other keys"),
        ({"store": {**S3, "bucket": "Calls"}}, "3 to 63 small letters"),
        ({"store": {**S3, "region": ""}}, "server's name of it"),
        ({"store": {**S3, "prefix": "calls"}}, "ends in /"),
        ({"store": {**S3, "credentials_file": "../a"}}, "name of a file in secrets"),
        ({"store": {**S3, "endpoint": "s3.example"}}, "an address such as https"),
        ({"store": {**S3, "endpoint": "http://s3.example"}}, "without TLS; write https"),
        ({"store": {**S3, "endpoint": "https://s3.example:port"}}, "an address such as https"),
        ({"store": {**S3, "endpoint": "https://a:b@s3.example"}}, "secrets stand in"),
        ({"database": {"url": "mysql://localhost/vaiti"}}, "url is postgresql://"),
        ({"database": {"url": "postgresql://localhost:x/vaiti"}}, "url is postgresql://"),
        ({"misuse": {"night_from": 25}}, "hours from 0 to 24"),
        ({"peer": {}}, "two brackets"),
        ({"peer": [{"name": "a", "addresses": []}]}, "lists no addresses"),
        ({"peer": [{"name": "a", "addresses": ["::/0"]}]}, "whole world"),
        ({"peer": [{"name": "a", "addresses": ["10.0.0.1/24"]}]}, "is a network such as"),
        ({"peer": [{"name": "a", "addresses": ["10.0.0.1"]}] * 2}, "is there twice"),
        ({"peer": [{"name": "a", "addresses": ["10.0.0.1"], "silence_s": 0}]}, "silence_s"),
        ({"peer": [{"name": "a", "addresses": "10.0.0.1"}]}, "list of texts"),
        ({"peer": [{"name": "a", "addresses": ["10.0.0.1"], "digest": ["SHA-1"]}]}, "digest lists"),
        (
            {"peer": [{"name": "a", "addresses": ["10.0.0.1"], "digest_password_file": "none"}]},
            "no file none in secrets",
        ),
        ({"demo": "yes"}, "true or false"),
    ],
)
def test_weak_settings_are_refused_with_what_to_change(
    changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(WeakSettings, match=sentence):
        read(**changes)


def test_a_public_address_is_taken_when_the_administrator_says_so() -> None:
    settings = read(
        web={"host": "10.0.0.1", "public": True, "https": True},
        recorder={"host": "10.0.0.1", "media_host": "10.0.0.1", "public": True},
    )
    assert settings.web.host == settings.recorder.host == "10.0.0.1"


def test_tls_is_taken_with_files_that_fit_and_a_key_of_the_owner_alone(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key, _ = authority.issue("recorder")
    told = {**TLS, "tls_certificate": certificate.name, "tls_key": key.name}
    document = {"controller": CONTROLLER, "recorder": {**told, "tls_peers": authority.path.name}}
    assert read_settings(document, tmp_path).recorder.tls_port == 5061
    key.chmod(0o640)
    with pytest.raises(WeakSettings, match="others can read the key"):
        read_settings(document, tmp_path)


def test_a_peers_password_stays_in_its_file_and_the_recorder_knows_its_hash(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    file = tmp_path / "secrets" / "sbc.password"
    file.write_text("correct horse battery\n")
    file.chmod(0o600)
    peer = {
        **{"name": "sbc", "addresses": ["10.0.0.1"], "digest": ["SHA-256"]},
        **{"digest_user": "sbc", "digest_password_file": file.name},
    }
    document = {"controller": CONTROLLER, "peer": [peer]}
    told = read_settings(document, tmp_path).peers[0]
    assert type(told) is Peer
    assert told.digest_sha256 == password_hash("SHA-256", "sbc", "correct horse battery")
    assert [told.digest_md5, told.digest_sha256 in repr(told)] == ["", False]
    with pytest.raises(WeakSettings, match="digest_user is the user"):
        read_settings({**document, "peer": [{**peer, "digest_user": ""}]}, tmp_path)
    file.write_text("short")
    with pytest.raises(WeakSettings, match="at least 16 characters"):
        read_settings(document, tmp_path)
    file.chmod(0o644)
    with pytest.raises(WeakSettings, match="others can read"):
        read_settings(document, tmp_path)


def test_a_folder_without_settings_is_told_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(WeakSettings, match="vaiti init --data"):
        load_settings(tmp_path)


@budget(max_examples=60)
@given(st.binary(max_size=60))
def test_any_bytes_are_settings_or_refused(content: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "vaiti.toml").write_bytes(content)
        with pytest.raises(WeakSettings):
            load_settings(Path(folder))


@budget(max_examples=100)
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=40))
def test_what_is_quoted_comes_back_from_toml(text: str) -> None:
    assert tomllib.loads(f"x = {quoted(text)}")["x"] == text


PROVIDER = {
    "name": "firm",
    "label": "Firm",
    "issuer": "https://login.example/v2.0",
    "client_id": "vaiti",
    "secret_file": "firm.secret",
    "roles": {"6f1c": "manager"},
}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"issuer": "http://login.example"}, "https address"),
        ({"roles": {"6f1c": "king"}}, "unknown role king"),
        ({"roles": ["6f1c"]}, "table of texts"),
        ({"unknown": "create"}, "needs employer"),
        ({"unknown": "perhaps"}, "refuse"),
        ({"secret_file": "../else"}, "file in secrets"),
        ({"scopes": ["profile"]}, "openid"),
        ({"name": "The Firm"}, "small letters"),
    ],
)
def test_a_provider_that_cannot_be_is_refused_with_a_sentence(
    change: dict[str, Any], sentence: str
) -> None:
    good = read(provider=[PROVIDER])
    assert good.providers[0].roles == {"6f1c": "manager"}
    with pytest.raises(WeakSettings, match=sentence):
        read(provider=[PROVIDER | change])


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ({"idle_minutes": 0}, "idle_minutes"),
        ({"longest_hours": 25}, "longest_hours"),
        ({"second_factor": False}, "only a demo"),
        ({"breached_passwords": "pwned.txt"}, "whole path"),
    ],
)
def test_weak_rules_of_signing_in_are_refused(rules: dict[str, Any], sentence: str) -> None:
    with pytest.raises(WeakSettings, match=sentence):
        read(sign_in=rules)
    waived = read(sign_in={"second_factor": False}, demo=True)
    assert waived.sign_in.second_factor is False


def test_the_doctor_says_when_the_list_of_breached_passwords_is_away(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    settings = read(sign_in={"breached_passwords": str(path)})
    (found,) = look_at_passwords(settings, datetime.now(UTC))
    assert found.verdict == FAIL and str(path) in found.says
    path.write_text("")
    assert not list(look_at_passwords(settings, datetime.now(UTC)))


def test_speech_comes_to_the_ports_that_a_firewall_lets_through() -> None:
    assert rtp_range("") == (0, 0)
    first, last = rtp_range("30000-39999")
    assert (first, last + 1) == (30000, 39999), "reports come beside the last stream too"


def test_recorders_of_one_address_share_ports_and_calls() -> None:
    settings = read(recorder={"processes": 3, "rtp_ports": "30000-34099", "keeper": True})
    shares = [ports_of(settings.recorder, number) for number in (1, 2, 3)]
    assert shares == [(30000, 31364), (31366, 32730), (32732, 34096)]
    assert calls_each(settings.recorder) == 334
    assert names_of(settings) == (
        *("keys", "worker", "keeper", "keeper-2", "keeper-3", "front-keeper", "front"),
        *("recorder", "recorder-2", "recorder-3", "web"),
    )
    assert names_of(read()) == ("keys", "worker", "recorder", "web")
    group = group_of(read(recorder={"processes": 2, "beside": ["../b", "/srv/c"]}))
    assert {name: str(path) for name, path in group.controls().items()} == {
        "recorder": "/data/run/control.sock",
        "recorder-2": "/data/run/control-2.sock",
        "b/recorder": "/b/run/control.sock",
        "c/recorder": "/srv/c/run/control.sock",
    }
    names = ["front", "recorder", "recorder-2", "b/recorder", "c/recorder"]
    assert list(group.shared_places()) == names and not group_of(read()).shared_places()
    assert group_of(read(recorder={"beside": ["../data"]})).alone, "a copy in its own folder"
    for folders in (["/"], ["../.."], ["a", "x/a"], ["a b"]):
        with pytest.raises(WeakSettings, match="beside"):
            read(recorder={"beside": folders})
    for wrong in ({"processes": 0}, {"processes": 17}):
        with pytest.raises(WeakSettings, match="from 1 to 16"):
            read(recorder=wrong)
    with pytest.raises(WeakSettings, match="has room for 999 calls"):
        read(recorder={"processes": 3, "rtp_ports": "30000-33999"})


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("postgresql:///vaiti?host=/run/postgresql", True),
        ("postgresql://vaiti@127.0.0.1:5432/vaiti", True),
        ("postgresql://vaiti@[::1]/vaiti", True),
        ("postgresql://vaiti@localhost/vaiti", True),
        ("postgresql://vaiti@db.example/vaiti", False),
        ("postgresql://vaiti@db.example/vaiti?sslmode=require", False),
        ("postgresql:///vaiti?host=db.example&sslmode=verify-ca", False),
        ("postgresql://db.example/vaiti?sslmode=verify-full&sslrootcert=system", True),
    ],
)
def test_n25_rows_cross_no_network_in_clear_and_go_to_nobody_else(url: str, taken: bool) -> None:
    assert (database_fault(url) is None) is taken
    wanted = {"sslmode": "verify-full", "sslrootcert": "system"} if "system" in url else {}
    if taken:
        assert postgresql_database(url)["OPTIONS"] == wanted
    with nullcontext() if taken else pytest.raises(WeakSettings, match="verify-full"):
        read(database={"url": url})


def test_what_every_process_loads_is_without_numpy() -> None:
    """The key process locks all its memory: NumPy and its threads would take 120 MB of it."""
    loaded = "import sys, vaiti.ops.processes; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded], check=False).returncode == 0
