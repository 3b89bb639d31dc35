"""GET /healthz for the supervisor and for load balancers: can this process serve a listener?"""

from datetime import datetime

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpResponseBase, JsonResponse

from vaiti.playback.decoding import lacking
from vaiti.register import codecs
from vaiti.vault.keyclient import KeysRefused, KeysUnavailable
from vaiti.web.http.methods import only
from vaiti.web.http.request import Request
from vaiti.web.http.wiring import wired
from vaiti.web.silence import silent_since


@only("GET")
def healthz(request: Request) -> HttpResponseBase:
    parts = {"database": database_answers(), "keys": keys_answer()}
    well, worker = all(parts.values()), silent_since(request.moment) is None
    told = {"worker": worker, "decoders": parts["database"] and decoders_here(request.moment)}
    return JsonResponse({"ok": well, **parts, **told}, status=200 if well else 503)


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone())
    except (OperationalError, InterfaceError):
        return False


def decoders_here(now: datetime) -> bool:
    """Whether every call that is kept could be heard by this installation."""
    try:
        return not lacking(codecs.kept(now.date()))
    except (OperationalError, InterfaceError):
        return False


def keys_answer() -> bool:
    try:
        wired().keys.describe()
    except (KeysUnavailable, KeysRefused):
        return False
    return True
