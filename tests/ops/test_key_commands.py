"""`vaiti keys`: the secret renewed, given in escrow; a lost key store brought back by shares."""

import argparse
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from audio.streams import speech, stream
from nursery import Begun
from playback.studio import DAY, Kept, Studio
from vaiti.audit.models import Leaf
from vaiti.ops.commands import keys as command_keys
from vaiti.ops.commands.keys import VERBS
from vaiti.ops.first.deployment import FOLDERS, make_secrets
from vaiti.ops.settings import Controller, Settings
from vaiti.playback.listen import listen
from vaiti.vault.escrow import EscrowError
from vaiti.vault.keyclient import KeysRefused
from vaiti.vault.keyfiles import read_seed
from vaiti.vault.keyprocess import KeyConfig
from vaiti.vault.keysealing import KeyStoreError
from vaiti.vault.keyservice import PassphraseService
from vaiti.vault.keystore import KeyStore
from vaiti.vault.wrapping import seal_key, seal_manifest
from vault.keyworld import CALL, QUICK, Keys, start_keys

pytestmark = pytest.mark.django_db(transaction=True)
OTHER = date(2027, 6, 1)
PERSONS = ["Aino Laine", "Bo Ek", "Carla Salo"]


class Deployment:
    """A data folder with its key process, and some calls."""

    def __init__(self, folder: Path, now: datetime) -> None:
        for name in FOLDERS:
            (folder / name).mkdir(mode=0o700)
        make_secrets(folder / "secrets")
        self.now = now
        self.settings = Settings(folder, Controller("Posti", "1-2", "a@example.fi"))
        secrets = self.settings.secrets
        self.passphrase = secrets / "keystore.passphrase"
        paths = (self.settings.keys_socket, self.settings.keystore, self.passphrase)
        config = KeyConfig(*paths, secrets / "grant.pub", QUICK)
        self.keys = Keys(config, read_seed(secrets / "grant.key"), now)
        self.process: Begun | None = None
        self.start()
        self.studio = Studio(folder, self.keys)

    def start(self) -> None:
        self.process = start_keys(self.keys)

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait(60)

    def run(self, verb: str, **given: object) -> None:
        VERBS[verb](self.settings, argparse.Namespace(**given), self.now)

    def heard(self, kept: Kept) -> bytes:
        studio = self.studio
        return listen(studio.open(kept), "both", None, studio.client, studio.store).body

    def call_due(self, day: date) -> None:
        today = self.studio.client.describe()
        self.studio.client.rewrap(
            CALL,
            seal_key(today.intake_public, CALL, b"o" * 32),
            today.intake_day,
            seal_manifest(today.intake_public, CALL, b"{}"),
            day,
        )

    def bytes_of_keys(self) -> bytes:
        return b"".join(path.read_bytes() for path in self.settings.keystore.parent.iterdir())


@pytest.fixture
def deployment(tmp_path: Path, now: datetime) -> Iterator[Deployment]:
    made = Deployment(tmp_path, now)
    yield made
    made.stop()


