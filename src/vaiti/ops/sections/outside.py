"""Where signed checkpoints leave to: what makes a log that was built anew be noticed."""

from dataclasses import dataclass
from pathlib import Path

from vaiti.audit.checkpoint import NoteError
from vaiti.audit.cosigning import read_witness
from vaiti.ops.sections.feeds import networks_fault
from vaiti.ops.sections.store import S3, StoreSettings, bucket_place, store_fault
from vaiti.vault.s3_bucket import BucketPlace

CREDENTIALS = "outside.credentials"
MOST_NAME = 40  # characters: with what stands before it, it is the name of somebody who is told


@dataclass(frozen=True)
class Outside:
    """`folder` is one that this machine's administrators cannot rewrite, such as a share of another
    organisation; `mail` are addresses of others; `bucket` has an object lock, under which each
    checkpoint stays for `lock_days`. Every `hours` the newest checkpoint goes there."""

    folder: str = ""
    mail: tuple[str, ...] = ()
    hours: int = 1
    bucket: str = ""
    endpoint: str = ""
    region: str = ""
    credentials_file: str = CREDENTIALS
    lock_days: int = 400


@dataclass(frozen=True)
class WitnessPlace:
    """A witness that cosigns checkpoints every `hours`: `key` is its verifier key, `address` where
    `add-checkpoint` is. `private` and `authority` as of a [[webhook]]."""

    key: str
    address: str
    hours: int = 1
    private: tuple[str, ...] = ()
    authority: str = ""


def witnesses_fault(witnesses: tuple[WitnessPlace, ...]) -> str:
    """A sentence that says what to change, "" when all is well."""
    try:
        names = [read_witness(one.key).name for one in witnesses]
    except NoteError as error:
        return f"key in [[witness]]: {error}"
    for one, name in zip(witnesses, names, strict=True):
        if names.count(name) > 1:
            return f"the [[witness]] {name} is there twice"
        if len(name) > MOST_NAME:
            return f"the name of the [[witness]] {name} is longer than {MOST_NAME} characters"
        if not one.address.startswith("https://") or "?" in one.address:
            return f"the [[witness]] {name}: its address begins with https:// and has no query"
        if not 1 <= one.hours <= 168:
            return f"the [[witness]] {name}: hours is from 1 to 168; usual is 1"
        if fault := networks_fault(one.private):
            return f"the [[witness]] {name}: {fault}"
    return ""


def outside_fault(rules: Outside, mail_host: str) -> str | None:
    """A sentence that says what to change, or None."""
    if not 1 <= rules.hours <= 168:
        return "hours is from 1 to 168; usual is 1"
    if rules.folder and not Path(rules.folder).is_absolute():
        return "folder is a whole path, and best on a disk of somebody else's"
    if rules.mail and not mail_host:
        return "mail needs a server in [mail]"
    if rules.bucket or rules.endpoint or rules.region:
        if fault := store_fault(_as_store(rules)):
            return fault.replace(" in [store]", "")
        if not 1 <= rules.lock_days <= 3650:
            return "lock_days is from 1 to 3650; usual is 400"
    if any("@" not in one or " " in one for one in rules.mail):
        return 'mail is a list of addresses, such as ["auditor@example.org"]'
    return None


def outside_place(rules: Outside, secrets: Path) -> BucketPlace:
    """The bucket, and who we are there. Raises SecretFileError."""
    return bucket_place(_as_store(rules), secrets)


def _as_store(rules: Outside) -> StoreSettings:
    return StoreSettings(
        kind=S3,
        endpoint=rules.endpoint,
        bucket=rules.bucket,
        region=rules.region,
        credentials_file=rules.credentials_file,
    )
