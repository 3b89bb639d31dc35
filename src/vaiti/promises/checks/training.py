"""Whether those who listened were trained, and in what (N-31, N-32)."""

from datetime import datetime

from vaiti.promises.checks.statement import count, rows
from vaiti.promises.site import Site
from vaiti.promises.verdict import Verdict, found

SECRETS = "secrets_and_customer_data"


def before_access(_site: Site, _now: datetime) -> Verdict:
    """N-31: each listening rested on a course that its listener had passed and that still stood."""
    untrained = count(
        "SELECT count(*) FROM access_listening l LEFT JOIN people_trainingrecord t"
        " ON t.id = l.training_id WHERE l.emergency_id IS NULL AND (t.id IS NULL"
        " OR t.person_id <> l.person_id OR t.valid_from > l.opened_at OR t.valid_to <= l.opened_at)"
    )
    looked = count("SELECT count(*) FROM access_listening")
    return found(looked, untrained, "somebody listened without the course")


def group_instruction(_site: Site, now: datetime) -> Verdict:
    """N-32: the course has the section on secrets, and each record rests on it."""
    courses = rows("SELECT content FROM people_courseversion ORDER BY loaded_at DESC LIMIT 1")
    lacking = sum(SECRETS not in str(content) for (content,) in courses)
    other = count(
        "SELECT count(*) FROM people_trainingrecord t JOIN people_sectionpass s"
        " ON s.id = t.secrets_id WHERE t.valid_to > %s"
        " AND (s.section <> %s OR s.person_id <> t.person_id)",
        *(now, SECRETS),
    )
    looked = count("SELECT count(*) FROM people_trainingrecord WHERE valid_to > %s", now)
    return found(looked, lacking + other, "a course lacks the group's instruction")
