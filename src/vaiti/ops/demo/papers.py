"""What the demo's officer has filed and approved of the documents that follow from the notice.

The company is invented, as the people are. One point lacks in its contract, and nobody has tried
to leave it yet, so that the page shows how that looks.
"""

from datetime import datetime, timedelta

from vaiti.ops.settings import Settings
from vaiti.people import book
from vaiti.promises.checks.residency import countries
from vaiti.promises.papers import approvals, instructions, processors
from vaiti.promises.papers.facts import gather
from vaiti.promises.papers.index import PAPERS
from vaiti.promises.papers.instructions import Told
from vaiti.promises.papers.processors import Draft
from vaiti.promises.papers.sheet import digest

PROCESSOR = "Nordkalott Drift Ab"
DOES = "Maskinhall och reservkopior / Konesali ja varmuuskopiot"
CONTRACT = "DPA 2026/14"
FURTHER = "Isfjord Kyla Ab"
INSTRUCTION = (
    "Töm hylla 14 när diskarna har bytts, och skicka kvittot. / "
    "Tyhjentäkää hylly 14, kun levyt on vaihdettu, ja lähettäkää kuittaus."
)


def enter_papers(settings: Settings, now: datetime) -> None:
    """Lines and people must be there."""
    from vaiti.ops.wsgi_places import data_places
    from vaiti.web.documents import tells

    officer = next(one.id for one in book.persons(now) if "dpo" in book.roles(one.id, now))
    wording = gather(now).wording
    draft = Draft(
        PROCESSOR,
        settings.register.country,
        DOES,
        CONTRACT,
        (now - timedelta(days=200)).date(),
        "abcdefg",
        FURTHER,
    )
    allowed = countries(wording.promised.places)
    processors.file(draft, by=officer, allowed=allowed, now=now)
    told = Told(PROCESSOR, INSTRUCTION, (now - timedelta(days=12)).date())
    instructions.give(told, by=officer, now=now)
    facts = gather(now, data_places(settings, now), tells)
    for paper in PAPERS.values():
        every = paper.every(facts)
        approvals.approve(every, wording.version, digest(every), by=officer, now=now)
