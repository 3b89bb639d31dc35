"""A certificate of destruction: what it says, and whether the log bears it out. Pure.

The body says which calls were due when, gone when, and how. The log has an entry for each, an entry
for the end of the day, and one for the certificate itself with the SHA-256 of the body: whoever
trusts the log's key trusts the certificate, and needs no other signature. docs/certificates.md.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vaiti.audit.evidence import Evidence, EvidenceError, check, fields_of, read, said
from vaiti.audit.kinds import Kind
from vaiti.audit.verification import Entry

FORMAT = "vaiti-certificate/1"
MAX_PROBLEMS = 100
MAX_BYTES = 512 << 20


@dataclass(frozen=True, slots=True)
class Destroyed:
    """A call by its opaque id; `leaf` is the entry that says it was proven gone.

    `lossy`: in which form it was kept at last, where not as it was received: `codec`, `kbits` a
    second, `since_us`, and the `leaf` of the entry that says so.
    """

    call: str
    due_us: int
    done_us: int
    method: str
    leaf: str
    lossy: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """`body` is the text that was issued; `evidence` what the log says of it."""

    body: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Verdict:
    """`calls` were proven destroyed when nothing is a problem; `whole`: and they are all of the
    day. `size` is that of the log at the checkpoint."""

    ok: bool
    calls: int
    whole: bool
    size: int
    problems: tuple[str, ...]


def body_text(fields: Mapping[str, Any]) -> str:
    """Canonical JSON: keys sorted, no white space."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def call_fields(one: Destroyed) -> dict[str, Any]:
    return {
        "call": one.call,
        "due_us": one.due_us,
        "done_us": one.done_us,
        "method": one.method,
        "leaf": one.leaf,
        **({"lossy": dict(one.lossy)} if one.lossy else {}),
    }


def digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def as_text(certificate: Certificate) -> str:
    fields = {"format": FORMAT, "body": certificate.body, **fields_of(certificate.evidence)}
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n"


def from_text(text: str) -> Certificate:
    """Raises EvidenceError."""
    try:
        fields = json.loads(text)
        if fields["format"] != FORMAT:
            raise EvidenceError("the file is not a certificate of destruction")
        return Certificate(str(fields["body"]), read(fields))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        if isinstance(error, EvidenceError):
            raise
        raise EvidenceError("the file is not a certificate of destruction") from error


def verify(certificate: Certificate, public: bytes) -> Verdict:
    """Holds what the body says against the entries, and these against the signed checkpoint."""
    try:
        size = check(certificate.evidence, public).size
        fields = json.loads(certificate.body)
        calls = [Destroyed(**one) for one in fields["calls"]]
        entries = {entry.leaf_id.hex: entry for entry in certificate.evidence.entries}
        problems = [*_issue(certificate.body, len(calls), entries.values())]
        for call in calls:
            problems += _call(call, entries)
        if len({call.call for call in calls}) != len(calls):
            problems.append("a call stands in the certificate twice")
        ended = fields.get("day_ended")
        told, whole = _day(fields["day"], len(calls), entries.get(ended)) if ended else ([], False)
        problems += told
        if fields.get("order"):
            problems += _order(fields["order"], calls, entries)
    except EvidenceError as error:
        return Verdict(False, 0, False, 0, (str(error),))
    except (KeyError, TypeError, ValueError) as error:
        return Verdict(False, 0, False, 0, (f"the certificate cannot be read: {error!r}"[:200],))
    ok = not problems
    return Verdict(ok, len(calls), ok and whole, size, tuple(problems[:MAX_PROBLEMS]))


def _issue(body: str, calls: int, entries: Iterable[Entry]) -> list[str]:
    """The log has an entry that this very text was issued."""
    issued = [one for one in entries if one.kind == Kind.RETENTION_CERTIFICATE_ISSUED]
    for one in issued:
        facts = said(one)["facts"]
        if facts["sha256"] == digest(body) and facts["calls"] == calls:
            return []
    return ["the log does not say that this certificate was issued as it stands"]


def _call(call: Destroyed, entries: Mapping[str, Entry]) -> list[str]:
    entry = entries.get(call.leaf)
    if entry is None or entry.kind != Kind.RETENTION_CALL_DESTROYED:
        return [f"no entry shown says that call {call.call} was destroyed"]
    body = said(entry)
    facts, told = body["facts"], []
    if body["subject"] != call.call:
        told.append(f"the entry shown for call {call.call} is about another call")
    if facts["due_us"] != call.due_us or facts["method"] != call.method:
        told.append(f"the log says otherwise when call {call.call} was due, or how it went")
    if entry.at_us != call.done_us:
        told.append(f"the log says otherwise when call {call.call} was proven gone")
    return [*told, *_lossy(call, entries)]


def _lossy(call: Destroyed, entries: Mapping[str, Entry]) -> list[str]:
    """Whether the log says that the call was kept in this lossy form, and since then."""
    if not call.lossy:
        return []
    entry = entries.get(call.lossy["leaf"])
    if entry is None or entry.kind != Kind.CALL_RECORDING_LESSENED:
        return [f"no entry shown says that call {call.call} was kept in a lossy form"]
    body = said(entry)
    wanted = {name: call.lossy[name] for name in ("codec", "kbits")}
    same = {name: body["facts"][name] for name in wanted} == wanted
    if body["subject"] != call.call or entry.at_us != call.lossy["since_us"] or not same:
        return [f"the log says otherwise how call {call.call} was kept"]
    return []


def list_key(calls: Iterable[str]) -> str:
    """What stands for a list of calls in the log; their ids are lower-case hex."""
    return "list:" + hashlib.sha256(bytes.fromhex("".join(sorted(calls)))).hexdigest()[:32]


def _order(
    order: Mapping[str, str], calls: Iterable[Destroyed], entries: Mapping[str, Entry]
) -> list[str]:
    """Whether the log says that this order is done, and was for these calls and no others."""
    entry = entries.get(order["leaf"])
    if entry is None or entry.kind != Kind.RETENTION_ORDER_DONE:
        return ["no entry shown says that the order was carried out"]
    body = said(entry)
    facts = body["facts"]
    wanted = {name: order[name] for name in ("reason", "asked", "reference")}
    if body["subject"] != order["id"] or {name: facts[name] for name in wanted} != wanted:
        return ["the log says otherwise which order this was, or on whose word"]
    if facts["list"] != list_key(call.call for call in calls):
        return ["the log says that the order was for other calls"]
    return []


def _day(day: str, calls: int, entry: Entry | None) -> tuple[list[str], bool]:
    """Whether the log says that the day's key died, and with as many calls as are shown."""
    if entry is None or entry.kind != Kind.RETENTION_DAY_ENDED:
        return [f"no entry shown says that the key of {day} was destroyed"], False
    facts = said(entry)["facts"]
    if facts["day"] != day:
        return [f"the entry shown for the end of {day} is about another day"], False
    if facts["calls"] > calls:
        return [f"the log counts {facts['calls']} calls of {day}, the certificate {calls}"], False
    return [], True
