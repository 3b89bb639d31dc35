"""What alarms and acts about stores, seals and backups are called."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

ALARMS = {
    "backup_late": gettext_noop("There is no recent backup"),
    "recording_changed": gettext_noop("A recording is not what was sealed"),
    "database_keeps": gettext_noop("The database server keeps what was deleted"),
    "residency": gettext_noop("Nobody says that data is inside the EEA"),
    "retention:period_too_long": gettext_noop("The settings would keep calls longer than told"),
    "retention:period_waiting": gettext_noop("A shorter time of storage waits for your decision"),
    "settling_failed": gettext_noop("A recording could not be packed into less room"),
    "store_move": gettext_noop("Recordings are left in the former store"),
    "store_unfit": gettext_noop("The object store keeps what is destroyed, or is open to all"),
}
ACTS = {
    "call:original:destroyed": gettext_noop("Recording as it came in destroyed, after packing"),
    "call:recording:lessened": gettext_noop("Recording kept in Opus from here on, with loss"),
    "call:recording:settled": gettext_noop("Recording packed into less room, without loss"),
    "call:recording:settling": gettext_noop("Recording opened by the program, to pack it"),
    "call:recordings:checked": gettext_noop("Recordings compared with their seals"),
    "call:recording:damaged": gettext_noop("Recording found damaged"),
    "ops:egress:compared": gettext_noop("Sound that left held against the log"),
    "ops:backup:made": gettext_noop("Backup made"),
    "notice:rule:applied": gettext_noop("Shorter time of storage carried out"),
    "notice:rule:approved": gettext_noop("Shorter time of storage approved"),
    "notice:rule:proposed": gettext_noop("Shorter time of storage wished for"),
    "notice:rule:refused": gettext_noop("Shorter time of storage refused"),
    "notice:rule:withdrawn": gettext_noop("Wish for a shorter time of storage withdrawn"),
    "notice:version:proposed": gettext_noop("Next version of the notice put forward"),
    "notice:version:signed": gettext_noop("Next version of the notice signed"),
    "notice:version:withdrawn": gettext_noop("Next version of the notice taken back"),
    "retention:call:shortened": gettext_noop("Call given a nearer day of destruction"),
    "access:abroad:refused": gettext_noop("Access from outside the EEA refused"),
    "ops:residency:attested": gettext_noop("Place of data attested"),
    "ops:register:restored": gettext_noop("Register restored from a backup"),
    "ops:store:moved": gettext_noop("Recordings moved to another store"),
    "ops:store:moving": gettext_noop("Recordings begin to move to another store"),
    "retention:backup:destroyed": gettext_noop("Backup destroyed"),
    "retention:copies:removed": gettext_noop("Copies of destroyed recordings removed"),
}
ROLES = {
    "machine": gettext_noop("The machine, its disk and keys"),
    "keys": gettext_noop("What seals the key store’s secret"),
    "store": gettext_noop("Recordings"),
    "former_store": gettext_noop("Recordings that are to move"),
    "database": gettext_noop("The register"),
    "backup": gettext_noop("Backups of register and recordings"),
    "key_backup": gettext_noop("Backups of the keys"),
    "mail": gettext_noop("Mail"),
    "webhook": gettext_noop("Messages to a program"),
    "audit_feed": gettext_noop("The log for a collector"),
}
STATES = {
    "checked": gettext_noop("checked"),
    "attested": gettext_noop("attested"),
    "unattested": gettext_noop("attested by nobody"),
    "undeclared": gettext_noop("not declared"),
    "elsewhere": gettext_noop("not where it is declared"),
}


def role(name: str) -> str:
    """A webhook is told with its name."""
    kind, _colon, own = name.partition(":")
    told = _(ROLES[kind])
    return f"{told}: {own}" if own else told


def state(name: str) -> str:
    return _(STATES[name])
