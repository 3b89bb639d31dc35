"""What every address answers to everyone: one table beside the addresses, kept by a test. Pure.

The test asks the real application as each role and as nobody, and fails for an address that has no
line here. It asks about a call of the service agent, whom the manager leads; a case names the
rights handler, an activity the trainer and an incident the administrator. Forms are sent empty but
for `sends`, so a 422 or 400 says that a role gets as far as the form, and a 404 that it gets
nowhere. Nobody signed in is sent to the door (302) by everything but what OPEN lists.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

ROLES = (
    *("service_agent", "sales_agent", "manager", "rights_handler", "dpo"),
    *("security_lead", "trainer", "administrator", "auditor", "assigner"),
)
NOBODY = "nobody"
TO_THE_DOOR = 302
METHODS = ("GET", "POST")
"""HEAD is answered as GET; every other method 405."""


@dataclass(frozen=True, slots=True)
class Answers:
    """`others` is what every role is answered that `roles` does not name."""

    others: int
    roles: Mapping[str, int] = field(default_factory=dict)
    nobody: int = TO_THE_DOOR
    sends: str = ""

    def to(self, who: str) -> int:
        return self.nobody if who == NOBODY else self.roles.get(who, self.others)


def _only(status: int, *roles: str, sends: str = "") -> Answers:
    """For `roles`; for all others there is nothing here."""
    return Answers(404, dict.fromkeys(roles, status), sends=sends)


_CALL = "calls/<hexid:call_id>/"
_SEE_CALL = ("service_agent", "manager", "rights_handler", "trainer", "administrator")
_LISTEN = {
    "service_agent": 303,
    **dict.fromkeys(("manager", "rights_handler", "trainer", "administrator"), 422),
}
_AGENTS = ("service_agent", "sales_agent")
_CORRECTS = ("manager", "rights_handler")
_DESK = (
    *("service_agent", "sales_agent", "manager", "dpo", "security_lead", "administrator"),
    "auditor",
)
_HOLDS = ("rights_handler", "dpo")
_LEADS = ("dpo", "security_lead")

_SECURITY: dict[str, dict[str, Answers]] = {
    "sign-in/second": {"GET": Answers(302), "POST": Answers(302)},
    "sign-in/passkey/options": {"POST": Answers(200, nobody=200)},
    "sign-in/passkey": {"POST": Answers(403, nobody=403)},
    "sign-in/sso/<slug:name>": {"GET": Answers(404, nobody=404)},
    "sign-in/sso/<slug:name>/back": {"GET": Answers(404, nobody=404)},
    "account/security/": {"GET": Answers(200)},
    "account/security/app": {"GET": Answers(200), "POST": Answers(422)},
    "account/security/passkey/options": {"POST": Answers(200)},
    "account/security/passkey": {"POST": Answers(422)},
    "account/security/codes": {"POST": Answers(303)},
    "account/security/factors/<hexid:factor_id>/remove": {"POST": Answers(422)},
    "account/security/sessions/<hexid:session_id>/end": {"POST": Answers(303)},
    "account/security/sessions/end-others": {"POST": Answers(303)},
}
"""The second factor and the sessions, which are everybody's own."""

_KNOWS_PEOPLE = ("dpo", "administrator", "auditor")
_PEOPLE: dict[str, dict[str, Answers]] = {
    "people/": {"GET": _only(200, *_KNOWS_PEOPLE)},
    "people/access-on": {"GET": _only(200, *_KNOWS_PEOPLE)},
    "people/new": {"GET": _only(200, "administrator"), "POST": _only(422, "administrator")},
    "people/confirm/": {"GET": _only(200, "dpo", "administrator"), "POST": Answers(404)},
    "people/widened/": {"GET": _only(200, "dpo"), "POST": _only(302, "dpo")},
    "people/lists/": {"GET": _only(200, *_KNOWS_PEOPLE), "POST": Answers(404)},
    "people/<hexid:person_id>/": {"GET": _only(200, *_KNOWS_PEOPLE)},
    "people/<hexid:person_id>/do/<slug:name>": {
        "POST": _only(422, "administrator"),
    },
    "people/<hexid:person_id>/password": {"POST": _only(200, "administrator")},
    "people/<hexid:person_id>/seen": {"POST": _only(302, "dpo")},
}
"""Who is who. `person_id` is a colleague's of the service agent."""

