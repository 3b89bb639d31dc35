import multiprocessing
import threading
from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from vaiti.due import jobs, models

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)


def test_the_longest_due_job_comes_first_and_none_before_its_time(now: datetime) -> None:
    jobs.add("destroy", "b", {"plan": "2"}, now - MINUTE)
    jobs.add("destroy", "a", {"plan": "1"}, now - 2 * MINUTE)
    jobs.add("destroy", "c", {}, now + MINUTE)
    first = jobs.lease("w1", now, 30)
    assert first is not None
    assert (first.key, first.payload, first.tries) == ("a", {"plan": "1"}, 1)
    second = jobs.lease("w1", now, 30)
    assert second is not None
    assert second.key == "b"
    assert jobs.lease("w1", now, 30) is None


def test_a_job_exists_when_its_transaction_holds(now: datetime) -> None:
    class Undo(Exception):
        pass

    with pytest.raises(Undo), transaction.atomic():
        jobs.add("destroy", "a", {}, now)
        raise Undo
    assert jobs.lease("w1", now, 30) is None


def test_adding_an_open_job_again_changes_nothing_and_a_done_one_opens(now: datetime) -> None:
    jobs.add("destroy", "a", {"n": 1}, now)
    jobs.add("destroy", "a", {"n": 2}, now - MINUTE)
    job = jobs.lease("w1", now, 30)
    assert job is not None
    assert job.payload == {"n": 1}
    jobs.done(job, now)
    assert jobs.lease("w1", now, 30) is None
    jobs.add("destroy", "a", {"n": 3}, now)
    again = jobs.lease("w1", now, 30)
    assert again is not None
    assert (again.payload, again.tries) == ({"n": 3}, 1)


def test_a_lost_lease_settles_nothing(now: datetime) -> None:
    jobs.add("destroy", "a", {}, now)
    slow = jobs.lease("w1", now, 30)
    assert slow is not None
    assert jobs.lease("w2", now + timedelta(seconds=29), 30) is None
    taken = jobs.lease("w2", now + timedelta(seconds=30), 30)
    assert taken is not None
    assert taken.tries == 2
    with pytest.raises(jobs.LeaseLost):
        jobs.done(slow, now)
    with pytest.raises(jobs.LeaseLost):
        jobs.failed(slow, "x", now)
    jobs.done(taken, now)


def test_a_failed_job_waits_longer_each_time(now: datetime) -> None:
    jobs.add("destroy", "a", {}, now)
    job = jobs.lease("w1", now, 30)
    assert job is not None
    jobs.failed(job, "keys_unavailable", now)
    assert models.Job.objects.get().last_error == "keys_unavailable"
    assert jobs.lease("w1", now + timedelta(seconds=9), 30) is None
    assert jobs.lease("w1", now + timedelta(seconds=10), 30) is not None
    pauses = [jobs.pause(tries).total_seconds() for tries in (1, 2, 3, 9, 10, 10**6)]
    assert pauses == [10, 20, 40, 2560, 3600, 3600]


def test_done_jobs_are_forgotten_after_their_time(now: datetime) -> None:
    for key in ("a", "b"):
        jobs.add("destroy", key, {}, now)
    job = jobs.lease("w1", now, 30)
    assert job is not None
    jobs.done(job, now)
    assert jobs.forget_done(now) == 0
    assert jobs.forget_done(now + MINUTE) == 1
    assert models.Job.objects.count() == 1


def test_workers_at_once_never_get_the_same_job(now: datetime) -> None:
    for number in range(40):
        jobs.add("destroy", f"job-{number}", {}, now)
    got: list[str] = []
    start, failures = threading.Barrier(4), []

    def work(name: str) -> None:
        try:
            start.wait()
            while job := jobs.lease(name, now, 30):
                got.append(job.key)
                jobs.done(job, now)
        except Exception as error:  # noqa: BLE001 - a thread's failure is shown by the test
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert Counter(got) == Counter({f"job-{number}": 1 for number in range(40)})


def _lease_and_hang(now: datetime, leased: "multiprocessing.synchronize.Event") -> None:
    jobs.lease("doomed", now, 30)
    leased.set()
    threading.Event().wait()


def test_a_killed_workers_job_comes_back_when_its_lease_ends(now: datetime) -> None:
    jobs.add("destroy", "a", {}, now)
    connection.close()  # a connection is not carried over a fork
    context = multiprocessing.get_context("fork")
    leased = context.Event()
    worker = context.Process(target=_lease_and_hang, args=(now, leased))
    worker.start()
    assert leased.wait(60)
    worker.kill()
    worker.join()
    assert jobs.lease("heir", now + timedelta(seconds=29), 30) is None
    job = jobs.lease("heir", now + timedelta(seconds=31), 30)
    assert job is not None
    assert (job.key, job.tries) == ("a", 2)
