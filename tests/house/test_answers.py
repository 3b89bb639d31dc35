"""No address without a line in the table of what it answers to whom."""

import pytest
from django.urls import URLPattern

from vaiti.access.table import BESIDES
from vaiti.people.models import RoleKind
from vaiti.web.answers import ANSWERS, METHODS, NOBODY, ROLES
from vaiti.web.urls import urlpatterns


def addresses(patterns: list[URLPattern]) -> set[str]:
    return {str(one.pattern) for one in patterns}


def test_n27_every_address_says_what_it_answers_to_whom() -> None:
    """Write what your new address answers each role in vaiti/web/answers.py."""
    assert set(ANSWERS) == addresses(urlpatterns)


def test_every_line_names_known_roles_and_methods() -> None:
    for address, methods in ANSWERS.items():
        assert set(methods) <= set(METHODS), address
        for answers in methods.values():
            assert set(answers.roles) <= set(ROLES), address
            assert answers.to(NOBODY) == answers.nobody


def test_the_tables_of_roles_are_of_the_roles_that_there_are() -> None:
    assert set(ROLES) == set(RoleKind.values) == set(BESIDES)


def test_an_address_without_a_line_fails_the_build() -> None:
    with pytest.raises(AssertionError):
        assert set(ANSWERS) == addresses(urlpatterns) | {"backdoor"}
