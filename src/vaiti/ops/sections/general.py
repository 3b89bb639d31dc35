"""The sections of the settings file, each with its defaults."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from vaiti.notice.due import MAX_MONTHS
from vaiti.ops.sections.reading import read_address

ROLES = (
    *("service_agent", "sales_agent", "manager", "rights_handler"),
    *("dpo", "security_lead", "trainer", "administrator", "auditor"),
    "assigner",
)
LABEL = r"[a-z0-9-]{1,40}"


@dataclass(frozen=True)
class Controller:
    """Who answers for the register. `privacy_contact` is the data protection officer's address.

    `postal_address`, `visiting_address` and `telephone` stand on receipts and letters, in another
    language as `postal_in` and `visiting_in` say.
    """

    name: str
    business_id: str
    privacy_contact: str
    postal_address: str = ""
    visiting_address: str = ""
    telephone: str = ""
    postal_in: Mapping[str, str] = field(default_factory=dict)
    visiting_in: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Register:
    """`country` (ISO 3166) is where numbers without a country code are read.

    For how long calls are kept and in which time zone stands in the notice that callers were given.
    `months` wishes for less: it holds once the data protection officer approves it; 0 is no wish.
    """

    country: str = "FI"
    months: int = 0


@dataclass(frozen=True)
class Web:
    """Where pages are served. `hosts` are the names that a browser may use for it."""

    host: str = "127.0.0.1"
    port: int = 8840
    hosts: tuple[str, ...] = ("localhost", "127.0.0.1")
    https: bool = False
    public: bool = False


@dataclass(frozen=True)
class SignIn:
    """How long a session lasts, whether some roles or all people need a second factor, and the
    file of breached passwords, if there is one."""

    idle_minutes: int = 60
    longest_hours: int = 10
    second_factor: bool = True
    second_factor_for_all: bool = False
    breached_passwords: str = ""


@dataclass(frozen=True)
class Recorder:
    """Where calls are taken. `media_host` is the address that RTP is received on, `rtp_ports` the
    range of its ports ("30000-39999"; empty: any that the system gives). `keeper`: another process
    holds sockets and memory, so that calls outlive the recorder; what comes meanwhile waits in
    buffers of `buffer_packets` a stream. `processes`: how many share address, calls and ports.
    `beside`: folders of recorders that have an address of their own, and the same register.
    `packet_ring`: the network interface that RTP is received on by a ring of `packet_ring_mb`
    megabytes in each of them; empty for sockets alone.

    The `tls_` files are PEM: our chain, its key, and the authorities that sign peers' certificates.
    """

    name: str = "recorder-1"
    host: str = "127.0.0.1"
    port: int = 5060
    transports: tuple[str, ...] = ("udp", "tcp")
    media_host: str = "127.0.0.1"
    rtp_ports: str = ""
    public: bool = False
    most_calls: int = 1000
    free_bytes: int = 2 << 30
    longest_pause_minutes: int = 5
    keeper: bool = False
    buffer_packets: int = 256
    processes: int = 1
    beside: tuple[str, ...] = ()
    packet_ring: str = ""
    packet_ring_mb: int = 80
    tls_port: int = 5061
    tls_certificate: str = ""
    tls_key: str = ""
    tls_peers: str = ""


@dataclass(frozen=True)
class Access:
    """How far a manager hears back: `all` calls of their people, or `in_team` only; and how often
    a manager confirms who their people are. With more calls of unknown agents than
    `unassigned_percent` of a day's there is an alarm. An auditor is let in for `auditor_days` at
    most."""

    managers: str = "all"
    confirm_days: int = 90
    unassigned_percent: int = 1
    auditor_days: int = 92


@dataclass(frozen=True)
class Integrity:
    """`days`: within how many days each recording is compared with what was sealed."""

    days: int = 30


@dataclass(frozen=True)
class Training:
    """`months`: how long a passed section of the course counts."""

    months: int = 12


@dataclass(frozen=True)
class Mail:
    """The SMTP server that warnings are sent through; without `host` only pages warn.

    `domain` makes addresses of logins that have no @; `address` is where the pages are.
    """

    host: str = ""
    port: int = 587
    starttls: bool = True
    authority: str = ""
    user: str = ""
    password_file: str = ""
    sender: str = ""
    domain: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Keys:
    """`service` is passphrase, pkcs11, transit or kms; `passphrase` is file, or credential where
    the service manager unseals it. `module`, `token`, `pin_file` are for pkcs11, the next four for
    transit, `region` and `credentials_file` for kms, which may have an `address` and `authority`
    of its own; `label` for all three. `folder` and `socket`: where the key process is a service of
    its own (`vaiti keys serve`).
    """

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
    folder: str = ""
    socket: str = ""


def keys_fault(keys: Keys) -> str | None:
    """A sentence that says what to change, or None."""
    if keys.service not in ("passphrase", "pkcs11", "transit", "kms"):
        return 'service in [keys] is "passphrase", "pkcs11", "transit" or "kms"'
    if keys.passphrase not in ("file", "credential"):
        return 'passphrase in [keys] is "file" or "credential"'
    if keys.service == "pkcs11" and not (keys.module and keys.token and keys.pin_file):
        return "[keys] with pkcs11 needs module, token and pin_file"
    if keys.service == "transit" and (fault := transit_fault(keys)):
        return fault
    if keys.service == "kms" and (fault := kms_fault(keys)):
        return fault
    if bool(keys.folder) != bool(keys.socket):
        return "[keys] needs both folder and socket where vaiti keys serve runs, and else neither"
    if keys.folder and (keys.service, keys.passphrase) != ("passphrase", "file"):
        return "with folder in [keys] its service stands in keys.toml there, not here"
    return None


def transit_fault(keys: Keys) -> str | None:
    if not _is_address(keys.address):
        return "address in [keys] is that of the server: https://, or http:// on this machine only"
    if not keys.token_file or not re.fullmatch(LABEL, keys.label):
        return "[keys] with transit needs token_file, and a label of small letters, digits and -"
    return None


def kms_fault(keys: Keys) -> str | None:
    if not re.fullmatch(r"[a-z0-9-]{2,40}", keys.region):
        return "region in [keys] with kms is where the keys are, such as eu-north-1"
    if keys.address and (not _is_address(keys.address) or urlsplit(keys.address).path.strip("/")):
        return "address in [keys] with kms is empty, or another server's: https://host and a port"
    if not keys.credentials_file or not re.fullmatch(LABEL, keys.label):
        return "[keys] with kms needs credentials_file, and a label of small letters, digits and -"
    return None


def _is_address(address: str) -> bool:
    parts = read_address(address)
    if parts is None or parts.query:
        return False
    here = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")
    return parts.scheme == "https" or here


def register_fault(register: Register) -> str | None:
    """A sentence that says what to change, or None."""
    if not 0 <= register.months <= MAX_MONTHS:
        return f"months is from 1 to {MAX_MONTHS}, or 0 for what the notice says"
    return None


def access_fault(access: Access) -> str | None:
    """A sentence that says what to change, or None."""
    if access.managers not in ("all", "in_team"):
        return (
            'managers in [access] is "all" (every call of their people, as the notice says) or '
            '"in_team" (only what was said while in the team)'
        )
    if not 1 <= access.confirm_days <= 366:
        return "confirm_days in [access] is from 1 to 366; usual is 90"
    if not 0 <= access.unassigned_percent <= 100:
        return "unassigned_percent in [access] is from 0 to 100; usual is 1"
    if not 1 <= access.auditor_days <= 366:
        return "auditor_days in [access] is from 1 to 366; usual is 92"
    return None


def mail_fault(mail: Mail) -> str | None:
    """A sentence that says what to change, or None."""
    if not mail.host:
        return None
    if not 1 <= mail.port <= 65535:
        return "port in [mail] is from 1 to 65535"
    if "@" not in mail.sender or not re.match(r"https?://[^/]+$", mail.address):
        return (
            "sender in [mail] is a mail address, and address where the pages are, such as "
            "https://vaiti.example"
        )
    if not mail.starttls and mail.host not in ("127.0.0.1", "::1", "localhost"):
        return (
            "starttls in [mail] is false, so names would go over the network in clear text; only "
            "a server on this machine may be used like that"
        )
    return None
