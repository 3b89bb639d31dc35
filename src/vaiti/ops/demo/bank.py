"""The demo's other organisation: a bank's help desk, with the notice that comes along for it.

Its recordings are kept for one month and serve for training only with the customer's consent. It
shows that nothing of the first organisation is wired in. The people are invented.
"""

from vaiti.ops.demo.people import AGENT, DemoLine, Organisation, Someone

NAME = "Skärgårdsbanken Abp"
DESK = "Help desk"
HELP_LINE = "+35818555010"
EVERYBODY = (
    Someone("frida.sjo", "Frida Sjö", "sv", AGENT, DESK, device="frida.sjo", employer=NAME),
    Someone("petra.lund", "Petra Lund", "sv", AGENT, DESK, device="petra.lund", employer=NAME),
    Someone("jonas.ahl", "Jonas Ahl", "sv", "manager", leads=DESK, employer=NAME),
    Someone("nina.strand", "Nina Strand", "sv", "dpo", employer=NAME),
    Someone("olof.vik", "Olof Vik", "fi", "rights_handler", employer=NAME),
    Someone("tea.holm", "Tea Holm", "en", "trainer", employer=NAME),
)
BANK = Organisation(
    name=NAME,
    notice="helpdesk",
    administrator=Someone("axel.ost", "Axel Öst", "en", "administrator", employer=NAME),
    everybody=EVERYBODY,
    lines=(
        DemoLine(
            HELP_LINE,
            "Help desk",
            "service",
            labels={"fi": "Tukipalvelu", "sv": "Kundhjälp"},
        ),
    ),
)
