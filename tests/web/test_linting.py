"""The page where a notice stands beside the law: the one in force, and one that is pasted."""

from cast import Cast
from vaiti.audit.models import Leaf
from vaiti.promises.checks.table import CHECKS
from vaiti.web.wording import check_words
from web.conftest import SignIn

PAGE = "/promises/lint/"
PASTED = """Inspelningen börjar med att man svarar. Därefter förstörs den automatiskt.

Man lyssnar på inspelningen på bolagets verksamhetsställe."""


def test_n35_the_notice_in_force_is_judged_and_each_article_answered_where_it_is(
    cast: Cast, sign_in: SignIn
) -> None:
    page = sign_in(cast.dpo, "en").get(PAGE).content.decode()
    assert page.count("<strong>D-") == 19
    assert "The notice offers listening on site only." in page
    assert '<a href="#said-N-43">At sentence N-43:</a>' in page
    assert '<a href="#said-N-48">N-48</a>' in page  # the right to complain
    assert page.count('<span class="tag warn">nowhere</span>') == 4  # D-03, and D-06 three times
    assert sign_in(cast.anna).get(PAGE).status_code == 404


def test_n35_a_pasted_notice_is_pointed_at_and_kept_nowhere(cast: Cast, sign_in: SignIn) -> None:
    officer = sign_in(cast.dpo, "en")
    before = Leaf.objects.count()
    page = officer.post(PAGE, {"text": PASTED}).content.decode()
    assert '<a href="#said-3">At sentence 3:</a> <q lang="sv">Man lyssnar på' in page
    assert "The notice offers listening on site only." in page
    assert "Du får en kopia av inspelningen" in page  # to say in the language of the text
    assert Leaf.objects.count() == before
    empty = officer.post(PAGE, {"text": " \n"})
    assert empty.status_code == 422
    assert "Paste the text" in empty.content.decode()


def test_each_live_check_has_words_for_what_it_sees_and_what_mends_it() -> None:
    assert set(check_words.CHECKS) == set(CHECKS)
    for check in CHECKS:
        assert check_words.looks_at(check).endswith(".")
        assert check_words.to_do(check).endswith(".")
    seen = check_words.found("retention.period", {"looked_at": 812, "wrong": 0})
    assert seen == "Calls looked at: 812. Nothing is wrong."
    assert "Wrong: 3." in check_words.found("masking.logs", {"looked_at": 9, "wrong": 3})
