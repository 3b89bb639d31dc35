"""Moto's server as Amazon: KMS, and an account whose signature and policy it checks."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import boto3

from vaiti.ops.clocks import machine_clock
from vaiti.ops.quiet_ports import free_port
from vaiti.vault.kms import KmsPlace, KmsService
from vaiti.vault.s3_signing import Credentials
from vault.keyworld import wait_for

REGION = "eu-north-1"
ALLOWED = (
    *("CreateKey", "CreateAlias", "ListAliases", "DeleteAlias", "Encrypt", "Decrypt"),
    "ScheduleKeyDeletion",
)
"""What docs/keys.md asks for, and nothing besides."""
LOOKING = ("DescribeKey", "ListKeys")  # of the tests


@dataclass(frozen=True, slots=True)
class MotoStand:
    endpoint: str
    credentials: Credentials

    def place(self, label: str) -> KmsPlace:
        return KmsPlace(self.endpoint, REGION, self.credentials, label)

    def service(self, label: str) -> KmsService:
        return KmsService(self.place(label), machine_clock)

    def client(self, name: str) -> Any:  # noqa: ANN401 - boto3 is not annotated
        return client(self.endpoint, name, self.credentials)

    def states(self, label: str) -> list[str]:
        """Of each key that was ever made under the label, by its description."""
        kms = self.client("kms")
        found = [kms.describe_key(KeyId=one["KeyId"]) for one in kms.list_keys()["Keys"]]
        told = [one["KeyMetadata"] for one in found]
        return [one["KeyState"] for one in told if one["Description"] == f"vaiti {label}"]


def client(endpoint: str, name: str, credentials: Credentials) -> Any:  # noqa: ANN401
    return boto3.client(
        name,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=credentials.key_id,
        aws_secret_access_key=credentials.secret,
    )


@contextmanager
def moto(folder: Path) -> Iterator[MotoStand]:
    port = free_port(0, (socket.SOCK_STREAM,))
    endpoint = f"http://127.0.0.1:{port}"
    line = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    told = {"INITIAL_NO_AUTH_ACTION_COUNT": "3", "PATH": "/usr/bin:/bin", "HOME": str(folder)}
    with (folder / "moto.log").open("wb") as log:
        process = subprocess.Popen(line, env=told, stdout=log, stderr=log)
    try:
        wait_for(lambda: answers(endpoint), 60)
        yield MotoStand(endpoint, account(endpoint))
    finally:
        process.kill()
        process.wait()


def answers(endpoint: str) -> bool:
    try:
        with urlopen(f"{endpoint}/moto-api/data.json", timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def account(endpoint: str) -> Credentials:
    """Three requests that nobody signs for; every later one is checked."""
    iam = client(endpoint, "iam", Credentials("nobody", "nothing"))
    iam.create_user(UserName="vaiti")
    actions = [f"kms:{one}" for one in (*ALLOWED, *LOOKING)]
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="vaiti", PolicyName="kms", PolicyDocument=policy)
    made = iam.create_access_key(UserName="vaiti")["AccessKey"]
    return Credentials(made["AccessKeyId"], made["SecretAccessKey"])
