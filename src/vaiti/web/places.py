"""Which pages each role finds in its menu, and where it begins. Pure.

For calls and the log this is the menu and not the lock: access decides at every request. The state
page holds no rows of the register, and its lock is this table. Those of people: `people.duties`.
"""

from collections.abc import Collection

from django.utils.translation import gettext_noop

from vaiti.access.table import Besides, holders

DESK = ("/desk/", gettext_noop("Overview"))
LIVE = ("/live/", gettext_noop("Call now"))
CALLS = ("/calls/", gettext_noop("Calls"))
COUNTS = ("/counts/", gettext_noop("Calls over time"))
REPORT = ("/report/", gettext_noop("Report"))
PROOF = ("/proof/", gettext_noop("Proof"))
PROMISES = ("/promises/", gettext_noop("Promises"))
PAPERS = ("/promises/papers/", gettext_noop("Documents"))
STAFF_NOTICE = ("/promises/staff/", gettext_noop("Staff notice"))
VERSIONS = ("/notice/versions/", gettext_noop("Versions of the notice"))
PERIODS = ("/keeping/", gettext_noop("Time of storage"))
BALANCING = ("/promises/balancing/", gettext_noop("Balancing of interests"))
LISTENED = ("/listened/", gettext_noop("Who has listened"))
TEAM = ("/team/", gettext_noop("My team"))
PEOPLE = ("/people/", gettext_noop("People"))
UNASSIGNED = ("/unassigned/", gettext_noop("Unassigned"))
LOG = ("/log/", gettext_noop("Log"))
GAPS = ("/gaps/", gettext_noop("Gaps"))
LINES = ("/lines/", gettext_noop("Lines"))
HOLDS = ("/holds/", gettext_noop("Holds"))
CASES = ("/cases/", gettext_noop("Cases"))
DESTRUCTION = ("/destruction/", gettext_noop("Early destruction"))
STATE = ("/state/", gettext_noop("State"))
PROGRAMS = ("/programs/", gettext_noop("Programs"))
TRAINING = ("/training/", gettext_noop("Training"))
OVERSEES = frozenset({"manager", "administrator", "dpo"})  # sees who is trained, of whom they may
ACTIVITIES = ("/activities/", gettext_noop("Training activities"))
ALERTS = ("/alerts/", gettext_noop("Listening to explain"))
SHOWING = ("/show-the-case/", gettext_noop("Show the case"))
APPROVALS = ("/approvals/", gettext_noop("Approvals"))
INCIDENTS = ("/incidents/", gettext_noop("Incidents"))
DISCLOSURES = ("/disclosures/", gettext_noop("Disclosures"))
COMPLAINTS = ("/complaints/", gettext_noop("Complaints"))
BREACHES = ("/breaches/", gettext_noop("Breaches"))
SAMPLES = ("/samples/", gettext_noop("Samples"))
EMERGENCY = ("/emergency/", gettext_noop("Emergency access"))
QUEUE = ("/queue/", gettext_noop("Queue"))
AUDIT = (SAMPLES, REPORT, PROOF, PROMISES, PAPERS, PERIODS, VERSIONS, BALANCING, LOG)
GROUPS = (
    ("", (DESK, QUEUE, CASES, COMPLAINTS, DISCLOSURES, BREACHES)),
    (gettext_noop("Calls"), (UNASSIGNED, CALLS, COUNTS, LIVE, LISTENED, HOLDS, DESTRUCTION)),
    (gettext_noop("Listening"), (SHOWING, ALERTS, APPROVALS, INCIDENTS, EMERGENCY)),
    (gettext_noop("Audit"), AUDIT),
    (gettext_noop("People and training"), (TEAM, PEOPLE, ACTIVITIES, TRAINING, STAFF_NOTICE)),
    (gettext_noop("System"), (LINES, STATE, GAPS, PROGRAMS)),
)
"""The menu: each group's heading (untranslated; the first has none) and its pages."""
MENU = tuple(place for _heading, places in GROUPS for place in places)

OF_ROLE = {
    "service_agent": (CALLS, DESK, LIVE, LISTENED),
    "sales_agent": (CALLS, DESK, LIVE, LISTENED),
    "manager": (CALLS, DESK, TEAM, SHOWING),
    "rights_handler": (CASES, CALLS, SHOWING, HOLDS, DESTRUCTION, COMPLAINTS, DISCLOSURES),
    "dpo": (
        *(DESK, QUEUE, PEOPLE, LOG, STATE, CALLS, ACTIVITIES, ALERTS, APPROVALS, INCIDENTS),
        *(
            SAMPLES,
            COUNTS,
            REPORT,
            PROOF,
            PROMISES,
            PAPERS,
            PERIODS,
            BALANCING,
            VERSIONS,
            GAPS,
            LINES,
            HOLDS,
            DESTRUCTION,
            CASES,
            BREACHES,
            COMPLAINTS,
            DISCLOSURES,
        ),
    ),
    "security_lead": (DESK, APPROVALS, INCIDENTS, ALERTS, BREACHES),
    "trainer": (ACTIVITIES, CALLS, SHOWING),
    "administrator": (CALLS, DESK, PEOPLE, LINES, STATE, GAPS, INCIDENTS, PROGRAMS, VERSIONS),
    "auditor": (
        *(DESK, PEOPLE, LOG, SAMPLES, REPORT, PROOF, PROMISES, PAPERS, PERIODS, VERSIONS),
        *(BALANCING, LINES),
    ),
    "assigner": (UNASSIGNED,),
}

ANSWERS = frozenset({"manager", "dpo"})
"""Who may be asked for the yes that the settings want of everyday listening."""
WATCHERS = holders(Besides.QUEUE) | holders(Besides.APPROVALS) | holders(Besides.SAMPLES)
"""Who reads of every emergency there was."""


def places_of(
    roles: Collection[str], openers: Collection[str] = (), askers: Collection[str] = ()
) -> list[tuple[str, str]]:
    """Address and name (untranslated) of each page, in the order of the menu.

    `openers` are the roles that may open an emergency; where there are none, nobody finds its page.
    `askers` are those that ask a second person before they listen, if any do: managers answer.
    """
    found = {place for role in roles for place in OF_ROLE.get(role, ())}
    found |= {TRAINING, STAFF_NOTICE} if roles else set()  # whatever the role (N-31, L-30)
    if openers and set(roles) & {*openers, *WATCHERS}:
        found.add(EMERGENCY)
    if askers and set(roles) & {*askers, *ANSWERS}:
        found.add(APPROVALS)
    return [place for place in MENU if place in found]


def first_place(roles: Collection[str]) -> str:
    """Where a person with `roles` begins; the account page when there is nothing else."""
    firsts = {OF_ROLE[role][0] for role in roles if OF_ROLE.get(role)}
    places = [place for place in places_of(roles) if place in firsts]
    return places[0][0] if places else "/account/"
