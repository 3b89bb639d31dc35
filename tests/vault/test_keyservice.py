"""What every key service holds to: one suite, for passphrase, PKCS#11 token, transit engine, KMS.

The token is SoftHSM's (Debian package softhsm2): the same calls as to a module of hardware. The
engine is a stand that speaks the protocol of Vault and OpenBao as they document it. KMS is moto's
server, which checks signatures with Amazon's own library.
"""

import hashlib
import importlib.util
import os
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from vaiti.ops.clocks import machine_clock
from vaiti.values.ids import new_call_id
from vaiti.vault import escrow as escrows
from vaiti.vault.keyrestore import restore
from vaiti.vault.keysealing import KeyStoreError
from vaiti.vault.keyservice import KeyService, PassphraseService
from vaiti.vault.keystore import Gone, KeyStore
from vaiti.vault.kms import KmsService
from vaiti.vault.pkcs11 import Pkcs11Service
from vaiti.vault.s3_signing import Credentials
from vaiti.vault.transit import TransitPlace, TransitService
from vault.keyworld import CALL, QUICK
from vault.moto_stand import MotoStand, moto
from vault.transit_stand import TransitStand

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
TOKEN, PIN = "vaiti-tests", b"5678-not-a-secret"
DAY, INTAKE = date(2027, 5, 23), date(2026, 11, 23)
Make = Callable[[str], KeyService]


@pytest.fixture(scope="session")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a token of our own. The module reads where it is once in a process."""
    if not MODULE.exists():
        pytest.skip("needs the Debian package softhsm2")
    if importlib.util.find_spec("pkcs11") is None:
        pytest.skip("needs the package python-pkcs11")
    folder = tmp_path_factory.mktemp("token")
    told = folder / "softhsm2.conf"
    told.write_text(f"directories.tokendir = {folder}\nobjectstore.backend = file\n")
    os.environ["SOFTHSM2_CONF"] = str(told)
    program = shutil.which("softhsm2-util") or "softhsm2-util"
    command = [program, "--init-token", "--free", "--label", TOKEN]
    command += ["--so-pin", "1234-not-a-secret", "--pin", PIN.decode()]
    subprocess.run(command, check=True, capture_output=True)
    yield folder
    del os.environ["SOFTHSM2_CONF"]


@pytest.fixture(scope="session")
def engine() -> Iterator[TransitStand]:
    with TransitStand("s.a-token-of-the-tests").open() as stand:
        yield stand


@pytest.fixture(scope="session")
def amazon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MotoStand]:
    with moto(tmp_path_factory.mktemp("moto")) as stand:
        yield stand


@pytest.fixture(params=["passphrase", "pkcs11", "transit", "kms"])
def make(request: pytest.FixtureRequest) -> Make:
    """A service by its name: the same name is the same service again, as after a restart."""
    if request.param == "passphrase":
        return lambda name: PassphraseService(f"correct horse {name}".encode(), QUICK)
    if request.param == "transit":
        stand: TransitStand = request.getfixturevalue("engine")
        label = hashlib.sha256(str(request.node.name).encode()).hexdigest()[:8]
        return lambda name: TransitService(stand.place(f"{label}-{name}"))
    if request.param == "kms":
        kms: MotoStand = request.getfixturevalue("amazon")
        label = hashlib.sha256(str(request.node.name).encode()).hexdigest()[:8]
        return lambda name: kms.service(f"{label}-{name}")
    request.getfixturevalue("token")
    return lambda name: Pkcs11Service(MODULE, TOKEN, PIN, f"{request.node.name} {name}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "keystore.sqlite"


def raw(*folders: Path) -> bytes:
    """Every byte of every file there: pages, write-ahead log, and the token's own files."""
    files = [file for folder in folders for file in sorted(folder.rglob("*")) if file.is_file()]
    return b"".join(file.read_bytes() for file in files)


def test_a_service_gives_back_what_it_sealed_and_nothing_else(make: Make) -> None:
    service, secret = make("one"), secrets.token_bytes(32)
    first, second = service.seal(secret), service.seal(secret)
    assert first != second
    assert secret not in first
    assert make("one").unseal(first) == service.unseal(second) == secret
    for changed in (first[:-1] + bytes([first[-1] ^ 1]), first[:-1], b"", second[:40] + first[40:]):
        with pytest.raises(KeyStoreError):
            service.unseal(changed)
    with pytest.raises(KeyStoreError):
        make("other").unseal(first)


