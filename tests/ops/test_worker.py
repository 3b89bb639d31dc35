"""What the worker does besides the rooms' own work."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from cast import NOW
from vaiti.ops.worker import forget_sessions


@pytest.mark.django_db
def test_sessions_that_are_over_leave_no_row() -> None:
    present = timezone.now()
    for name, hours in (("over", -1), ("open", 1)):
        end = present + timedelta(hours=hours)
        Session.objects.create(session_key=name, session_data="", expire_date=end)
    forget_sessions(NOW)
    assert list(Session.objects.values_list("session_key", flat=True)) == ["open"]
