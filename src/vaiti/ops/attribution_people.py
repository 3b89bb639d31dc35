"""The made-up agents of a day at shared desks; two of them have one name."""

from datetime import datetime

from vaiti.ops.attribution_plan import BY_ID, NAMESAKES
from vaiti.ops.attribution_run import BY, People
from vaiti.people import enrol, feed

NAMESAKE = "Maija Virtanen"
SURNAMES = ("Aalto", "Berg", "Dahl", "Ek", "Forss", "Heino", "Järvi", "Koski", "Laine", "Mäki")
FIRST_NAMES = ("Aino", "Bo", "Eeva", "Ilkka", "Kaisa")


def entered(count: int, employer: str, now: datetime) -> People:
    """Half of them are called by an id of a staff system, the others by their login."""
    ids, names = [], []
    for number in range(count):
        name = f"{FIRST_NAMES[number % 5]} {SURNAMES[number // 5 % 10]}"
        login = f"{FIRST_NAMES[number % 5].lower()}.{number:02}"
        person = enrol.add_person(
            login=login,
            name=NAMESAKE if number < NAMESAKES else name,
            employer=employer,
            language="fi",
            namesake=True,
            by=BY,
            now=now,
        )
        enrol.grant_role(person, "service_agent", by=BY, now=now)
        if number < count * BY_ID:
            feed.name_agent(person, f"hr-{1000 + number}", by=BY, now=now)
            login = f"HR-{1000 + number}"
        ids.append(person)
        names.append(login)
    return People(tuple(ids), tuple(names))
