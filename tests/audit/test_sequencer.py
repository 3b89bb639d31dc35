import threading
from datetime import datetime

import pytest
from django.db import connection

from audit.conftest import Append
from vaiti.audit import proofs, sequencer
from vaiti.audit.checkpoint import Signer, open_note
from vaiti.audit.models import Checkpoint, Leaf, Node
from vaiti.audit.tree import leaf_hash, verify_consistency, verify_inclusion
from vaiti.audit.verify import verify_log

pytestmark = pytest.mark.django_db(transaction=True)


def test_leaves_get_places_in_order_of_time_and_a_signed_root(
    append: Append, signer: Signer, now: datetime
) -> None:
    ids = append(7)
    done = sequencer.sequence(now, signer)
    assert (done.added, done.size) == (7, 7)
    assert list(Leaf.objects.order_by("seq").values_list("id", flat=True)) == ids
    statement = open_note(done.note, signer.public)
    assert (statement.size, statement.root) == (7, bytes(Checkpoint.objects.get().root))
    assert Node.objects.count() == 2 * 7 - 3


def test_with_nothing_waiting_nothing_is_written(
    append: Append, signer: Signer, now: datetime
) -> None:
    assert sequencer.sequence(now, signer) == sequencer.Sequenced(0, 0, "")
    append(3)
    first = sequencer.sequence(now, signer)
    again = sequencer.sequence(now, signer)
    assert (again.added, again.size, again.note) == (0, 3, first.note)
    assert Checkpoint.objects.count() == 1


def test_every_entry_is_proven_in_the_tree_and_every_tree_in_the_next(
    append: Append, signer: Signer, now: datetime
) -> None:
    roots = {}
    for count in (1, 2, 5, 1, 8):
        append(count)
        done = sequencer.sequence(now, signer)
        roots[done.size] = open_note(done.note, signer.public).root
    newest = max(roots)
    for leaf in Leaf.objects.all():
        proof = proofs.inclusion(leaf.id)
        root = open_note(proof.note, signer.public).root
        assert verify_inclusion(
            leaf_hash(proof.data), proof.index, proof.size, list(proof.path), root
        )
    for old, old_root in roots.items():
        chain = proofs.consistency(old, newest)
        assert verify_consistency(old, newest, old_root, roots[newest], list(chain.path))


def test_what_cannot_be_proven_says_why(append: Append, signer: Signer, now: datetime) -> None:
    waiting = append(1)[0]
    with pytest.raises(proofs.NoProof, match="not in the tree yet"):
        proofs.inclusion(waiting)
    with pytest.raises(proofs.NoProof, match="no such entry"):
        proofs.inclusion(Leaf(kind="").id)
    sequencer.sequence(now, signer)
    for old, new in ((0, 1), (1, 2), (2, 1)):
        with pytest.raises(proofs.NoProof, match="sizes"):
            proofs.consistency(old, new)


def test_a_run_is_bounded_and_the_next_goes_on(
    append: Append, signer: Signer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencer, "MAX_LEAVES", 4)
    append(10)
    assert [sequencer.sequence(now, signer).added for _ in range(4)] == [4, 4, 2, 0]
    assert verify_log(signer.public, now).ok


def test_a_tree_without_its_edge_is_not_continued(
    append: Append, signer: Signer, now: datetime
) -> None:
    append(4)
    sequencer.sequence(now, signer)
    Node.objects.filter(level=2).delete()
    append(1)
    with pytest.raises(sequencer.LogBroken):
        sequencer.sequence(now, signer)
    assert Leaf.objects.filter(seq__isnull=True).count() == 1


def test_sequencers_and_writers_at_once_make_one_unbroken_log(
    append: Append, signer: Signer, now: datetime
) -> None:
    append(5)
    start, failures = threading.Barrier(4), []

    def run(work: str) -> None:
        try:
            start.wait()
            for _ in range(6):
                if work == "write":
                    append(3)
                else:
                    sequencer.sequence(now, signer)
        except Exception as error:  # noqa: BLE001 - a thread's failure is shown by the test
            failures.append(error)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=(work,)) for work in ("write", "place", "place", "place")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    sequencer.sequence(now, signer)
    assert Leaf.objects.filter(seq__isnull=True).count() == 0
    report = verify_log(signer.public, now)
    assert (report.ok, report.entries) == (True, 23)
