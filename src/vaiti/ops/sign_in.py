"""The settings of signing in, as the rooms take them. Needs Django to be ready."""

from datetime import timedelta

from vaiti.ops.settings import Settings
from vaiti.people.sessions import SignInRules


def sign_in_rules(settings: Settings) -> SignInRules:
    given = settings.sign_in
    return SignInRules(
        idle=timedelta(minutes=given.idle_minutes),
        longest=timedelta(hours=given.longest_hours),
        second_factor=given.second_factor,
    )