_SCIM: dict[str, dict[str, Answers]] = {
    f"scim/v2/{name}": dict.fromkeys(METHODS, Answers(401, nobody=401))
    for name in (
        *("ServiceProviderConfig", "ResourceTypes", "ResourceTypes/<str:name>", "Schemas"),
        *("Schemas/<str:name>", ".search", "Users", "Users/.search", "Users/<str:name>"),
        *("Groups", "Groups/.search", "Groups/<str:name>", "<path:rest>"),
    )
}
"""For machines with a token of their own; a person's session is nothing to them."""

_API: dict[str, dict[str, Answers]] = {
    f"api/{name}": dict.fromkeys(METHODS, Answers(401, nobody=401))
    for name in (
        *("openapi.json", "v1/<path:rest>", "v1/log", "v1/state"),
        *(
            "v1/agents/events",
            "v1/agents/hook",
            "v1/records",
            "v1/recording",
            "v1/references",
            "v1/cases",
        ),
        *("v1/cases/<hexid:case_id>", "v1/cases/<hexid:case_id>/messages"),
        *("v1/calls/", "v1/calls/<hexid:call_id>", "v1/calls/<hexid:call_id>/training"),
        *("v1/calls/<hexid:call_id>/consent", "v1/calls/<hexid:call_id>/agent"),
        *("v1/calls/<hexid:call_id>/line", "v1/live/calls"),
        *(f"v1/live/calls/<hexid:call_id>/{act}" for act in ("pause", "resume", "drop")),
        *(f"v1/live/calls/<hexid:call_id>/{act}" for act in ("announced", "do-not-call")),
    )
} | {"api/openapi.json": {"GET": Answers(200, nobody=401)}}
"""For programs with a token, whatever role they are of: `web/api/table.py` says which scope each
operation wants, and tests/web/test_api_matrix.py asks every scope for every operation."""

_OVERSEES = ("manager", "administrator", "dpo")
_TRAINING: dict[str, dict[str, Answers]] = {
    "training/": {"GET": Answers(200)},
    "training/course/": {
        "GET": _only(200, "administrator"),
        "POST": _only(422, "administrator"),
    },
    "training/people/": {"GET": _only(200, *_OVERSEES)},
    # where no course is given yet
    "training/<slug:kind>/<int:number>": {"GET": Answers(404)},
    "training/<slug:kind>/questions": {"GET": Answers(404), "POST": Answers(404)},
    "undertaking/": {"GET": Answers(200), "POST": Answers(422)},
}
"""Everybody's own course and undertaking, and who is due."""

