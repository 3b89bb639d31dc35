"""The key process's configuration: as one of Vaiti's processes, or as a service of its own."""

import grp
import pwd
import tomllib
from dataclasses import dataclass
from pathlib import Path

from vaiti.ops.setting_reading import WeakSettings, section
from vaiti.ops.setting_sections import Keys, keys_fault
from vaiti.ops.settings import Settings
from vaiti.vault.keyfiles import read_passphrase
from vaiti.vault.keyprocess import KeyConfig
from vaiti.vault.keyservice import KeyService, PassphraseService
from vaiti.vault.pkcs11 import Pkcs11Service

FILE = "keys.toml"


@dataclass(frozen=True, slots=True)
class Served:
    """The service's own settings file. `register` is a libpq URI, or the path of an SQLite file."""

    register: str = ""
    socket: str = ""
    group: str = ""
    callers: tuple[str, ...] = ()
    swap: str = "refuse"
    service: str = "passphrase"
    module: str = ""
    token: str = ""
    label: str = "vaiti"
    pin_file: str = ""


def module_of(keys: Keys | Served, folder: Path) -> KeyService | None:
    """The PKCS#11 token, or None for the passphrase. Raises SecretFileError."""
    if keys.service == "passphrase":
        return None
    pin = read_passphrase(folder / keys.pin_file)
    return Pkcs11Service(Path(keys.module), keys.token, pin, keys.label)


def service_of(settings: Settings) -> KeyService:
    """Raises SecretFileError and WeakSettings."""
    found = module_of(told_of(settings), settings.keys_home)
    return found or PassphraseService(read_passphrase(settings.passphrase))


def told_of(settings: Settings) -> "Keys | Served":
    """What is said of the key service: in vaiti.toml, or by the service that has its own file."""
    return served(settings.keys_home)[0] if settings.keys.folder else settings.keys


def key_config(settings: Settings) -> KeyConfig:
    """Of the key process that the supervisor starts."""
    return KeyConfig(
        socket=settings.keys_socket,
        store=settings.keystore,
        passphrase=settings.passphrase,
        grant_public=settings.secrets / "grant.pub",
        service=module_of(settings.keys, settings.folder),
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
    if told.swap not in ("refuse", "allow"):
        raise WeakSettings(f'swap in {path} is "refuse" or "allow"')
    kinds = Keys(told.service, told.module, told.token, told.label, told.pin_file)
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
        passphrase=folder / "keystore.passphrase",
        grant_public=folder / "grant.pub",
        service=module_of(told, folder),
        callers=callers,
        group=group,
    )
