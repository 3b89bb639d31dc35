"""Whether a recorder has room for another call, and which calls it has, as those who share its
address want to know."""

from vaiti.capture.session import lasting, reports
from vaiti.capture.session.session import Session
from vaiti.capture.sharing import call_key, tie_key


def room(session: Session, now: float) -> tuple[bool, int, int]:
    """Whether new calls are taken as long as there are fewer than may be; how many there are, and
    may be."""
    orders = session.orders
    most = orders.limits.calls if orders is not None else 0
    return session.closed(now) in ("", reports.CALLS_LIMIT), session.calls, most


def belongings(session: Session) -> set[bytes]:
    """By what a message of a call that is here is known: see `sharing.Told`."""
    ties = {tie_key(tie) for call in session.lives for tie in call.ties}
    return ties | {call_key(each) for each in lasting.call_ids(session)}