def test_n19_keys_outlive_a_restart_and_destroyed_ones_are_in_no_file(
    make: Make, path: Path, request: pytest.FixtureRequest
) -> None:
    store = KeyStore(path, make("one"))
    keys = {new_call_id(): secrets.token_bytes(32) for _ in range(20)}
    for number, (call, key) in enumerate(keys.items()):
        store.keep_call(call, DAY + timedelta(days=number % 2), key)
    store.intake_public(INTAKE)
    store.destroy_call(CALL)  # empties the log into the file
    sealed = dict(store._database.execute("SELECT day, sealed FROM day").fetchall())
    store.close()
    store = KeyStore(path, make("one"))
    assert {call: store.call_key(call) for call in keys} == keys
    store.destroy_day(DAY)
    folders = [path.parent]
    if "pkcs11" in request.node.name:
        folders.append(request.getfixturevalue("token"))
    left = raw(*folders)
    dead = sealed[DAY.isoformat()]
    assert dead[:12] not in left and dead[12:28] not in left
    assert not any(key in left for key in keys.values())
    alive = [call for number, call in enumerate(keys) if number % 2]
    assert all(store.call_key(call) == keys[call] for call in alive)
    with pytest.raises(Gone):
        store.call_key(next(iter(keys)))
    store.close()


def test_a_rotation_leaves_nothing_of_the_old_and_loses_nothing(make: Make, path: Path) -> None:
    store = KeyStore(path, make("one"))
    store.keep_call(CALL, DAY, bytes(32))
    store.intake_public(INTAKE)
    private = store.intake_private(INTAKE)
    with store.copied() as copied:
        copy = copied.read()
    old = store._database.execute(
        "SELECT value FROM store WHERE name IN ('sealed', 'check') UNION ALL"
        " SELECT sealed FROM day UNION ALL SELECT sealed FROM intake"
    ).fetchall()
    assert all(value in copy for (value,) in old)
    kept = store.rotate(7)
    assert (kept.generation, kept.rotated_us) == (2, 7)
    assert not [value for (value,) in old if value in raw(path.parent)]
    for _ in range(2):
        assert (store.call_key(CALL), store.intake_private(INTAKE)) == (bytes(32), private)
        store.close()
        store = KeyStore(path, make("one"))
    store.close()


def test_shares_bring_a_store_to_another_service(make: Make, path: Path) -> None:
    store = KeyStore(path, make("one"))
    store.keep_call(CALL, DAY, bytes(32))
    made, shares = escrows.make(["Aino Laine", "Bo Ek", "Carla Salo"], 2, 1)
    store.entrust(made)
    store.rotate(2)
    store.close()
    with pytest.raises(KeyStoreError):
        KeyStore(path, make("other"))
    typed = [escrows.read(escrows.written(share).lower()) for share in shares]
    assert restore(path, make("other"), typed[1:], 3).escrow is None
    store = KeyStore(path, make("other"))
    assert store.call_key(CALL) == bytes(32)
    store.close()
    with pytest.raises(KeyStoreError):
        KeyStore(path, make("one"))


def test_n17_a_token_keeps_its_key_to_itself_and_only_the_one_in_use(
    token: Path, path: Path
) -> None:
    import pkcs11

    service = Pkcs11Service(MODULE, TOKEN, PIN, "only one")
    store = KeyStore(path, PassphraseService(b"correct horse battery", QUICK))
    store.keep_call(CALL, DAY, bytes(32))
    store.close()
    before = PassphraseService(b"correct horse battery", QUICK)
    store = KeyStore(path, service, before)
    assert (store.keeping().service, store.call_key(CALL)) == ("pkcs11", bytes(32))
    service.seal(bytes(32))  # as by a rotation that was killed before it was durable
    store.close()
    with pytest.raises(KeyStoreError, match="sealed by pkcs11"):
        KeyStore(path, before)
    store = KeyStore(path, service)
    store.rotate(1)
    store.close()
    found = pkcs11.lib(str(MODULE)).get_token(token_label=TOKEN)
    with found.open(user_pin=PIN.decode()) as session:
        (key,) = session.get_objects({pkcs11.Attribute.LABEL: "only one"})
        with pytest.raises(pkcs11.AttributeSensitive):
            key[pkcs11.Attribute.VALUE]
    for module, name, pin in (
        (MODULE, TOKEN, b"wrong"),
        (MODULE, "no such token", PIN),
        (path, TOKEN, PIN),
    ):
        with pytest.raises(KeyStoreError, match="PKCS#11"):
            KeyStore(path, Pkcs11Service(module, name, pin, "only one"))


