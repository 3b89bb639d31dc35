"""Second factors and recovery codes: enrolled, used once, throttled, removed; nothing in clear."""

import base64
from datetime import timedelta

import pytest

from authenticator import WRONG, new_secret
from authenticator import code_of as code
from cast import NOW, Cast
from vaiti.audit.models import Leaf
from vaiti.people import factors, throttle, totp
from vaiti.people.factors import FactorError
from vaiti.people.models import Factor, Person, RecoveryCode
from vaiti.people.throttle import MAX_FAILURES, WINDOW

STEP = timedelta(seconds=totp.STEP_S)


@pytest.fixture
def anna(cast: Cast) -> Person:
    return cast.anna


def enrolled(person: Person) -> str:
    sealed = new_secret()
    factors.add_totp(person.id, sealed, code(sealed), "Telephone", NOW)
    return sealed


def test_an_app_is_enrolled_with_its_first_code_and_a_name(anna: Person) -> None:
    sealed = new_secret()
    with pytest.raises(FactorError, match="newest"):
        factors.add_totp(anna.id, sealed, WRONG[0], "Telephone", NOW)
    with pytest.raises(FactorError, match="name"):
        factors.add_totp(anna.id, sealed, code(sealed), " ", NOW)
    assert factors.kinds_of(anna.id) == frozenset()
    factors.add_totp(anna.id, sealed, code(sealed), "Telephone", NOW)
    (card,) = factors.factors_of(anna.id)
    assert (card.kind, card.name, card.used_at) == ("totp", "Telephone", None)
    assert Leaf.objects.get(kind="people:factor:added").actor == anna.id.hex


def test_the_secret_rests_encrypted_and_another_houses_is_refused(anna: Person) -> None:
    sealed = enrolled(anna)
    stored = Factor.objects.get().secret
    raw = base64.b32decode(factors.written(sealed))
    assert raw not in base64.b64decode(stored)
    with pytest.raises(FactorError, match="not made here"):
        factors.written(base64.b64encode(b"x" * 48).decode())


def test_a_code_opens_once(anna: Person) -> None:
    sealed = enrolled(anna)
    assert factors.use_code(anna.id, code(sealed), NOW) is None  # the one that enrolled it
    later = NOW + STEP
    assert (
        factors.use_code(anna.id, f"{code(sealed, 1)[:3]} {code(sealed, 1)[3:]}", later) == "totp"
    )
    assert factors.use_code(anna.id, code(sealed, 1), later) is None
    assert factors.use_code(anna.id, code(sealed, 2), later + STEP) == "totp"


def test_five_wrong_codes_close_the_second_step_until_they_age(anna: Person) -> None:
    sealed = enrolled(anna)
    for _ in range(MAX_FAILURES):
        assert factors.use_code(anna.id, WRONG[0], NOW) is None
    assert factors.seconds_to_wait(anna.id, NOW) == WINDOW.total_seconds()
    assert factors.use_code(anna.id, code(sealed, 1), NOW + STEP) is None
    after = NOW + WINDOW
    steps = totp.step_of(after) - totp.step_of(NOW)
    assert factors.use_code(anna.id, code(sealed, steps), after) == "totp"
    refused = Leaf.objects.filter(kind="people:session:refused", actor=anna.id.hex)
    assert sum('"step":"second"' in entry.body for entry in refused) == MAX_FAILURES


def test_recovery_codes_are_kept_as_digests_and_open_once_each(anna: Person, cast: Cast) -> None:
    enrolled(anna)
    made = factors.new_codes(anna.id, NOW)
    assert len(set(made)) == factors.CODES
    digests = set(RecoveryCode.objects.values_list("digest", flat=True))
    assert not digests & {one.replace("-", "") for one in made}
    assert factors.use_code(cast.leila.id, made[0], NOW) is None
    assert factors.use_code(anna.id, made[0].upper(), NOW) == "recovery"
    assert factors.use_code(anna.id, made[0], NOW) is None
    assert factors.codes_left(anna.id) == factors.CODES - 1
    factors.new_codes(anna.id, NOW)
    assert factors.use_code(anna.id, made[1], NOW) is None
    bodies = Leaf.objects.values_list("body", flat=True)
    assert not any(one in body for one in made for body in bodies)


def test_the_last_factor_of_a_bound_role_stays_and_the_last_of_others_takes_the_codes_along(
    anna: Person,
) -> None:
    enrolled(anna)
    factors.new_codes(anna.id, NOW)
    (card,) = factors.factors_of(anna.id)
    with pytest.raises(FactorError, match="Add another"):
        factors.remove(anna.id, card.id, bound=True, now=NOW)
    factors.remove(anna.id, card.id, bound=False, now=NOW)
    assert (factors.kinds_of(anna.id), factors.codes_left(anna.id)) == (frozenset(), 0)
    with pytest.raises(FactorError, match="already"):
        factors.remove(anna.id, card.id, bound=False, now=NOW)


def test_nobody_removes_anothers_factor(anna: Person, cast: Cast) -> None:
    enrolled(anna)
    (card,) = factors.factors_of(anna.id)
    with pytest.raises(FactorError):
        factors.remove(cast.leila.id, card.id, bound=False, now=NOW)
    assert factors.factors_of(anna.id) == [card]


def test_eleven_factors_are_too_many(anna: Person) -> None:
    for _ in range(factors.MOST):
        enrolled(anna)
    with pytest.raises(FactorError, match="ten"):
        enrolled(anna)


def test_known_browsers_and_addresses_have_counts_of_their_own(cast: Cast) -> None:
    own = throttle.Origin("192.0.2.1", throttle.device_token("anna.astrom"))
    assert throttle.counts_of("anna.astrom", own) != throttle.counts_of("anna.astrom", _at("::1"))
    assert len(throttle.counts_of("anna.astrom", own)) == 1
    assert len(throttle.counts_of("leila.virtanen", own)) == 2  # a browser is known for one login
    assert len(throttle.counts_of("anna.astrom", throttle.Origin("192.0.2.1", "forged"))) == 2
    same = [throttle.counts_of_address(one) for one in ("2001:db8::1", "2001:db8::ffff:2")]
    assert same[0] == same[1] != throttle.counts_of_address("2001:db8:0:1::1")


def _at(address: str) -> throttle.Origin:
    return throttle.Origin(address)
