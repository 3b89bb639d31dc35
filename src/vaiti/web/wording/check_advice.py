"""What the live checks count, and what to do where one is broken, by short names."""

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext_noop

UNITS: Mapping[str, str] = MappingProxyType(
    {
        "calls": gettext_noop("Calls looked at: %(looked)s."),
        "corrections": gettext_noop("Corrections looked at: %(looked)s."),
        "disclosures": gettext_noop("Disclosures looked at: %(looked)s."),
        "entries": gettext_noop("Entries of the log looked at: %(looked)s."),
        "files": gettext_noop("Files looked at: %(looked)s."),
        "letters": gettext_noop("Letters looked at: %(looked)s."),
        "lines": gettext_noop("Lines looked at: %(looked)s."),
        "listenings": gettext_noop("Listenings looked at: %(looked)s."),
        "operations": gettext_noop("Pages and operations looked at: %(looked)s."),
        "pages": gettext_noop("Pages looked at: %(looked)s."),
        "persons": gettext_noop("Persons looked at: %(looked)s."),
        "places": gettext_noop("Places looked at: %(looked)s."),
        "purposes": gettext_noop("Purposes looked at: %(looked)s."),
        "recordings": gettext_noop("Recordings looked at: %(looked)s."),
        "requests": gettext_noop("Requests looked at: %(looked)s."),
        "roles": gettext_noop("Roles looked at: %(looked)s."),
        "tables": gettext_noop("Tables looked at: %(looked)s."),
        "things": gettext_noop("Points looked at: %(looked)s."),
    }
)
"""What a check counts."""
ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "access": gettext_noop(
            "Look in the log for who listened and by which right, and ask them; end the role "
            "or team that was wrong."
        ),
        "people": gettext_noop(
            "Open People and put right who has which role, account and company."
        ),
        "log": gettext_noop(
            "Stop and ask an administrator to run “vaiti audit verify”; compare with a "
            "checkpoint that was kept elsewhere."
        ),
        "mailbox": gettext_noop(
            "Ask an administrator to look at the mailbox’s settings, and send a mail to it "
            "yourself."
        ),
        "web": gettext_noop(
            "Open the page from another machine; if it does not answer, an administrator "
            "looks at the web process."
        ),
        "officer": gettext_noop(
            "Give somebody the role of data protection officer, and set the contact in the "
            "settings."
        ),
        "masking": gettext_noop(
            "Treat it as an incident: find which program writes the number, stop it, and have"
            " the place cleaned."
        ),
        "lines": gettext_noop("Open Lines and compare them with the phone system’s numbers."),
        "balancing": gettext_noop(
            "Open Balancing of interests and file the record that is missing or overdue."
        ),
        "software": gettext_noop(
            "This is the software or the database itself: ask an administrator what was "
            "changed, and report it as a fault."
        ),
        "consent": gettext_noop(
            "Look in the log for the call and stop using it for that purpose until the "
            "consent stands."
        ),
        "training": gettext_noop(
            "Open Training activities and close the one that went too far; ask its trainer."
        ),
        "cases": gettext_noop("Open Cases; what is missing or late stands there first."),
        "recorder": gettext_noop(
            "An administrator looks at State and at the phone system’s connection."
        ),
        "unassigned": gettext_noop("Open Unassigned and say whose part it was."),
        "damage": gettext_noop(
            "An administrator looks at the store’s disk and takes the recording back from a backup."
        ),
        "places": gettext_noop(
            "Compare the places in the settings with where the provider truly keeps the data,"
            " and move what is elsewhere."
        ),
        "destruction": gettext_noop(
            "Open Proof and see which day it was; an administrator looks at the worker and "
            "the store."
        ),
        "letters": gettext_noop("Open the case of the letter and send a corrected one."),
        "store": gettext_noop(
            "Ask an administrator which program wrote to the store, and have what it added removed."
        ),
        "keys": gettext_noop(
            "Ask an administrator at once: a key or a plain recording that lies open is an "
            "incident."
        ),
        "course": gettext_noop(
            "Open Training and see who is due; nobody listens before they have passed."
        ),
    }
)
"""What to do, by what is wrong."""
