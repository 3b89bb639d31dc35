"""What the version in force promises is what the system does; nothing else is wired in."""

from datetime import timedelta

import pytest

from cast import NOW, Cast
from vaiti.notice import lines, versions
from vaiti.notice.models import NoticeVersion
from vaiti.notice.promised import promised_at, promised_to
from vaiti.notice.wording import change
from vaiti.notice.wordings import text_of

pytestmark = pytest.mark.django_db
HELPDESK = text_of("helpdesk")


def publish(text: str = HELPDESK, *, days: int = 1) -> versions.Notice:
    since = NOW + timedelta(days=days)
    return versions.publish_file(text, valid_from=since, by="system:test", now=NOW)


def test_n03_the_file_and_its_hash_are_stored_with_the_version(cast: Cast) -> None:
    made = publish()
    row = NoticeVersion.objects.get(version=made.version)
    assert row.wording == HELPDESK
    assert (row.retention_months, row.zone) == (1, "Europe/Mariehamn")
    assert "one month" in row.texts["en"]
    NoticeVersion.objects.filter(version=made.version).update(wording=HELPDESK + "#")
    with pytest.raises(versions.NoticeAltered):
        versions.archive()


def test_n03_a_version_promises_from_its_day_on_and_to_its_own_callers(cast: Cast) -> None:
    publish()
    assert promised_at(NOW) is None
    told = promised_at(NOW + timedelta(days=2))
    assert told == promised_to("1")
    assert told is not None
    assert told.purposes == ("verify", "training")
    assert promised_to(cast.notice.version) is None


def test_n11_a_line_that_the_notice_does_not_name_is_recorded_no_longer(cast: Cast) -> None:
    publish()
    later = NOW + timedelta(days=2)
    told = {one["number"]: one["recorded"] for one in lines.as_orders(later)}
    assert told[cast.service_line.number]
    assert told[cast.test_line.number]
    assert not told[cast.telesales_line.number]
    assert {one["number"]: one["recorded"] for one in lines.as_orders(NOW)}[
        cast.telesales_line.number
    ]
    with pytest.raises(lines.LineError, match="H-03"):
        lines.register_line(
            "+35818555010", label="Sales", function="telesales", recorded=True, by="x", now=later
        )


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [("mask", "2", "the last 3 digits"), ("period_months", "none", "line ")],
    ids=["mask", "period"],
)
def test_n15_a_notice_that_this_software_cannot_keep_is_refused_with_its_words(
    key: str, value: str, says: str
) -> None:
    with pytest.raises(versions.NoticeError, match=says):
        publish(change(HELPDESK, {f"states.{key}": value}))


def test_n11_a_notice_that_leaves_out_what_is_kept_is_refused() -> None:
    with pytest.raises(versions.NoticeError, match="keeps agent too"):
        publish(HELPDESK.replace("customer_number, agent, sound", "customer_number, sound"))