def test_n19_an_engine_keeps_the_one_key_in_use_and_says_what_is_wrong(
    engine: TransitStand, path: Path
) -> None:
    others = engine.place("somebody-else")
    kept = TransitService(others).seal(bytes(32))
    service = TransitService(engine.place("only-one"))
    store = KeyStore(path, service)
    store.keep_call(CALL, DAY, bytes(32))
    first = {name for name in engine.keys if name.startswith("only-one-")}
    service.seal(bytes(32))  # as by a rotation that was killed before it was durable
    store.rotate(1)
    store.close()
    (left,) = {name for name in engine.keys if name.startswith("only-one-")}
    assert left not in first
    assert TransitService(others).unseal(kept) == bytes(32)
    place = engine.place("only-one")
    for changed, words in (
        (replace(place, token="another"), "status 403"),
        (replace(place, mount="elsewhere"), "status 404"),
        (replace(place, label="other"), "another label"),
        (TransitPlace("http://127.0.0.1:9", "t"), "does not answer|another label"),
    ):
        with pytest.raises(KeyStoreError, match=words):
            KeyStore(path, TransitService(changed))


def test_n19_kms_keeps_the_one_key_in_use_and_says_what_is_wrong(
    amazon: MotoStand, path: Path
) -> None:
    """The keys before are on their way out, for which Amazon takes seven days."""
    kept = amazon.service("somebody-else").seal(bytes(32))
    before = PassphraseService(b"correct horse battery", QUICK)
    store = KeyStore(path, before)
    store.keep_call(CALL, DAY, bytes(32))
    store.close()
    service = amazon.service("only-one")
    store = KeyStore(path, service, before)
    assert (store.keeping().service, store.call_key(CALL)) == ("kms", bytes(32))
    service.seal(bytes(32))  # as by a rotation that was killed before it was durable
    store.rotate(1)
    store.close()
    assert sorted(amazon.states("only-one")) == ["Enabled", "PendingDeletion", "PendingDeletion"]
    assert amazon.service("somebody-else").unseal(kept) == bytes(32)
    place = amazon.place("only-one")
    stranger = Credentials(place.credentials.key_id, "another secret")
    for changed, words in (
        (replace(place, credentials=stranger), "refuses Decrypt: status 403"),
        (replace(place, label="other"), "refuses Decrypt: InvalidCiphertext"),
        (replace(place, endpoint="http://127.0.0.1:9"), "does not answer"),
    ):
        with pytest.raises(KeyStoreError, match=words):
            KeyStore(path, KmsService(changed, machine_clock))


def test_a_mistyped_share_or_one_of_another_set_is_told(path: Path) -> None:
    made, shares = escrows.make(["Aino Laine", "Bo Ek"], 2, 1)
    other = escrows.make(["Aino Laine", "Bo Ek"], 2, 1)[1]
    text = escrows.written(shares[0])
    last = text[:-1] + ("C" if text[-1] != "C" else "D")  # which says nothing but its first bit
    wrong = text[:-2] + ("A" if text[-2] != "A" else "B") + text[-1]
    for fault, words in (
        (last, "last letter"),
        (wrong, "checksum"),
        (text[:-9], "mistyped"),
        ("a letter", "begins"),
    ):
        with pytest.raises(escrows.EscrowError, match=words):
            escrows.read(fault)
    sealed = escrows.sealed(made, bytes(32))
    assert escrows.unsealed(made, sealed, shares) == bytes(32)
    with pytest.raises(escrows.EscrowError, match="another escrow"):
        escrows.unsealed(made, sealed, [shares[0], other[1]])
    with pytest.raises(escrows.EscrowError, match="2 shares"):
        escrows.unsealed(made, sealed, [shares[0], shares[0]])
    forged = escrows.Share(made.set_id, 2, 2, other[1].content)
    with pytest.raises(escrows.EscrowError, match="not genuine"):
        escrows.unsealed(made, sealed, [shares[0], forged])
