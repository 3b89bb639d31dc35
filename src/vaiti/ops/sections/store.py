"""The section of the settings that says where sealed recordings are kept."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from vaiti.ops.sections.reading import read_address
from vaiti.values.opus import KBITS
from vaiti.vault.keyfiles import SecretFileError, read_secret
from vaiti.vault.s3_bucket import BucketPlace
from vaiti.vault.s3_signing import Credentials

FOLDER, S3 = "folder", "s3"
LOCAL = ("127.0.0.1", "::1", "localhost")
CREDENTIALS = "s3.credentials"


@dataclass(frozen=True)
class StoreSettings:
    """`kind` is "folder" (in the data folder) or "s3", which the other keys are for.

    `settle`: recordings are packed into less room, without loss, four days after the call;
    `opus_kbits`: into Opus instead, each voice at so many thousands of bits a second.
    """

    kind: str = FOLDER
    endpoint: str = ""
    bucket: str = ""
    region: str = ""
    prefix: str = ""
    credentials_file: str = CREDENTIALS
    settle: bool = False
    opus_kbits: int = 0


@dataclass(frozen=True)
class FormerStore(StoreSettings):
    """The store before this one, while recordings move out of it; `kind` empty: there is none."""

    kind: str = ""


def store_fault(store: StoreSettings, place: str = "[store]") -> str | None:
    """A sentence that says what to change, or None."""
    if fault := _opus_fault(store, place):
        return fault
    if store.kind == FOLDER:
        ours = replace(type(store)(), kind=FOLDER, settle=store.settle, opus_kbits=store.opus_kbits)
        given = store != ours
        return (
            f'kind in {place} is "folder", which has no other keys but settle and opus_kbits; '
            'or write "s3"'
            if given
            else None
        )
    if store.kind != S3:
        return f'kind in {place} is "folder" or "s3"'
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", store.bucket):
        return f"bucket in {place} is of 3 to 63 small letters, digits, dots and -"
    if not re.fullmatch(r"[a-z0-9-]{2,40}", store.region):
        return f"region in {place} is the server's name of it, such as eu-north-1"
    if not re.fullmatch(r"([A-Za-z0-9_-]{1,64}/){0,4}", store.prefix):
        return f"prefix in {place} is empty or ends in /, such as calls/"
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", store.credentials_file):
        return f"credentials_file in {place} is the name of a file in secrets/"
    return endpoint_fault(store.endpoint, f"endpoint in {place}")


def _opus_fault(store: StoreSettings, place: str) -> str | None:
    if not store.opus_kbits:
        return None
    if store.opus_kbits not in KBITS:
        told = ", ".join(map(str, KBITS))
        return f"opus_kbits in {place} is one of {told} (of each voice), or 0: without loss"
    if not store.settle:
        return f"opus_kbits in {place} says how recordings settle: write settle = true beside it"
    return None


def stores_fault(store: StoreSettings, former: FormerStore) -> str | None:
    """A sentence that says what to change, or None."""
    return store_fault(store) or former_fault(store, former)


def former_fault(store: StoreSettings, former: FormerStore) -> str | None:
    """Two stores of which one lies within the other could not be told apart."""
    if former == FormerStore():
        return None
    if fault := store_fault(former, "[former_store]"):
        return fault
    if former.settle or former.opus_kbits:
        return (
            "settle and opus_kbits belong into [store]: what moves out of [former_store] is packed "
            "afterwards"
        )
    if store.kind == former.kind == FOLDER:
        return "[store] and [former_store] are the same folder; leave [former_store] out"
    one, other = _corner(store), _corner(former)
    if store.kind == former.kind and (one.startswith(other) or other.startswith(one)):
        return "[store] and [former_store] are in one bucket: give each a prefix of its own"
    return None


def _corner(store: StoreSettings) -> str:
    return f"{store.endpoint.rstrip('/')}/{store.bucket}/{store.prefix}"


def endpoint_fault(endpoint: str, place: str) -> str | None:
    parts = read_address(endpoint)
    if not parts or parts.scheme not in ("http", "https") or parts.path.strip("/"):
        return f"{place} is an address such as https://s3.eu-north-1.amazonaws.com"
    if parts.username or parts.query or parts.fragment:
        return f"{place} is scheme, host and port only; secrets stand in credentials_file"
    if parts.scheme == "http" and parts.hostname not in LOCAL:
        return f"{place} would send recordings without TLS; write https"
    return None


def bucket_place(store: StoreSettings, secrets: Path) -> BucketPlace:
    """Where the bucket is and who we are there. Raises SecretFileError."""
    return BucketPlace(
        store.endpoint.rstrip("/"),
        store.bucket,
        store.region,
        read_credentials(secrets / store.credentials_file),
        store.prefix,
    )


def read_credentials(path: Path) -> Credentials:
    """Two lines: the id of the access key, and its secret. Raises SecretFileError."""
    lines = read_secret(path).decode("ascii", "replace").split()
    if len(lines) != 2:
        raise SecretFileError(f"{path} has two lines: the id of the access key, and its secret")
    return Credentials(*lines)
