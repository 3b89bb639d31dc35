"""The alarms of cases, and that none outlives its case."""

from datetime import datetime
from uuid import UUID

from vaiti.due import alarms
from vaiti.rights.clock import Stage

WAITS = "rights:case_waits"
OVERDUE = "rights:case_overdue"
FEW = "rights:few_handlers"
SECOND_LOOK = "rights:second_look"
DAY_COMES = "rights:day_comes"
ALARMS = (WAITS, OVERDUE, FEW, SECOND_LOOK, DAY_COMES)


def close_alarms(case_id: UUID, now: datetime) -> None:
    """What waited waits no more."""
    keys = [f"{case_id.hex}:{stage}" for stage in Stage]
    alarms.clear_all(ALARMS, [*keys, case_id.hex], now)