def test_n19_a_lost_key_store_comes_back_by_shares_and_nothing_that_was_destroyed(
    deployment: Deployment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    studio, client = deployment.studio, deployment.studio.client
    kept, erased = studio.keep(stream(speech(50))), studio.keep(stream(speech(50)))
    sound = deployment.heard(kept)
    deployment.call_due(OTHER)
    deployment.run("escrow", person=PERSONS, threshold=2, to=tmp_path / "sheets")
    sheets = sorted((tmp_path / "sheets").iterdir())
    assert [
        f"For:        {name}" in path.read_text()
        for name, path in zip(PERSONS, sheets, strict=True)
    ]
    assert not (deployment.settings.keystore.parent / "escrow.json").exists()
    client.destroy_day(OTHER)
    client.destroy_call(erased.call_id)
    before = client.keeping()
    keys = deployment.keys
    with client.copy(keys.token(keys.backup_grant())) as copied:
        old = copied.read()
    deployment.run("rotate")
    with client.copy(keys.token(keys.backup_grant())) as copied:
        copy = tmp_path / "copy"
        copy.write_bytes(copied.read())
    assert client.keeping().escrow == before.escrow
    assert client.keeping().generation == before.generation + 1
    deployment.stop()

    deployment.settings.keystore.unlink()
    deployment.passphrase.unlink()
    one, two, three = sheets
    for share, copy_of in (([one, one], copy), ([one], None)):
        with pytest.raises(EscrowError, match="2 shares"):
            deployment.run("restore", share=share, copy=copy_of)
    deployment.run("restore", share=[three, one], copy=None)
    deployment.start()
    assert deployment.heard(kept) == sound
    assert client.describe().days == (DAY,)
    with pytest.raises(KeysRefused, match="dead"):
        deployment.heard(erased)
    assert OTHER not in client.describe().days
    assert client.keeping().escrow is None
    assert "escrow: none" in capsys.readouterr().out
    deployment.stop()
    with pytest.raises(EscrowError, match="never given in escrow"):
        deployment.run("restore", share=[one, two], copy=None)
    with pytest.raises(KeyStoreError, match="move it aside"):
        deployment.run("restore", share=[one, two], copy=copy)
    deployment.start()

    acts = Leaf.objects.filter(kind__startswith="keys:").order_by("at", "kind")
    assert sorted(acts.values_list("kind", flat=True)) == [
        "keys:escrow:made",
        "keys:secret:rotated",
        "keys:secret:rotating",
        "keys:store:restored",
        "keys:work:granted",
    ]
    assert not [
        name
        for name in PERSONS
        if any(name in body for body in acts.values_list("body", flat=True))
    ]
    assert old != copy.read_bytes()


def test_an_escrow_is_taken_from_beside_the_key_store_only(
    deployment: Deployment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(KeysRefused, match="no new escrow waits"):
        deployment.studio.client.entrust()
    assert Leaf.objects.filter(kind__startswith="keys:").count() == 0
    given = argparse.Namespace(verb="escrow", person=["Aino"], threshold=1, to=tmp_path / "sheets")
    settings = deployment.settings
    with pytest.raises(EscrowError, match="from 2 to"):
        VERBS["escrow"](settings, given, deployment.now)
    assert not (tmp_path / "sheets").exists()
    assert command_keys.BY


def test_a_key_store_of_the_first_form_goes_on_and_its_old_bytes_leave_the_file(
    tmp_path: Path,
) -> None:
    """As the version before made it: keys sealed under what the passphrase itself derives."""
    import hashlib
    import sqlite3

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from vaiti.vault.keysealing import seal

    path = tmp_path / "keys" / "keystore.sqlite"
    service = PassphraseService(b"correct horse battery", QUICK)
    store = KeyStore(path, service)
    store.keep_call(CALL, DAY, b"k" * 32)
    store.close()
    salt = b"s" * 16
    old = AESGCM(hashlib.scrypt(b"correct horse battery", salt=salt, n=QUICK, r=8, p=1, dklen=32))
    day_key, call_key = b"d" * 32, b"c" * 32
    sealed = seal(old, day_key, "day", DAY.isoformat())
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM store")
        rows = {"salt": salt, "scrypt": f"{QUICK} 8 1".encode()}
        rows["check"] = seal(old, b"vaiti/1/key-store", "store", "check")
        database.executemany("INSERT INTO store VALUES (?, ?)", rows.items())
        database.execute("UPDATE day SET sealed = ?", (sealed,))
        text = seal(AESGCM(day_key), call_key, "call", CALL)
        database.execute("UPDATE call SET sealed = ?", (text,))
    database.close()
    with pytest.raises(KeyStoreError, match="passphrase does not open"):
        KeyStore(path, PassphraseService(b"another passphrase", QUICK))
    for _ in range(2):
        store = KeyStore(path, service)
        assert store.call_key(CALL) == call_key
        assert store.keeping().generation == 1
        assert sealed not in b"".join(file.read_bytes() for file in path.parent.iterdir())
        store.close()
