"""What the list of calls is called, and what it says while it is empty, by role."""

from collections.abc import Collection

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

OWN = (
    gettext_noop("My calls"),
    gettext_noop("Your calls appear here within a minute of their end."),
)
OF_ROLE = {
    "service_agent": OWN,
    "sales_agent": OWN,
    "manager": (
        gettext_noop("My people’s calls"),
        gettext_noop("The calls of those you lead appear here within a minute of their end."),
    ),
    "rights_handler": (
        gettext_noop("Calls of my cases"),
        gettext_noop("The calls of a case appear here as soon as the case names you."),
    ),
    "dpo": (
        gettext_noop("Calls of cases, incidents and holds"),
        gettext_noop(
            "Calls appear here while they are held, or while a case or an incident names you."
        ),
    ),
    "trainer": (
        gettext_noop("Calls of my training activities"),
        gettext_noop(
            "Calls appear here when they have been drawn into a training activity that names you."
        ),
    ),
    "administrator": (
        gettext_noop("Calls on the test line"),
        gettext_noop("Calls on the test line appear here within a minute of their end."),
    ),
    "assigner": (
        gettext_noop("Calls without a known agent"),
        gettext_noop("Calls whose agent nobody knows yet appear here."),
    ),
}
SEVERAL = (
    gettext_noop("Calls that I may see"),
    gettext_noop("The calls that one of your roles lets you see appear here."),
)
NONE = (
    gettext_noop("Calls"),
    gettext_noop("None of your roles shows you calls here."),
)


def heading_of(roles: Collection[str]) -> tuple[str, str]:
    """The heading and the sentence of an empty list, both translated."""
    found = dict.fromkeys(OF_ROLE[role] for role in sorted(roles) if role in OF_ROLE)
    heading, nothing = SEVERAL if len(found) > 1 else next(iter(found), NONE)
    return _(heading), _(nothing)
