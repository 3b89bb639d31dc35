"""The notice's versions: immutable, in order, whole, and on record."""

from datetime import timedelta
from typing import Any

import pytest

from cast import NOW, SINCE, Cast
from vaiti.audit.models import Leaf
from vaiti.notice import versions
from vaiti.notice.lines import end_line, line_for, register_line
from vaiti.notice.models import NoticeVersion
from vaiti.notice.stood import stood_at
from vaiti.notice.versions import NoticeAltered, NoticeError

TEXTS = {"sv": "Nästa text.", "fi": "Seuraava teksti.", "en": "The next text."}


def publish(version: str = "2026-02", **changes: Any) -> versions.Notice:  # noqa: ANN401
    fields: dict[str, Any] = {
        "valid_from": NOW + timedelta(days=1),
        "retention_months": 6,
        "zone": "Europe/Helsinki",
        "texts": TEXTS,
        "by": "system:init",
        "now": NOW,
    }
    return versions.publish(version, **(fields | changes))


def test_n03_a_call_of_the_day_before_keeps_the_version_it_was_told(cast: Cast) -> None:
    publish()
    before, after = NOW, NOW + timedelta(days=1)
    assert versions.in_force(before).version == "2026-01"  # type: ignore[union-attr]
    assert versions.in_force(after).version == "2026-02"  # type: ignore[union-attr]
    assert versions.in_force(SINCE - timedelta(seconds=1)) is None
    assert [notice.version for notice in versions.archive()] == ["2026-01", "2026-02"]


def test_n03_n14_of_many_instants_at_once_the_same_is_told_as_of_each(cast: Cast) -> None:
    """Where a line is ended and entered anew, and the notice changes."""
    number, numbers = "+358207400001", ["+358207400001", "+358207400002", "+358207100000"]
    for since, label in ((NOW, "First"), (NOW + timedelta(days=2), "Again")):
        register_line(number, label=label, function="service", by="system:init", now=since)
        end_line(number, by="system:init", now=since + timedelta(days=1))
    publish()
    instants = [SINCE - timedelta(days=1), *(NOW + timedelta(hours=12 * n) for n in range(8))]
    for some in (instants, instants[3:], instants[1:2]):
        stood = stood_at(some, numbers)
        assert [stood.in_force(at) for at in some] == [versions.in_force(at) for at in some]
        for one in numbers:
            assert [stood.line_for(one, at) for at in some] == [line_for(one, at) for at in some]


def test_publishing_leaves_an_entry_with_the_hash_and_the_name_of_who_did_it(cast: Cast) -> None:
    notice = publish()
    content = Leaf.objects.get(kind="notice:version:published")
    assert content.actor == "system:init"
    assert notice.sha256 in content.body
    assert "Nästa" not in content.body


def test_the_first_version_may_begin_in_the_past(db: None) -> None:
    notice = publish("2018", valid_from=SINCE)
    assert versions.in_force(NOW) == notice


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"valid_from": SINCE}, "after the newest"),
        ({"valid_from": NOW - timedelta(seconds=1)}, "past"),
        ({"version": "2026-01"}, "published already"),
        ({"version": ""}, "name the version"),
        ({"retention_months": 0}, "retention"),
        ({"zone": "Europe/Nowhere"}, "time zone"),
        ({"zone": "../etc"}, "time zone"),
        ({"texts": {"sv": "Bara svenska."}}, "Swedish, Finnish and English"),
        ({"texts": TEXTS | {"fi": " "}}, "at least a word"),
    ],
)
def test_an_unfit_version_is_refused_and_changes_nothing(
    cast: Cast, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(NoticeError, match=sentence):
        publish(**changes)
    assert NoticeVersion.objects.count() == 1
    assert not Leaf.objects.filter(kind="notice:version:published").exists()


def test_a_published_version_cannot_be_saved_again(cast: Cast) -> None:
    row = NoticeVersion.objects.get()
    row.retention_months = 60
    with pytest.raises(TypeError, match="never changed"):
        row.save()


def test_n03_texts_changed_behind_our_back_are_noticed(cast: Cast) -> None:
    NoticeVersion.objects.update(texts={"sv": "x", "fi": "x", "en": "x"})
    with pytest.raises(NoticeAltered):
        versions.in_force(NOW)
