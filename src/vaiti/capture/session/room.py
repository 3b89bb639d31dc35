"""Whether a recorder has room for another call, as those who share its address want to know."""

from vaiti.capture.session import reports
from vaiti.capture.session.session import Session


def room(session: Session, now: float) -> tuple[bool, int, int]:
    """Whether new calls are taken as long as there are fewer than may be; how many there are, and
    may be."""
    orders = session.orders
    most = orders.limits.calls if orders is not None else 0
    return session.closed(now) in ("", reports.CALLS_LIMIT), session.calls, most
