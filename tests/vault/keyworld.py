"""A key store's secrets and the key process in its own process, for the tests of any room."""

import os
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from nursery import Begun, Nursery
from vaiti.values.clock import to_micros
from vaiti.values.ids import CallId
from vaiti.vault.grant import BACKUP, NO_CALL, Grant, issue
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.keyfiles import make_passphrase, make_signing_pair, read_seed
from vaiti.vault.keyprocess import KeyConfig
from vaiti.vault.work import Work

NURSERY = Nursery("vaiti.vault.keyprocess")
QUICK = 1 << 4  # scrypt N: the tests try the store, not scrypt
CALL = CallId("0123456789abcdef" * 2)

PROGRAM = """
    import sys
    from datetime import datetime, timedelta
    from itertools import chain, repeat
    from pathlib import Path
    from vaiti.vault.keyprocess import KeyConfig, serve
    socket, store, passphrase, public, moment = sys.argv[1:]
    now = datetime.fromisoformat(moment)
    readings = chain([now - timedelta(minutes=1)], repeat(now))
    config = KeyConfig(Path(socket), Path(store), Path(passphrase), Path(public), 16)
    serve(config, lambda: next(readings), lambda grant: None)
"""
"""It was started a minute ago, and believes every grant that is signed: rooms keep their entries in
a transaction that no other process sees. What it asks the log is tried in ops/test_witness.py."""


@dataclass(frozen=True)
class Keys:
    """The files of a key process, and how to start it as a real process."""

    config: KeyConfig
    seed: bytes
    now: datetime

    def start(self) -> Begun:
        return NURSERY.begin(textwrap.dedent(PROGRAM), self._told())

    def start_alone(self) -> subprocess.Popen[bytes]:
        """With its own imports, and what it says to be read."""
        command = [sys.executable, "-c", textwrap.dedent(PROGRAM), *self._told()]
        source = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "src")}
        return subprocess.Popen(command, env=source, stderr=subprocess.PIPE)

    def _told(self) -> list[str]:
        config = self.config
        paths = (config.socket, config.store, config.passphrase, config.grant_public)
        return [*map(str, paths), self.now.isoformat()]

    def client(self, clock: Callable[[], datetime] | None = None) -> KeyClient:
        """Its work with keys is signed for, and believed: see PROGRAM."""
        return KeyClient(self.config.socket, lambda work: self.worked(work, clock))

    def worked(self, work: Work, clock: Callable[[], datetime] | None = None) -> str:
        """A grant for work with keys, whose entry stands in no log."""
        told = replace(self.backup_grant(grant=work.about), purpose=work.purpose)
        return self.token(moved(told, (clock() if clock else self.now) - self.now))

    def token(self, grant: Grant) -> str:
        return issue(self.seed, grant)

    def backup_grant(self, **changes: str) -> Grant:
        """Under which the key store is copied for one backup."""
        moment = to_micros(self.now)
        names = {"grant": "b" * 32, "leaf": "c" * 32, "actor": "system:backup"} | changes
        return Grant(
            **names,
            call_id=NO_CALL,
            purpose=BACKUP,
            from_us=0,
            to_us=0,
            not_before_us=moment,
            expires_us=moment + 60_000_000,
        )


def make_keys(folder: Path, now: datetime) -> Keys:
    """The secrets of a new key store in `folder`; nothing runs yet."""
    make_passphrase(folder / "keystore.passphrase")
    make_signing_pair(folder, "grant")
    return keys_of(folder, now)


def keys_of(folder: Path, now: datetime) -> Keys:
    """The secrets that `make_keys` made there."""
    config = KeyConfig(
        folder / "keys.sock",
        folder / "keys" / "keystore.sqlite",
        folder / "keystore.passphrase",
        folder / "grant.pub",
        QUICK,
    )
    return Keys(config, read_seed(folder / "grant.key"), now)


def start_keys(keys: Keys) -> Begun:
    """Returns once the key process answers, or has ended."""
    process = keys.start()
    wait_for(lambda: answers(keys.config.socket) or process.poll() is not None)
    return process


def answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def wait_for(happened: Callable[[], bool], seconds: float = 60) -> None:
    for _ in range(int(seconds / 0.01)):
        if happened():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen in time")


def moved(grant: Grant, by: timedelta) -> Grant:
    """The same grant, holding earlier or later."""
    step = by // timedelta(microseconds=1)
    return replace(
        grant, not_before_us=grant.not_before_us + step, expires_us=grant.expires_us + step
    )
