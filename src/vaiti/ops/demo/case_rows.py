"""The requests with which a demo opens: people, days and words are invented.

They came on different days and by every way, in three languages, so that a handler's list has
today's work first: one is due tomorrow, one waits for its writer, one for the officer.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from vaiti.ops.demo.people import SALES_LINE, SERVICE_LINE
from vaiti.rights.intake import Asked


class Until(StrEnum):
    """How far a case was brought."""

    RECEIVED = "received"
    ASKED_WHO = "asked who it is"
    IDENTIFIED = "identified"
    EXTENDED = "extended"
    REFUSED = "refused, and waiting for its second look"
    DECIDED = "decided"
    TAKEN_BACK = "taken back"


@dataclass(frozen=True, slots=True)
class DemoCase:
    """A request that came `days` ago, about a call so many days before that, or of today."""

    days: int
    until: Until
    channel: str
    language: str
    asked: tuple[str, ...]
    name: str
    about: str = field(repr=False)
    customer: str
    before: int = 0
    line: str = SERVICE_LINE
    capacity: str = "customer"
    contact: str = ""
    signature: str = ""
    seen: str = ""
    message: str = field(default="", repr=False)

    def request(self, today: date) -> Asked:
        arrived = today - timedelta(days=self.days)
        return Asked(
            channel=self.channel,
            asked=self.asked,
            arrived_on=arrived,
            language=self.language,
            capacity=self.capacity,
            line_number=self.line,
            customer=self.customer,
            about_from=arrived - timedelta(days=self.before),
            about=self.about,
            name=self.name,
            contact=self.contact,
            signature=self.signature,
            identity_seen=self.seen,
        )


OF_EARLIER = (
    DemoCase(
        *(29, Until.IDENTIFIED, "letter", "fi", ("copy", "listening"), "Maija Meri"),
        "Soitin paketista, joka oli kadonnut. Virkailija lupasi korvauksen.",
        *("+358407654***", 12),
        contact="Rantakatu 3, 67100 Kokkola",
        signature="absent",
    ),
    DemoCase(
        *(25, Until.EXTENDED, "web", "en", ("copy", "information"), "James Hill"),
        "Several calls in the autumn about customs fees.",
        *("+358449876***", 20),
    ),
    DemoCase(
        *(20, Until.REFUSED, "letter", "sv", ("copy",), "Gunnar Lind"),
        "Jag ringde om ett paket från Umeå.",
        *("+46701234***", 9),
        contact="Storgatan 12, 903 26 Umeå",
        signature="present",
    ),
    DemoCase(
        *(12, Until.ASKED_WHO, "email", "en", ("erasure",), "Sam Green"),
        "Please delete the recording of my call.",
        *("", 3),
        contact="sam.green@example.fi",
    ),
    DemoCase(
        *(9, Until.TAKEN_BACK, "telephone", "fi", ("listening",), "Pekka Salo"),
        "Asia selvisi jo.",
        *("+358501112***", 2),
    ),
    DemoCase(
        *(4, Until.RECEIVED, "web", "sv", ("objection", "restriction"), "Ebba Ström"),
        "Samtalet får inte användas för utbildning.",
        *("+358445556***", 1),
        message="När kan jag få svar? Jag är bortrest från och med fredag.",
    ),
)
OF_TODAY = (
    DemoCase(
        *(0, Until.DECIDED, "desk", "sv", ("copy", "listening"), "Nils Berg"),
        "Jag ringde i dag om ett försenat brev.",
        *("+358401234***", 0),
        seen="passport",
    ),
    DemoCase(
        *(0, Until.IDENTIFIED, "telephone", "fi", ("copy", "erasure"), "Liisa Koski"),
        "Soitin tänään pakettikortista.",
        *("+358457001***", 0),
    ),
    DemoCase(
        *(0, Until.RECEIVED, "web", "en", ("copy",), "Tom Reed"),
        "You called me today about a subscription.",
        *("+358443219***", 0, SALES_LINE),
    ),
)
"""About the calls that the demo places."""
