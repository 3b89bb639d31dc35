"""The key process as a service of its own: its folder, its socket's users, what it refuses."""

import contextlib
import grp
import os
import pwd
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from vaiti.ops.key_service import served
from vaiti.ops.sections.reading import WeakSettings
from vaiti.ops.settings import read_settings
from vaiti.vault.hardening import anyone_may_trace, open_to_others, swap_in_use
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.keyfiles import make_passphrase, make_signing_pair
from vault.keyworld import answers, wait_for

SOURCE = str(Path(__file__).parents[2] / "src")
COMMAND = [sys.executable, "-m", "vaiti", "keys", "serve", "--folder"]
SOMEBODY, NOBODY = 65_533, 65_534


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as made:  # where other users may come to the socket
        public = Path(made)
        public.chmod(0o755)
        own = public / "own"
        own.mkdir(mode=0o700)
        make_passphrase(own / "keystore.passphrase")
        make_signing_pair(own, "grant")
        yield own


def write(folder: Path, **more: str) -> None:
    told = {"register": "postgresql://nobody@127.0.0.1:9/none", "swap": "allow"} | more
    told["socket"] = str(folder.parent / "keys.sock")
    callers = f'callers = ["{told.pop("callers")}"]\n' if "callers" in told else ""
    lines = "".join(f'{name} = "{value}"\n' for name, value in told.items())
    (folder / "keys.toml").write_text(lines + callers)


def start(folder: Path) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": SOURCE}
    return subprocess.Popen(
        [*COMMAND, str(folder)], env=environment, stderr=subprocess.PIPE, text=True
    )


def answered_as(user: int, path: Path) -> bool:
    """Whether a process of this user gets an answer."""
    os.seteuid(user)
    try:
        client = KeyClient(path)
        with contextlib.suppress(Exception):
            return client.describe().calls == 0
        return False
    finally:
        os.seteuid(0)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to act as another user")
def test_n33_the_service_answers_the_users_that_it_names_and_no_others(folder: Path) -> None:
    nobody, group = pwd.getpwuid(NOBODY).pw_name, grp.getgrgid(os.getegid()).gr_name
    write(folder, callers=nobody, group=group)
    path = folder.parent / "keys.sock"
    process = start(folder)
    try:
        wait_for(lambda: answers(path) or process.poll() is not None)
        assert path.stat().st_mode & 0o777 == 0o660
        path.chmod(0o666)  # as if the folder's rights were given away: the kernel names the caller
        assert answered_as(NOBODY, path)
        assert answered_as(0, path)
        assert not answered_as(SOMEBODY, path)
    finally:
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, "")


def test_n33_a_sealed_file_opens_the_key_store_where_the_service_manager_unseals_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, passphrase="credential")
    process = start(folder)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "LoadCredentialEncrypted=keystore.passphrase" in said
    given = folder.parent / "credentials"  # as systemd makes it, of what the unit names
    given.mkdir(mode=0o500)
    (folder / "keystore.passphrase").rename(given / "keystore.passphrase")
    (given / "keystore.passphrase").chmod(0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(given))
    path = folder.parent / "keys.sock"
    for mode, starts in ((0o440, True), (0o400, True), (0o444, False)):
        (given / "keystore.passphrase").chmod(mode)
        process = start(folder)
        wait_for(lambda one=process: answers(path) or one.poll() is not None)
        if starts:
            assert KeyClient(path).keeping().service == "passphrase"
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        assert (process.returncode == 0) is starts


def test_the_service_says_what_keeps_it_from_starting(folder: Path) -> None:
    with pytest.raises(WeakSettings, match="cannot be read"):
        served(folder)
    (folder / "keys.toml").write_text('register = "x"\n')
    with pytest.raises(WeakSettings, match="names register"):
        served(folder)
    for change, words in (
        ({"callers": "no-such-user"}, "not on this machine"),
        ({"swap": "maybe"}, "swap in"),
        ({"service": "pkcs11"}, "module, token and pin_file"),
        ({"passphrase": "asked"}, '"file" or "credential"'),
        ({"servise": "pkcs11"}, "servise"),
    ):
        write(folder, **change)
        with pytest.raises(WeakSettings, match=words):
            served(folder)
    write(folder)
    folder.chmod(0o750)
    process = start(folder)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"others can reach {folder}" in said


def test_with_a_service_of_its_own_the_settings_name_its_socket_and_folder(tmp_path: Path) -> None:
    controller = {"name": "Posti", "business_id": "1-2", "privacy_contact": "a@example.fi"}
    keys = {"folder": "/var/lib/vaiti-keys", "socket": "/run/vaiti-keys/keys.sock"}
    settings = read_settings({"controller": controller, "keys": keys}, tmp_path)
    assert settings.keys_socket == Path("/run/vaiti-keys/keys.sock")
    assert settings.keystore == Path("/var/lib/vaiti-keys/keys/keystore.sqlite")
    assert settings.passphrase == Path("/var/lib/vaiti-keys/keystore.passphrase")
    for wrong in ({"folder": "/var/lib/vaiti-keys"}, {"service": "stone"}, {"service": "pkcs11"}):
        with pytest.raises(WeakSettings):
            read_settings({"controller": controller, "keys": wrong}, tmp_path)


def test_what_the_machine_leaves_open_is_seen(tmp_path: Path) -> None:
    swaps, scope = tmp_path / "swaps", tmp_path / "scope"
    swaps.write_text("Filename Type Size Used Priority\n")
    assert not swap_in_use(swaps)
    swaps.write_text("Filename Type Size Used Priority\n/dev/sda2 partition 1 0 -2\n")
    assert swap_in_use(swaps)
    assert anyone_may_trace(scope)
    for text, open_to_all in (("0\n", True), ("1\n", False), ("3\n", False)):
        scope.write_text(text)
        assert anyone_may_trace(scope) is open_to_all
    assert open_to_others(tmp_path / "nothing") == ""
    scope.chmod(0o640)
    assert "chmod go=" in open_to_others(scope)
