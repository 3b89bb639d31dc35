"""The demo's organisation. The people are invented; the controller is that of the notice."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vaiti.notice.wordings import Name

PASSWORD = "grey moon over ice"
"""Of everybody in the demo. Printed at its start; a demo's data folder holds nothing real."""

CONTROLLER = "Posti Group Abp"
AUDITORS = "Sund & Partners Revision Ab"
"""From outside; invented, as the people are."""
BUSINESS_ID = "1531864-4"
PRIVACY_CONTACT = "tietosuoja@posti.com"
POSTAL_ADDRESS = "PB 6, 00011 POSTI"
VISITING_ADDRESS = "Postrutten 7 A, Helsinki"
TELEPHONE = "+358 600 94320"
WEB = "www.posti.fi/yhteystietoni"
EMAIL = "kundtjanst@posti.com"
PEER = "test-phone"


@dataclass(frozen=True, slots=True)
class Someone:
    """`leads` and `team` are names of teams; `device` is the user part of the SIP address.

    `trained`: has passed the course and given the undertaking of secrecy, elsewhere.
    """

    login: str
    name: str
    language: str
    role: str
    team: str = ""
    leads: str = ""
    device: str = ""
    trained: bool = True
    employer: str = CONTROLLER


@dataclass(frozen=True, slots=True)
class DemoLine:
    number: str
    label: str
    function: str
    recorded: bool = True
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who answers, who works there, and which lines there are.

    `notice` is one that comes along; None: what `vaiti init` begins with.
    `auditors` is a company from outside; empty where there is none.
    """

    name: str
    notice: Name | None
    administrator: Someone
    everybody: tuple[Someone, ...]
    lines: tuple[DemoLine, ...]
    auditors: str = ""

    @property
    def training_lines(self) -> tuple[str, ...]:
        return tuple(one.number for one in self.lines if one.recorded and one.function != "test")


SERVICE_1, SERVICE_2, SALES = "Customer service 1", "Customer service 2", "Telephone sales"
AGENT = "service_agent"

ADMINISTRATOR = Someone("aino.laine", "Aino Laine", "en", "administrator")
EVERYBODY = (
    Someone("anna.astrom", "Anna Åström", "sv", "service_agent", SERVICE_1, device="anna.astrom"),
    Someone(
        "leila.virtanen",
        "Leila Virtanen",
        "fi",
        "service_agent",
        SERVICE_1,
        device="leila.virtanen",
    ),
    Someone(
        *("lauri.saari", "Lauri Saari", "fi", AGENT, SERVICE_1),
        device="lauri.saari",
        trained=False,  # new here: sees what is asked before calls are
    ),
    Someone("mikko.makinen", "Mikko Mäkinen", "fi", "manager", leads=SERVICE_1),
    Someone("sofia.holm", "Sofia Holm", "sv", AGENT, SERVICE_2, device="sofia.holm"),
    Someone("henrik.berg", "Henrik Berg", "sv", "manager", leads=SERVICE_2),
    Someone("oskar.lind", "Oskar Lind", "en", "sales_agent", SALES, device="oskar.lind"),
    Someone("eeva.korhonen", "Eeva Korhonen", "fi", "manager", leads=SALES),
    Someone("rita.niemi", "Rita Niemi", "fi", "rights_handler"),
    Someone("daniel.ek", "Daniel Ek", "sv", "dpo"),
    Someone("sven.dahl", "Sven Dahl", "sv", "security_lead"),
    Someone("tuula.aho", "Tuula Aho", "fi", "trainer"),
    Someone("arvid.sund", "Arvid Sund", "sv", "auditor", employer=AUDITORS),
    Someone("karin.ek", "Karin Ek", "sv", "assigner"),
)

SERVICE_LINE, SALES_LINE = "+358207100000", "+358207200000"
SWITCHBOARD, TEST_LINE = "+358207300000", "+358207999999"
LINES = (
    DemoLine(
        SERVICE_LINE,
        "Customer service",
        "service",
        labels={"fi": "Asiakaspalvelu", "sv": "Kundtjänst"},
    ),
    DemoLine(
        SALES_LINE,
        "Telephone sales",
        "telesales",
        labels={"fi": "Puhelinmyynti", "sv": "Telefonförsäljning"},
    ),
    DemoLine(TEST_LINE, "Test line", "test", labels={"fi": "Testilinja", "sv": "Testlinje"}),
    DemoLine(
        SWITCHBOARD,
        "Switchboard",
        "service",
        recorded=False,
        labels={"fi": "Vaihde", "sv": "Växel"},
    ),
)
POST = Organisation(CONTROLLER, None, ADMINISTRATOR, EVERYBODY, LINES, AUDITORS)
