"""Hands a package out once, and destroys it when its time is over. All of it is in the log."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from vaiti.audit import log, proofs
from vaiti.audit.copy import PROOF, proof_text
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.audit.proofs import NoProof
from vaiti.retention import packages
from vaiti.rights import noting
from vaiti.rights.copy_models import Package, PackageCall
from vaiti.rights.copy_rules import MOST_TRIES, CopyRefused, spelt
from vaiti.rights.numbering import is_other
from vaiti.rights.packing import Entry, Lying
from vaiti.values.ids import ObjectId
from vaiti.vault.store import Store

ACTOR = "system:rights"
PERSON = "system:person"
"""Who fetches with the password: the person herself, whom the log does not know by name."""
GRACE = timedelta(hours=1)  # for a package that is being made, and after one was handed out
LINK, FILE = "link", "file"
_GIVEN = {LINK: "download", FILE: "hand"}


@dataclass(frozen=True, slots=True)
class Card:
    """A package as of an instant; `state` is making, waiting, delivered or one of why it ended;
    `sha256` is its manifest's."""

    id: UUID
    reference: str
    calls: int
    bytes: int
    made_at: datetime
    made_by: str
    expires_at: datetime
    delivered_at: datetime | None
    delivered_how: str
    state: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Handed:
    """`length` bytes of a zip file; counted as handed out when `chunks` came to their end."""

    name: str
    length: int
    chunks: Iterator[bytes]


def cards(reference: str, now: datetime) -> list[Card]:
    """The packages of a case, the newest first."""
    rows = Package.objects.filter(reference=reference).order_by("-made_at", "id")
    return [_card(row, now) for row in rows]


def card(package_id: UUID, now: datetime) -> Card | None:
    row = Package.objects.filter(id=package_id).first()
    return _card(row, now) if row else None


def open_with(package_id: UUID, typed: str, store: Store, now: datetime) -> Handed:
    """For the person, with the password: an ordinary zip. Raises CopyRefused.

    A package is given up after MOST_TRIES tries, right or wrong, so that a download which broke
    off can be begun again and no password can be guessed.
    """
    password = spelt(typed)
    with transaction.atomic(durable=True):
        package = _waiting(package_id, now)
        beside = _proof(package)
        lying = _lying(package, store)
        fits = bool(password) and lying.fits(password)
        Package.objects.filter(id=package.id).update(tries=F("tries") + 1)
        if not fits:
            facts: Facts = {"reference": package.reference, "tries": package.tries + 1}
            _log(Kind.RIGHTS_COPY_REFUSED, package, PERSON, facts, now)
    if not fits:
        raise CopyRefused("password")
    length, chunks = lying.opened(password, beside)
    return Handed(_name(package), length, _to_the_end(package, chunks, LINK, PERSON, now))


def take(package_id: UUID, by: UUID, store: Store, now: datetime) -> Handed:
    """For the handler, who cannot open it: the encrypted zip, to be handed over. Raises
    CopyRefused."""
    with transaction.atomic(durable=True):
        package = _waiting(package_id, now)
        beside = _proof(package)
        _log(Kind.RIGHTS_COPY_FETCHED, package, by.hex, {"reference": package.reference}, now)
    length, chunks = _lying(package, store).sealed(beside)
    return Handed(_name(package), length, chunks)


def handed_over(package_id: UUID, by: UUID, now: datetime) -> None:
    """The handler says that the person has the encrypted file. Raises CopyRefused."""
    with transaction.atomic(durable=True):
        _deliver(_waiting(package_id, now), FILE, by.hex, now)


def end_over(store: Store, now: datetime) -> int:
    """For the worker: destroys what has expired, was handed out, is not wanted or was cut off; how
    many. Raises StoreError and OSError."""
    ended = 0
    for row in Package.objects.filter(ended_at__isnull=True).order_by("made_at", "id"):
        if why := _over(row, now):
            _end(row, why, store, now)
            ended += 1
    return ended


def forget(reference: str) -> int:
    """Removes the rows of a case that is over itself; none of them may have a package left."""
    rows = Package.objects.filter(reference=reference)
    if rows.filter(ended_at__isnull=True).exists():
        raise CopyRefused("there")
    return rows.delete()[0]


