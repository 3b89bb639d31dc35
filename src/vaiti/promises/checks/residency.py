"""Where data lies and from where it is reached (N-25, N-26)."""

import re
from datetime import datetime, timedelta
from pathlib import Path

from vaiti.promises.checks.statement import count, hexes, instant, logged, read_json, rows
from vaiti.promises.site import Site
from vaiti.promises.verdict import Verdict, found

LASTS = timedelta(days=366)
MONTH = timedelta(days=31)
UNKNOWN = "??"
"""The country of an address that no network of the table holds, where those are let in."""
EU = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    }
)
EEA = EU | {"IS", "LI", "NO"}
NETWORK = re.compile(r"\s*[0-9a-fA-F.:]+(/[0-9]{1,3})?\s*,\s*[A-Z]{2}\s*(,.*)?")
ATTESTED = (
    logged("l.subject, l.at, l.body", "l.kind = 'ops:residency:attested' AND l.salt IS NOT NULL")
    + " ORDER BY 2"
)


def places_declared(site: Site, now: datetime) -> Verdict:
    """N-25: each place that is used is declared, and somebody has attested it within a year."""
    attested = {subject: instant(at) for subject, at, _body in rows(ATTESTED)}
    undeclared = sum(role not in site.declared for role in site.needed)
    old = sum(role not in attested or attested[role] + LASTS < now for role in site.needed)
    return found(len(site.needed), undeclared + old, "a place is used that nobody vouches for")


def places_allowed(site: Site, _now: datetime) -> Verdict:
    """N-26: each place, by the settings and by the log, is in a country that the notice names."""
    allowed = countries(site.wording.promised.places)
    told = {subject: str(_facts(body).get("country", "")) for subject, _at, body in rows(ATTESTED)}
    told_of = [*site.declared.values(), *(told[one] for one in told if one in site.needed)]
    wrong = sum(country not in allowed for country in told_of)
    return found(len(told_of), wrong, "something lies outside of the places of the notice")


def no_access_from_outside(site: Site, now: datetime) -> Verdict:
    """N-26: no listening was from another country, nobody who was refused for coming from outside
    listened in the same quarter hour, and the table by which people are let in, where there is one,
    can be read and is not a year old."""
    refused = rows(
        logged("l.at, l.actor", "l.kind = 'access:abroad:refused' AND l.at > %s"),
        *(now - LASTS, now - LASTS),
    )
    wrong = 0
    for at, actor in refused:
        wrong += count(
            f"SELECT count(*) FROM access_listening WHERE {hexes('person_id')} = %s"
            " AND opened_at >= %s AND opened_at < %s",
            *(actor, instant(at) - timedelta(minutes=15), instant(at) + timedelta(minutes=15)),
        )
    strange, nobody_knows = _from_elsewhere(site, now)
    wrong += strange
    looked = count("SELECT count(*) FROM access_listening")
    networks, bad = _table(site.networks, now - site.moved) if site.networks else (0, 0)
    by = "somebody listened from outside" if wrong else "the table of networks cannot be used"
    told = {"refused": len(refused), "networks": networks, "unknown": nobody_knows}
    return found(looked + networks, wrong + bad, by, **told)


def _from_elsewhere(site: Site, now: datetime) -> tuple[int, int]:
    """Of the month's listenings whose entry names a country: how many are of one that the notice
    does not name, and of how many nobody knows it."""
    allowed = countries(site.wording.promised.places)
    where = "l.kind = 'access:listening:opened' AND l.salt IS NOT NULL AND l.at > %s"
    heard = rows(logged("l.body", where), *(now - MONTH, now - MONTH))
    named = [str(told["country"]) for (body,) in heard if (told := _facts(body)).get("country")]
    strange = [one for one in named if one not in allowed]
    return len(strange) - strange.count(UNKNOWN), strange.count(UNKNOWN)


def _table(path: Path, now: datetime) -> tuple[int, int]:
    """How many networks it has, and what is wrong: lines, its age, or that there are none."""
    try:
        lines = path.read_text("utf-8").splitlines()
        old = datetime.fromtimestamp(path.stat().st_mtime, now.tzinfo) + LASTS < now
    except (OSError, UnicodeError):
        return 0, 1
    told = [line for line in lines if line.strip() and not line.startswith("#")]
    wrong = sum(NETWORK.fullmatch(line) is None for line in told)
    return len(told), wrong + int(old) + int(not told)


def countries(places: tuple[str, ...]) -> frozenset[str]:
    """Two letters each, of the places that a notice names."""
    named = {"EEA": EEA, "EU": EU}
    return frozenset().union(*(named.get(one, frozenset({one})) for one in places))


def _facts(body: str) -> dict[str, object]:
    read = read_json(body)
    facts = read.get("facts", {}) if isinstance(read, dict) else {}
    return facts if isinstance(facts, dict) else {}
