"""Where signed checkpoints leave to: what makes a log that was built anew be noticed."""

from dataclasses import dataclass
from pathlib import Path

from vaiti.ops.setting_store import S3, StoreSettings, bucket_place, store_fault
from vaiti.vault.s3_bucket import BucketPlace

CREDENTIALS = "outside.credentials"


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