def forget_elsewhere(before: datetime) -> int:
    """Those of matters that are kept elsewhere, gone for longer than any case may be kept."""
    old = Package.objects.filter(ended_at__lte=before).values_list("reference", flat=True)
    strange = [one for one in old.distinct() if noting.case_of(one) is None and not is_other(one)]
    return Package.objects.filter(ended_at__lte=before, reference__in=strange).delete()[0]


def destroy_all(reference: str, store: Store, now: datetime) -> None:
    """What still waits of a case that is over itself. Raises StoreError and OSError."""
    for row in Package.objects.filter(reference=reference, ended_at__isnull=True):
        _end(row, "expired", store, now)


def _over(row: Package, now: datetime) -> str:
    if row.audit_leaf is None:
        return "unmade" if now - row.made_at >= GRACE else ""
    if row.delivered_at is not None:
        return "delivered" if now - row.delivered_at >= GRACE else ""
    if row.expires_at <= now:
        return "expired"
    if row.tries >= MOST_TRIES:
        return "locked"
    return "" if PackageCall.objects.filter(package=row).count() == row.calls else "call_gone"


def _end(row: Package, why: str, store: Store, now: datetime) -> None:
    assert row.object_id
    packages.destroy(ObjectId(row.object_id.hex), store)
    with transaction.atomic():
        Package.objects.filter(id=row.id).update(ended_at=now, ended_why=why, object_id=None)
        facts: Facts = {"reference": row.reference, "why": why}
        _log(Kind.RIGHTS_COPY_DESTROYED, row, ACTOR, facts, now)


def _waiting(package_id: UUID, now: datetime) -> Package:
    row = Package.objects.select_for_update().filter(id=package_id).first()
    if row is None or row.object_id is None or row.audit_leaf is None:
        raise CopyRefused("gone")
    if row.delivered_at is not None or _over(row, now):
        raise CopyRefused("gone")
    return row


def _proof(package: Package) -> list[tuple[str, bytes]]:
    assert package.audit_leaf
    try:
        evidence = proofs.evidence([package.audit_leaf])
    except NoProof as error:
        raise CopyRefused("soon") from error
    return [(PROOF, proof_text(evidence).encode())]


def _lying(package: Package, store: Store) -> Lying:
    assert package.object_id
    entries = [Entry(*one) for one in package.entries]
    return Lying(ObjectId(package.object_id.hex), entries, store)


def _to_the_end(
    package: Package, chunks: Iterator[bytes], how: str, by: str, now: datetime
) -> Iterator[bytes]:
    yield from chunks
    with transaction.atomic(durable=True):
        row = Package.objects.select_for_update().get(id=package.id)
        if row.delivered_at is None:
            _deliver(row, how, by, now)


def _deliver(row: Package, how: str, by: str, now: datetime) -> None:
    row.delivered_at, row.delivered_how = now, how
    row.save(update_fields=["delivered_at", "delivered_how"])
    facts: Facts = {"reference": row.reference, "how": how, "bytes": row.bytes}
    _log(Kind.RIGHTS_COPY_DELIVERED, row, by, facts, now)
    calls = list(PackageCall.objects.filter(package=row).values_list("call_id", flat=True))
    noting.copies_given(row.reference, calls, _GIVEN[how], by=by, now=now)


def _log(kind: Kind, row: Package, by: str, facts: Facts, now: datetime) -> None:
    log.append(kind, actor=by, subject=row.id.hex, facts=facts, now=now)


def _card(row: Package, now: datetime) -> Card:
    state = row.ended_why
    if not state:
        state = "delivered" if row.delivered_at else _over(row, now)
    if not state:
        state = "waiting" if row.audit_leaf else "making"
    return Card(
        id=row.id,
        reference=row.reference,
        calls=row.calls,
        bytes=row.bytes,
        made_at=row.made_at,
        made_by=row.made_by,
        expires_at=row.expires_at,
        delivered_at=row.delivered_at,
        delivered_how=row.delivered_how,
        state=state,
        sha256=row.manifest_sha256,
    )


def _name(package: Package) -> str:
    """Without a case's number: the file lies about on the person's telephone."""
    return f"copy-{package.id.hex[:8]}.zip"
