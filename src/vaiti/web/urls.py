"""Every address, and nothing else that answers."""

from django.urls import path, register_converter

from vaiti.values.ids import parse_call_id
from vaiti.web import account, calls, health, listening, log, signin, state


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
    path("sign-out", signin.sign_out),
    path("language", signin.choose_language),
    path("account/", account.account),
    path("account/password", account.change_password),
    path("calls/", calls.calls),
    path("calls/<hexid:call_id>/", calls.call),
    path("calls/<hexid:call_id>/listen", listening.listen),
    path("calls/<hexid:call_id>/listening/<hexid:listening_id>", listening.listening),
    path("calls/<hexid:call_id>/audio/<hexid:listening_id>", listening.audio),
    path("calls/<hexid:call_id>/lanes/<hexid:listening_id>", listening.lanes),
    path("calls/<hexid:call_id>/status/<hexid:listening_id>", listening.status),
    path("log/", log.log),
    path("state/", state.state),
    path("healthz", health.healthz),
]

handler400 = "vaiti.web.errors.bad_request"
handler403 = "vaiti.web.errors.forbidden"
handler404 = "vaiti.web.errors.not_found"
handler500 = "vaiti.web.errors.failed"
