import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from vaiti.due import alarms
from vaiti.due.models import Alarm

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_raised_alarm_stands_once_and_counts(now: datetime) -> None:
    later = now + timedelta(minutes=5)
    assert alarms.raise_alarm("disk_full", "journal", "recorder-1", now)
    assert not alarms.raise_alarm("disk_full", "journal", "recorder-2", later)
    assert alarms.raise_alarm("disk_full", "store", "", later)
    first, second = alarms.standing()
    assert (first.key, first.detail, first.count) == ("journal", "recorder-2", 2)
    assert (first.raised_at, first.last_at) == (now, later)
    assert second.key == "store"


def test_a_cleared_alarm_stands_no_more_and_can_be_raised_anew(now: datetime) -> None:
    alarms.raise_alarm("disk_full", "journal", "", now)
    assert alarms.clear("disk_full", "journal", now)
    assert not alarms.clear("disk_full", "journal", now)
    assert alarms.standing() == []
    assert alarms.raise_alarm("disk_full", "journal", "", now)
    assert Alarm.objects.count() == 2


def test_an_alarm_goes_with_the_transaction_that_raised_it(now: datetime) -> None:
    class Undo(Exception):
        pass

    with pytest.raises(Undo), transaction.atomic():
        alarms.raise_alarm("disk_full", "journal", "", now)
        raise Undo
    assert alarms.standing() == []


def test_raised_by_many_at_once_it_still_stands_once(now: datetime) -> None:
    start, failures = threading.Barrier(6), []

    def run() -> None:
        try:
            start.wait()
            alarms.raise_alarm("disk_full", "journal", "", now)
        except Exception as error:  # noqa: BLE001 - a thread's failure is shown by the test
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    (alarm,) = alarms.standing()
    assert alarm.count == 6
