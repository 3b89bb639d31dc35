"""Who could listen and who did: each listening, held against the rows of people."""

from datetime import datetime

from vaiti.promises.checks.statement import count, hexes, rows
from vaiti.promises.site import Site
from vaiti.promises.verdict import Verdict, found

STANDS = "r.valid_from <= %s AND (r.valid_to IS NULL OR r.valid_to > %s)"
HERE = "p.active_from <= %s AND (p.active_to IS NULL OR p.active_to > %s)"


def named_persons(_site: Site, now: datetime) -> Verdict:
    """N-27: everybody who has a role is one person with a name, and with a sign-in of their own."""
    nameless = count(
        f"SELECT count(*) FROM people_person p WHERE {HERE} AND (p.name = '' OR p.login = '')",
        *(now, now),
    )
    shared = count(
        "SELECT count(*) FROM (SELECT lower(login) FROM people_person GROUP BY lower(login)"
        " HAVING count(*) > 1) twice"
    )
    left = count(
        "SELECT count(*) FROM access_listening l JOIN people_person p ON p.id = l.person_id"
        " WHERE p.active_from > l.opened_at OR (p.active_to IS NOT NULL"
        " AND p.active_to <= l.opened_at)"
    )
    looked = count(f"SELECT count(*) FROM people_person p WHERE {HERE}", now, now)
    return found(looked, nameless + shared + left, "somebody without a name could listen")


def roles_promised(site: Site, now: datetime) -> Verdict:
    """N-27: no role stands that the notice does not name."""
    held = rows(
        f"SELECT r.kind, count(*) FROM people_role r WHERE {STANDS} GROUP BY r.kind", now, now
    )
    wrong = sum(int(many) for kind, many in held if kind not in site.wording.promised.roles)
    return found(
        sum(int(many) for _, many in held), wrong, "somebody has a role the notice does not name"
    )


def own_calls(_site: Site, _now: datetime) -> Verdict:
    """N-28: each listening of an agent was to a part that was theirs, or held to be until then."""
    others = count(
        "SELECT count(*) FROM access_listening l JOIN register_leg g ON g.id = l.leg_id"
        " WHERE l.rule = 'own_leg' AND (g.person_id IS NULL OR g.person_id <> l.person_id)"
        " AND NOT EXISTS (SELECT 1 FROM register_correction c WHERE c.leg_id = g.id"
        f" AND c.what = 'agent' AND c.before = {hexes('l.person_id')} AND c.at >= l.opened_at)"
    )
    looked = count("SELECT count(*) FROM access_listening WHERE rule = 'own_leg'")
    return found(looked, others, "an agent listened to another's call")


def managers_own_people(_site: Site, _now: datetime) -> Verdict:
    """N-29: each listening of a manager was to somebody whose team they led, or stood in for."""
    stood = "{0}.valid_from <= l.opened_at AND ({0}.valid_to IS NULL OR {0}.valid_to > l.opened_at)"
    others = count(
        "SELECT count(*) FROM access_listening l JOIN register_leg g ON g.id = l.leg_id"
        " WHERE l.rule = 'subordinate_leg' AND NOT EXISTS (SELECT 1 FROM people_membership a"
        f" WHERE a.person_id = g.person_id AND NOT a.leads AND {stood.format('a')}"
        " AND (EXISTS (SELECT 1 FROM people_membership b WHERE b.person_id = l.person_id"
        f" AND b.leads AND b.team_id = a.team_id AND {stood.format('b')})"
        " OR EXISTS (SELECT 1 FROM people_delegation d WHERE d.receiver_id = l.person_id"
        f" AND d.team_id = a.team_id AND {stood.format('d')})))"
        " AND NOT EXISTS (SELECT 1 FROM register_correction c WHERE c.leg_id = g.id"
        " AND c.what = 'agent' AND c.at >= l.opened_at)"
    )
    looked = count("SELECT count(*) FROM access_listening WHERE rule = 'subordinate_leg'")
    return found(looked, others, "a manager listened to somebody who is not of their people")
