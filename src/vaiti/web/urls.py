"""Every address, and nothing else that answers."""

from django.urls import path, register_converter

from vaiti.values.ids import parse_call_id
from vaiti.web import (
    access,
    access_on,
    account,
    activities,
    alerts,
    approvals,
    calls,
    comments,
    confirming,
    correcting,
    desk,
    health,
    incidents,
    listened,
    listening,
    live,
    log,
    objecting,
    overseeing,
    people,
    people_lists,
    person_acts,
    scim,
    scim_groups,
    secrecy,
    security,
    showing,
    signin,
    sso,
    state,
    team,
    training,
    unassigned,
    verifying,
    why,
    widened,
)


class HexId:
    """32 lower-case hexadecimal digits, and no other spelling of the same id."""

    regex = "[0-9a-f]{32}"

    def to_python(self, value: str) -> str:
        return parse_call_id(value)

    def to_url(self, value: str) -> str:
        return parse_call_id(value)


register_converter(HexId, "hexid")

urlpatterns = [
    path("", signin.home),
    path("sign-in", signin.sign_in),
    path("sign-in/second", signin.second),
    path("sign-in/passkey/options", signin.passkey_options),
    path("sign-in/passkey", signin.passkey),
    path("sign-in/sso/<slug:name>", sso.away),
    path("sign-in/sso/<slug:name>/back", sso.back),
    path("sign-out", signin.sign_out),
    path("language", signin.choose_language),
    path("account/", account.account),
    path("account/password", account.change_password),
    path("account/first-password", account.first_password),
    path("account/security/", security.security),
    path("account/security/app", security.app),
    path("account/security/passkey/options", security.passkey_options),
    path("account/security/passkey", security.passkey),
    path("account/security/codes", security.codes),
    path("account/security/factors/<hexid:factor_id>/remove", security.remove),
    path("account/security/sessions/<hexid:session_id>/end", security.end),
    path("account/security/sessions/end-others", security.end_others),
    path("calls/", calls.calls),
    path("calls/<hexid:call_id>/", calls.call),
    path("calls/<hexid:call_id>/training", objecting.training),
    path("calls/<hexid:call_id>/comments", comments.comments),
    path("calls/<hexid:call_id>/correct", correcting.correct),
    path("unassigned/", unassigned.unassigned),
    path("calls/<hexid:call_id>/listen", listening.listen),
    path("calls/<hexid:call_id>/listening/<hexid:listening_id>", listening.listening),
    path("calls/<hexid:call_id>/audio/<hexid:listening_id>", listening.audio),
    path("calls/<hexid:call_id>/lanes/<hexid:listening_id>", listening.lanes),
    path("calls/<hexid:call_id>/verify/<hexid:listening_id>", verifying.verify),
    path("calls/<hexid:call_id>/status/<hexid:listening_id>", listening.status),
    path("listened/", listened.listened),
    path("live/", live.page),
    path("live/now", live.now),
    path("live/<hexid:call_id>/<slug:name>", live.act),
    path("team/", team.team),
    path("team/do/<slug:name>", team.act),
    path("desk/", desk.desk),
    path("people/", people.people),
    path("people/access-on", access_on.access_on),
    path("people/new", people.new_person),
    path("people/lists/", people_lists.lists),
    path("people/confirm/", confirming.confirm),
    path("people/widened/", widened.widened),
    path("people/<hexid:person_id>/", people.person),
    path("people/<hexid:person_id>/do/<slug:name>", person_acts.act),
    path("people/<hexid:person_id>/password", person_acts.give_password),
    path("people/<hexid:person_id>/seen", person_acts.mark_seen),
    path("training/", training.my_training),
    path("training/people/", overseeing.people),
    path("training/<slug:kind>/<int:number>", training.screen),
    path("training/<slug:kind>/questions", training.questions),
    path("undertaking/", secrecy.undertaking),
    path("access/", access.table),
    path("access/why", why.of_anyone),
    path("calls/<hexid:call_id>/why", why.of_myself),
    path("activities/", activities.activities),
    path("activities/mine", activities.mine),
    path("activities/<hexid:activity_id>/", activities.activity),
    path("alerts/", alerts.alerts),
    path("alerts/<hexid:alert_id>/", alerts.alert),
    path("alerts/checks/<hexid:check_id>", alerts.decide),
    path("show-the-case/", showing.asked),
    path("show-the-case/<hexid:check_id>", showing.show),
    path("approvals/", approvals.inbox),
    path("approvals/<hexid:approval_id>", approvals.answer),
    path("incidents/", incidents.incidents),
    path("incidents/<hexid:incident_id>/", incidents.incident),
    path("log/", log.log),
    path("state/", state.state),
    path("state/<hexid:alarm_id>/seen", state.seen),
    path("scim/v2/ServiceProviderConfig", scim.config),
    path("scim/v2/ResourceTypes", scim.resource_types),
    path("scim/v2/ResourceTypes/<str:name>", scim.resource_types),
    path("scim/v2/Schemas", scim.schemas),
    path("scim/v2/Schemas/<str:name>", scim.schemas),
    path("scim/v2/.search", scim_groups.search_all),
    path("scim/v2/Users", scim.users),
    path("scim/v2/Users/.search", scim.search),
    path("scim/v2/Users/<str:name>", scim.user),
    path("scim/v2/Groups", scim_groups.groups),
    path("scim/v2/Groups/.search", scim_groups.search),
    path("scim/v2/Groups/<str:name>", scim_groups.group),
    path("scim/v2/<path:rest>", scim.nothing),
    path("healthz", health.healthz),
]

handler400 = "vaiti.web.errors.bad_request"
handler403 = "vaiti.web.errors.forbidden"
handler404 = "vaiti.web.errors.not_found"
handler500 = "vaiti.web.errors.failed"
