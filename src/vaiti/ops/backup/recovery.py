"""Recovery keys: made here, taken away, and needed only for a restore.

The public half stays, so that backups can be made; the private half leaves this machine in a file
that also says where the backups lie. Two of them: who holds one cannot hear anything.
"""

import base64
import json
import tomllib
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vaiti.ops.backup.places import credentials_of
from vaiti.ops.first.deployment import quoted
from vaiti.ops.sections.backup import Backup, KeyBackup, Place
from vaiti.ops.sections.reading import WeakSettings, section
from vaiti.ops.settings import Settings
from vaiti.vault.backup_file import KEYS, REGISTER, key_name
from vaiti.vault.keyfiles import SecretFileError, read_secret, write_secret
from vaiti.vault.s3_signing import Credentials
from vaiti.vault.wrapping import new_intake_key

PUBLIC = "recovery.json"
LONGEST = timedelta(days=93)
"""A recovery key is used for so long; then a new pair is made, and this one's end is told."""


class NoRecoveryKey(Exception):
    """There is no recovery key, or it cannot be read; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Public:
    """The halves that stay, base64, and when they were made."""

    register: str
    keys: str
    made_at: str

    def of(self, kind: str) -> bytes:
        return base64.b64decode(self.keys if kind == KEYS else self.register)


@dataclass(frozen=True, slots=True)
class Recovery:
    """A recovery key as it is read for a restore: `signer` is whose backups are believed."""

    kind: str
    private: bytes = field(repr=False)
    signer: bytes
    place: Place
    credentials: Credentials | None = field(repr=False)


def make(settings: Settings, register: Path, keys: Path, now: datetime) -> Public:
    """Makes both pairs; the private halves go into these new files, and nowhere else."""
    halves: dict[str, str] = {}
    wanted: tuple[tuple[str, Path, Place], ...] = (
        (REGISTER, register, settings.backup),
        (KEYS, keys, settings.key_backup),
    )
    for kind, path, place in wanted:
        private, public = new_intake_key()
        halves[kind] = base64.b64encode(public).decode()
        signer = (settings.secrets / "checkpoint.pub").read_bytes()
        held = credentials_of(place, settings.secrets)
        text = _text(Recovery(kind, private, signer, place, held), key_name(public), now)
        try:
            write_secret(path, text.encode())
        except OSError as error:
            raise NoRecoveryKey(f"{path} cannot be written: {error.strerror}") from error
    made = Public(halves[REGISTER], halves[KEYS], now.astimezone(UTC).isoformat())
    (settings.secrets / PUBLIC).unlink(missing_ok=True)
    write_secret(settings.secrets / PUBLIC, json.dumps(asdict(made)).encode())
    return made


def public(settings: Settings) -> Public:
    """The halves that backups are made for. Raises NoRecoveryKey."""
    try:
        return Public(**json.loads(read_secret(settings.secrets / PUBLIC)))
    except (SecretFileError, ValueError, TypeError) as error:
        raise NoRecoveryKey(
            "there is no recovery key yet; make one with: vaiti backup key --data …"
        ) from error


def require_young(told: Public, now: datetime) -> None:
    """Raises NoRecoveryKey for a pair that has served its time."""
    if now - datetime.fromisoformat(told.made_at) > LONGEST:
        raise NoRecoveryKey(
            f"the recovery keys are older than {LONGEST.days} days; make new ones with: "
            "vaiti backup key --data …"
        )


def read(path: Path, kind: str) -> Recovery:
    """A recovery key from its file. Raises NoRecoveryKey."""
    try:
        told = tomllib.loads(read_secret(path).decode())
        if told["kind"] != kind:
            raise NoRecoveryKey(f"{path} is the recovery key of {told['kind']}, not of {kind}")
        secret = told.get("credentials")
        where = f"[place] of {path}"
        keys = kind == KEYS
        return Recovery(
            kind,
            base64.b64decode(told["private"]),
            base64.b64decode(told["signer"]),
            section(KeyBackup, told["place"], where)
            if keys
            else section(Backup, told["place"], where),
            Credentials(**secret) if secret else None,
        )
    except (SecretFileError, WeakSettings) as error:
        raise NoRecoveryKey(str(error)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise NoRecoveryKey(f"{path} is no recovery key of Vaiti") from error


def _text(key: Recovery, name: str, now: datetime) -> str:
    place = [f"{one.name} = {_toml(getattr(key.place, one.name))}" for one in fields(key.place)]
    held = key.credentials
    lines = [
        f"# Recovery key {name} of Vaiti, for its backups of: {key.kind}. Keep it away from the",
        "# machine, and from the other recovery key: with both, and both backups, calls are heard.",
        f'kind = "{key.kind}"',
        f'made = "{now.astimezone(UTC).date()}"',
        f'private = "{base64.b64encode(key.private).decode()}"',
        f'signer = "{base64.b64encode(key.signer).decode()}"',
        *(["[credentials]", f"key_id = {quoted(held.key_id)}"] if held else []),
        *([f"secret = {quoted(held.secret)}"] if held else []),
        "[place]",
        *place,
    ]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    return quoted(value) if isinstance(value, str) else json.dumps(value)
