"""Fixtures of the SIP tests."""

import pytest

from sip.peer import Wire


@pytest.fixture
def wire() -> Wire:
    return Wire()
