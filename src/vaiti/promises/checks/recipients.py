"""Who gets what: the company's own people, persons and authorities on record, and no lists."""

import json
from datetime import datetime

from vaiti.promises.checks.statement import count
from vaiti.promises.checks.web import Unanswered, ask
from vaiti.promises.site import Site
from vaiti.promises.verdict import Verdict, found

LISTS = ("csv", "xlsx", "ndjson", "spreadsheet", "parquet")
"""What a list of calls would leave as."""


def disclosures_by_law(_site: Site, _now: datetime) -> Verdict:
    """N-09: what was handed out was handed out in a case of a person, or on an order on record."""
    delivered = "SELECT count(*) FROM rights_package p WHERE p.delivered_at IS NOT NULL"
    loose = count(
        f"{delivered} AND NOT EXISTS (SELECT 1 FROM audit_leaf e WHERE e.id = p.audit_leaf"
        " AND e.kind = 'rights:copy:made')"
    )
    caseless = count(
        f"{delivered} AND NOT EXISTS (SELECT 1 FROM rights_case k JOIN rights_decision d"
        " ON d.case_id = k.id WHERE 'R-' || k.year || '-' || k.serial = p.reference"
        " AND d.outcome IN ('granted', 'partly'))"
        " AND NOT EXISTS (SELECT 1 FROM rights_disclosure o WHERE 'LD-' || o.year || '-'"
        " || o.serial = p.reference AND o.statute <> '' AND o.number <> ''"
        " AND o.approved_by <> '' AND o.approved_by <> o.proposed_by)"
    )
    nameless = count(
        "SELECT count(*) FROM register_hold WHERE kind IN ('order', 'claim')"
        " AND (reference = '' OR reason = '')"
    )
    held = count("SELECT count(*) FROM register_hold WHERE kind IN ('order', 'claim')")
    wrong = loose + caseless + nameless
    looked = count(delivered) + held
    return found(looked, wrong, "something was handed out without its ground on record")


def employers_listed(_site: Site, now: datetime) -> Verdict:
    """N-24: everybody with a role works for a company of the list; outside ones only audit."""
    strangers = count(
        "SELECT count(*) FROM people_person p WHERE p.active_from <= %s"
        " AND (p.active_to IS NULL OR p.active_to > %s) AND NOT EXISTS (SELECT 1"
        " FROM people_company c WHERE c.name = p.employer AND c.valid_from <= %s"
        " AND (c.valid_to IS NULL OR c.valid_to > %s))",
        *(now, now, now, now),
    )
    heard = count(
        "SELECT count(*) FROM access_listening l JOIN people_person p ON p.id = l.person_id"
        " JOIN people_company c ON c.name = p.employer WHERE c.outside"
    )
    looked = count("SELECT count(*) FROM people_person WHERE active_to IS NULL")
    return found(looked, strangers + heard, "somebody works for a company that is not listed")


def no_list_leaves(site: Site, _now: datetime) -> Verdict:
    """N-23: asked over the network, no operation of the interface gives out a list as a file.

    Whoever has no token is refused even the list of operations: then the addresses alone speak.
    """
    named = sum(any(word in path.lower() for word in LISTS) for path in site.paths)
    try:
        answer = ask(site, "/api/openapi.json")
        document = {} if answer.status == 401 else json.loads(answer.body)
    except (Unanswered, ValueError):
        return Verdict(False, {"looked_at": len(site.paths)}, "the web process does not answer")
    kinds = set(_media_types(document))
    wrong = sum(any(word in kind.lower() for word in LISTS) for kind in kinds)
    looked = len(site.paths) + len(document.get("paths", {}))
    return found(looked, named + wrong, "a list of calls can leave as a file")


def _media_types(document: object) -> list[str]:
    if isinstance(document, dict):
        own = list(document["content"]) if isinstance(document.get("content"), dict) else []
        return own + [kind for one in document.values() for kind in _media_types(one)]
    if isinstance(document, list):
        return [kind for one in document for kind in _media_types(one)]
    return []
