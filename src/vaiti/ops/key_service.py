"""The key process's configuration: as one of Vaiti's processes, or as a service of its own."""

import grp
import os
import pwd
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from vaiti.ops.clocks import machine_clock
from vaiti.ops.sections.database import database_fault
from vaiti.ops.sections.general import Keys, keys_fault
from vaiti.ops.sections.reading import WeakSettings, section
from vaiti.ops.sections.store import read_credentials
from vaiti.ops.settings import Settings
from vaiti.vault.keyfiles import SecretFileError, read_credential, read_passphrase
from vaiti.vault.keyprocess import KeyConfig
from vaiti.vault.keyservice import KeyService, PassphraseService
from vaiti.vault.kms import KmsPlace, KmsService
from vaiti.vault.pkcs11 import Pkcs11Service
from vaiti.vault.transit import TransitPlace, TransitService

FILE = "keys.toml"
CREDENTIAL = "keystore.passphrase"
HANDED_OVER = "CREDENTIALS_DIRECTORY"  # where systemd says that it put what it unsealed


@dataclass(frozen=True, slots=True)
class Served:
    """The service's own settings file. `register` is a libpq URI, or the path of an SQLite file."""

    register: str = ""
    socket: str = ""
    group: str = ""
    callers: tuple[str, ...] = ()
    swap: str = "refuse"
    service: str = "passphrase"
    passphrase: str = "file"
    module: str = ""
    token: str = ""
    label: str = "vaiti"
    pin_file: str = ""
    address: str = ""
    mount: str = "transit"
    token_file: str = ""
    authority: str = ""
    region: str = ""
    credentials_file: str = ""


def module_of(keys: Keys | Served, folder: Path) -> KeyService | None:
    """PKCS#11 token, transit engine or KMS; None for the passphrase. Raises SecretFileError."""
    if keys.service == "passphrase":
        return None
    authority = str(folder / keys.authority) if keys.authority else ""
    if keys.service == "kms":
        who = read_credentials(folder / keys.credentials_file)
        address = keys.address.rstrip("/") or f"https://kms.{keys.region}.amazonaws.com"
        return KmsService(KmsPlace(address, keys.region, who, keys.label, authority), machine_clock)
    if keys.service == "transit":
        token = read_passphrase(folder / keys.token_file).decode("ascii", "replace")
        return TransitService(TransitPlace(keys.address, token, keys.mount, keys.label, authority))
    pin = read_passphrase(folder / keys.pin_file)
    return Pkcs11Service(Path(keys.module), keys.token, pin, keys.label)


def service_of(settings: Settings) -> KeyService:
    """Raises SecretFileError and WeakSettings."""
    found = module_of(told_of(settings), settings.keys_home)
    if found is not None:
        return found
    if told_of(settings).passphrase == "credential":
        return PassphraseService(read_credential(handed_over()))
    return PassphraseService(read_passphrase(settings.passphrase))


def handed_over() -> Path:
    """The passphrase that the service manager unsealed for us. Raises SecretFileError."""
    if not (folder := os.environ.get(HANDED_OVER)):
        raise SecretFileError(
            "the settings say that the service manager hands over the passphrase, and it has not: "
            f"start by a unit with LoadCredentialEncrypted={CREDENTIAL} (docs/keys.md)"
        )
    return Path(folder) / CREDENTIAL


def told_of(settings: Settings) -> "Keys | Served":
    """What is said of the key service: in vaiti.toml, or by the service that has its own file."""
    return served(settings.keys_home)[0] if settings.keys.folder else settings.keys


def key_config(settings: Settings) -> KeyConfig:
    """Of the key process that the supervisor starts."""
    return KeyConfig(
        socket=settings.keys_socket,
        store=settings.keystore,
        passphrase=_passphrase(settings.keys, settings.passphrase),
        grant_public=settings.secrets / "grant.pub",
        service=module_of(settings.keys, settings.folder),
        credential=settings.keys.passphrase == "credential",
    )


def served(folder: Path) -> tuple[Served, KeyConfig]:
    """Of the service that has this folder. Raises WeakSettings, SecretFileError."""
    path = folder / FILE
    try:
        told = section(Served, tomllib.loads(path.read_text()), str(path))
    except OSError as error:
        raise WeakSettings(f"{path} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WeakSettings(f"{path} is not TOML: {error}") from error
    if not told.register or not told.socket:
        raise WeakSettings(f"{path} names register (the database) and socket")
    if told.register.startswith("postgres") and (fault := database_fault(told.register)):
        raise WeakSettings(f"register in {path}: {fault}")
    if told.swap not in ("refuse", "allow"):
        raise WeakSettings(f'swap in {path} is "refuse" or "allow"')
    same = [one.name for one in fields(Keys) if one.name not in ("folder", "socket")]
    kinds = Keys(**{name: getattr(told, name) for name in same})
    if fault := keys_fault(kinds):
        raise WeakSettings(f"{path}: {fault}")
    try:
        callers = frozenset(pwd.getpwnam(name).pw_uid for name in told.callers)
        group = grp.getgrnam(told.group).gr_gid if told.group else None
    except KeyError as error:
        raise WeakSettings(f"{path} names a user or group that is not on this machine") from error
    return told, KeyConfig(
        socket=Path(told.socket),
        store=folder / "keys" / "keystore.sqlite",
        passphrase=_passphrase(told, folder / CREDENTIAL),
        grant_public=folder / "grant.pub",
        service=module_of(told, folder),
        callers=callers,
        group=group,
        credential=told.passphrase == "credential",
    )


def _passphrase(told: Keys | Served, otherwise: Path) -> Path:
    return handed_over() if told.passphrase == "credential" else otherwise