ANSWERS: dict[str, dict[str, Answers]] = {
    "": {"GET": Answers(302)},
    "sign-in": {"GET": Answers(302, nobody=200), "POST": Answers(403, nobody=403)},
    "sign-out": {"POST": Answers(302)},
    "language": {"POST": Answers(400, nobody=400)},
    "account/": {"GET": Answers(200)},
    "account/near/": {"GET": Answers(200), "POST": Answers(422)},
    "account/near/<hexid:near_id>/remove": {"POST": Answers(404)},
    "account/password": {"POST": Answers(422)},
    "account/first-password": {"GET": Answers(302)},
    **_SECURITY,
    **_PEOPLE,
    **_TRAINING,
    **_SCIM,
    **_API,
    "desk/": {"GET": _only(200, *_DESK)},
    "listened/": {"GET": _only(200, "service_agent", "sales_agent")},
    "live/": {"GET": _only(200, *_AGENTS)},
    "live/now": {"GET": _only(200, *_AGENTS)},
    # no recorder answers where this is asked: an agent is told so
    "live/<hexid:call_id>/<slug:name>": {"POST": Answers(404)},
    "team/": {"GET": _only(200, "manager")},
    "team/do/<slug:name>": {"POST": Answers(404)},
    "calls/": {"GET": Answers(200), "POST": Answers(302)},
    "calls/over-time": {"GET": Answers(200)},
    "counts/": {"GET": _only(200, "dpo")},
    "report/": {"GET": _only(200, "dpo", "auditor")},
    "promises/": {"GET": _only(200, "dpo", "auditor")},
    "promises/attest": {"POST": _only(302, "dpo")},
    "promises/publish": {"POST": _only(302, "dpo")},
    "promises/public/": {"GET": Answers(200, nobody=200)},
    "proof/": {"GET": _only(200, "dpo", "auditor")},
    "keeping/": {"GET": _only(200, "dpo", "auditor"), "POST": _only(302, "dpo")},
    "notice/": {"GET": Answers(200, nobody=200)},
    "notice/of/<str:version>/": {"GET": Answers(404, nobody=404)},
    "notice/of/<str:version>/<slug:language>.pdf": {"GET": Answers(404, nobody=404)},
    # the notice names one controller where this is asked
    "notice/joint/": {"GET": Answers(404, nobody=404)},
    "notice/joint/<slug:language>.pdf": {"GET": Answers(404, nobody=404)},
    "notice/versions/": {
        "GET": _only(200, "dpo", "administrator", "auditor"),
        "POST": _only(302, "dpo", "administrator"),
    },
    "proof/verifier": {"GET": _only(200, "dpo", "auditor")},
    "proof/key": {"GET": _only(200, "dpo", "auditor")},
    # of a day on which nothing was destroyed there is none
    "proof/<slug:day>/": {"GET": _only(404), "POST": _only(404)},
    "proof/<slug:day>/certificate.json": {"GET": _only(404)},
    "proof/<slug:day>/certificate.pdf": {"GET": _only(404)},
    "calls/views": {"POST": Answers(422)},
    "calls/views/<hexid:view_id>/remove": {"POST": Answers(303)},
    _CALL: {"GET": _only(200, *_SEE_CALL)},
    _CALL + "listen": {"POST": Answers(404, _LISTEN, sends="leg={leg}")},
    # by default nobody needs to ask: who sees the call is told so
    _CALL + "ask": {"POST": _only(200, *_SEE_CALL, sends="leg={leg}")},
    # the notice asks for no consent where this is asked
    _CALL + "consent": {"POST": Answers(404)},
    _CALL + "comments": {"POST": _only(422, "trainer", sends="leg={leg}")},
    _CALL + "silence": {
        "POST": _only(422, "manager", "rights_handler", sends="leg={leg}"),
    },
    _CALL + "correct": {
        "GET": _only(200, *_CORRECTS),
        "POST": _only(422, *_CORRECTS, sends="act=agent&leg={leg}"),
    },
    "unassigned/": {"GET": _only(200, "assigner"), "POST": _only(422, "assigner")},
    _CALL + "training": {"POST": _only(303, "service_agent", "manager")},
    _CALL + "listening/<hexid:listening_id>": {"GET": _only(200, "service_agent")},
    _CALL + "audio/<hexid:listening_id>": {"GET": _only(206, "service_agent")},
    _CALL + "verify/<hexid:listening_id>": {"POST": _only(200, "service_agent")},
    # the player asks these two; to whom the listening is not, they say that there is none
    _CALL + "lanes/<hexid:listening_id>": {"GET": Answers(200)},
    _CALL + "status/<hexid:listening_id>": {"GET": Answers(200)},
    "access/": {"GET": Answers(200)},
    "access/why": {"GET": _only(200, "dpo", "administrator")},
    _CALL + "why": {"GET": _only(200, *_SEE_CALL, "dpo")},
    "activities/": {"GET": _only(200, "trainer", *_LEADS), "POST": _only(422, "trainer")},
    "activities/mine": {"GET": _only(200, "service_agent", "sales_agent")},
    "activities/<hexid:activity_id>/": {
        "GET": _only(200, "trainer", *_LEADS),
        "POST": _only(422, "trainer", sends="act=gather"),
    },
    "alerts/": {"GET": _only(200, *_LEADS)},
    "alerts/<hexid:alert_id>/": {"GET": _only(200, "dpo"), "POST": _only(422, "dpo")},
    "alerts/complaints": {"POST": _only(422, *_LEADS)},
    "alerts/complaints/<hexid:complaint_id>/remove": {"POST": Answers(404)},
    "alerts/checks/<hexid:check_id>": {"POST": Answers(404)},
    "show-the-case/": {"GET": Answers(200)},
    "show-the-case/<hexid:check_id>": {"POST": Answers(404)},
    "approvals/": {"GET": Answers(200)},
    "approvals/<hexid:approval_id>": {
        "POST": _only(302, *_LEADS, sends="answer=no"),
    },
    "approvals/permits/<hexid:permit_id>": {"POST": Answers(404, sends="answer=no")},
    # by default nobody's role opens one; who looks after it finds an empty page
    "emergency/": {"GET": _only(200, *_LEADS, "auditor"), "POST": Answers(404)},
    "emergency/<hexid:emergency_id>": {"POST": Answers(404, sends="act=look")},
    "incidents/": {"GET": Answers(200), "POST": _only(422, *_LEADS)},
    "incidents/<hexid:incident_id>/": {
        "GET": _only(200, *_LEADS, "administrator"),
        "POST": _only(422, *_LEADS, sends="act=add"),
    },
    "log/": {"GET": _only(200, "dpo", "auditor")},
    "samples/": {
        "GET": _only(200, "dpo", "auditor"),
        "POST": _only(422, "auditor", sends="number=0"),
    },
    "samples/<hexid:sample_id>/": {
        "GET": _only(200, "dpo", "auditor"),
        "POST": _only(200, "auditor"),
    },
    "queue/": {"GET": _only(200, "dpo")},
    "queue/seen": {"POST": _only(409, "dpo")},
    "cases/": {"GET": _only(200, *_HOLDS)},
    "cases/new": {"GET": _only(200, "rights_handler"), "POST": _only(422, "rights_handler")},
    "cases/visits": {"GET": _only(200, *_HOLDS)},
    # there is no case where this is asked
    "cases/<hexid:case_id>/": {"GET": Answers(404)},
    "cases/<hexid:case_id>/do/<slug:name>": {"POST": Answers(404)},
    "cases/<hexid:case_id>/papers/<hexid:paper_id>": {"GET": Answers(404)},
    "rights/": {"GET": Answers(200, nobody=200), "POST": Answers(422, nobody=422)},
    "rights/status": {"GET": Answers(200, nobody=200), "POST": Answers(422, nobody=422)},
    # nobody has typed a case's code, and no kiosk is open, where this is asked
    "rights/case": {"GET": Answers(302)},
    # none is set up where this is asked
    "rights/identity/": {"GET": Answers(404, nobody=404)},
    "rights/identity/back": {"GET": Answers(404, nobody=404)},
    "rights/identity/keys": {"GET": Answers(404, nobody=404)},
    "rights/identity/keys.jwt": {"GET": Answers(404, nobody=404)},
    ".well-known/openid-federation": {"GET": Answers(404, nobody=404)},
    "rights/case/do/<slug:name>": {"POST": Answers(302)},
    "rights/case/letter/<hexid:letter_id>": {"GET": Answers(302)},
    "rights/case/letter/<hexid:letter_id>/letter.pdf": {"GET": Answers(302)},
    "cases/<hexid:case_id>/code": {"POST": Answers(404)},
    "cases/<hexid:case_id>/kiosk": {"POST": Answers(404)},
    "kiosk/": {"GET": Answers(200, nobody=200)},
    "kiosk/enter": {"POST": Answers(302)},
    "kiosk/listen": {"POST": Answers(302)},
    "kiosk/audio/<hexid:listening_id>": {"GET": Answers(404, nobody=404)},
    "kiosk/wishes": {"GET": Answers(302), "POST": Answers(302)},
    "kiosk/leave": {"POST": Answers(302)},
    "breaches/": {"GET": _only(200, *_LEADS)},
    "breaches/register": {"GET": Answers(404)},
    "breaches/new": {"GET": _only(200, *_LEADS), "POST": _only(422, *_LEADS)},
    # there is none where this is asked
    "breaches/<hexid:breach_id>/": {"GET": Answers(404), "POST": Answers(404)},
    "complaints/": {"GET": _only(200, *_HOLDS)},
    "complaints/new": {"GET": _only(200, *_HOLDS), "POST": _only(422, *_HOLDS)},
    "complaints/<hexid:complaint_id>/": {"GET": Answers(404), "POST": Answers(404)},
    "disclosures/": {"GET": _only(200, *_HOLDS)},
    "disclosures/new": {"GET": _only(200, *_HOLDS), "POST": _only(422, *_HOLDS)},
    # nothing was asked for where this is asked
    "disclosures/<hexid:disclosure_id>/": {"GET": Answers(404), "POST": Answers(404)},
    "disclosures/<hexid:disclosure_id>/file": {"POST": Answers(404)},
    "destruction/": {"GET": _only(200, *_HOLDS)},
    "destruction/new": {"GET": _only(200, *_HOLDS), "POST": _only(422, *_HOLDS)},
    "destruction/<hexid:order_id>/": {"GET": _only(200, *_HOLDS), "POST": _only(422, *_HOLDS)},
    # no order is done where this is asked
    "destruction/<hexid:order_id>/certificate": {"POST": Answers(404)},
    "destruction/<hexid:order_id>/certificate.json": {"GET": Answers(404)},
    "destruction/<hexid:order_id>/certificate.pdf": {"GET": Answers(404)},
    "holds/": {"GET": _only(200, *_HOLDS)},
    "holds/new": {"GET": _only(200, *_HOLDS), "POST": _only(422, *_HOLDS)},
    "holds/<hexid:hold_id>/": {"GET": _only(200, *_HOLDS), "POST": _only(422, *_HOLDS)},
    # the case of this table names the rights handler alone
    "copies/<hexid:matter_id>/": {
        "GET": _only(200, "rights_handler"),
        "POST": _only(422, "rights_handler"),
    },
    # nothing was made where this is asked
    "copies/<hexid:matter_id>/evidence/": {"GET": _only(200, "rights_handler")},
    "copies/<hexid:matter_id>/evidence/<hexid:call_id>/make": {
        "POST": _only(302, "rights_handler"),
    },
    "copies/<hexid:matter_id>/evidence/<hexid:call_id>/take": {
        "POST": _only(422, "rights_handler"),
    },
    "copies/<hexid:matter_id>/<hexid:package_id>/file": {"POST": Answers(404)},
    "copies/<hexid:matter_id>/<hexid:package_id>/handed": {"POST": Answers(404)},
    "letters/<hexid:matter_id>/": {
        "GET": _only(200, "rights_handler"),
        "POST": _only(422, "rights_handler"),
    },
    "letters/<hexid:matter_id>/<hexid:letter_id>/": {"GET": Answers(404), "POST": Answers(404)},
    "letters/<hexid:matter_id>/<hexid:letter_id>/letter.pdf": {"GET": Answers(404)},
    # the person's own page: the same for everybody, whether or not there is such a package
    "copy/<hexid:package_id>": {"GET": Answers(200, nobody=200), "POST": Answers(422, nobody=422)},
    "gaps/": {"GET": _only(200, "dpo", "administrator")},
    # nothing is missing where this is asked
    "gaps/<hexid:gap_id>/": {"GET": Answers(404), "POST": Answers(404)},
    "promises/balancing/": {"GET": _only(200, "dpo", "auditor"), "POST": _only(422, "dpo")},
    "promises/papers/": {"GET": _only(200, "dpo", "auditor")},
    # nothing is called so where this is asked
    "promises/papers/<slug:name>/": {"GET": Answers(404), "POST": Answers(404)},
    "promises/announcements/": {
        "GET": _only(200, "dpo", "auditor"),
        "POST": _only(422, "dpo"),
    },
    "promises/processors/": {"GET": _only(200, "dpo", "auditor"), "POST": _only(422, "dpo")},
    "promises/staff/": {"GET": Answers(200), "POST": Answers(302)},
    "promises/year/": {"GET": _only(200, "dpo", "auditor")},
    "promises/lint/": {"GET": _only(200, "dpo", "auditor"), "POST": _only(422, "dpo", "auditor")},
    "lines/": {"GET": _only(200, *_KNOWS_PEOPLE), "POST": _only(422, "administrator")},
    "lines/peers/": {"GET": _only(200, "dpo", "administrator")},
    "lines/<hexid:line_id>/": {
        "GET": _only(200, *_KNOWS_PEOPLE),
        "POST": _only(422, "administrator"),
    },
    "lines/<hexid:line_id>/end": {"POST": _only(200, "administrator")},
    "programs/": {"GET": _only(200, "dpo", "administrator"), "POST": Answers(404)},
    "api/": {"GET": Answers(200)},
    "state/": {"GET": _only(200, "dpo", "administrator")},
    "state/<hexid:alarm_id>/seen": {"POST": _only(409, "dpo", "administrator")},
    "healthz": {"GET": Answers(200, nobody=200)},
}
"""Address as in urls.py, to method, to answers. A method that is missing is answered 405."""
