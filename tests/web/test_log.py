"""The log's page says what an entry holds in the reader's language, its codes too."""

import re

import pytest
from django.db import transaction

from cast import NOW, Cast
from vaiti.audit import log
from vaiti.audit.kinds import Kind
from web.conftest import SignIn
from web.world import World


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("Listening at night", "the list of calls", "now", "still 2")),
        ("fi", ("Kuuntelua yöllä", "puheluluettelo", "nyt", "still 2")),
        ("sv", ("Lyssning om natten", "samtalslistan", "nu", "still 2")),
    ],
)
def test_the_log_tells_codes_in_words_and_counts_as_counts(
    world: World, cast: Cast, sign_in: SignIn, language: str, said: tuple[str, ...]
) -> None:
    with transaction.atomic():
        log.append(
            Kind.ACCESS_ALERT_RAISED,
            actor="system:access",
            subject=cast.mikko.id.hex,
            facts={"alert": "a" * 32, "rule": "at_night", "entries": 1},
            now=NOW,
        )
        refused = {"door": "list", "exists": False, "needs": ""}
        log.append(Kind.ACCESS_CALL_REFUSED, actor=cast.mikko.id.hex, facts=refused, now=NOW)
        changed = {"what": "peers", "before": 1, "now": 2, "names": "still 2"}
        log.append(Kind.OPS_SETTINGS_CHANGED, actor="system:worker", facts=changed, now=NOW)
    officer = sign_in(cast.auditor)
    officer.post("/language", {"language": language})
    shown = officer.get("/log/").content.decode()
    assert [one for one in said if one not in shown] == []
    assert not re.search(r"\b1970\b", shown), "and no count as a day"
