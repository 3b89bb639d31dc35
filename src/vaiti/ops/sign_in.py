"""The settings of signing in, as the rooms take them. Needs Django to be ready."""

from datetime import timedelta

from vaiti.ops.network_keys import network_of
from vaiti.ops.sections.identity import provider_of
from vaiti.ops.settings import Settings, WeakSettings
from vaiti.people.providers import Provider
from vaiti.people.scim_document import ScimRules
from vaiti.people.sessions import SignInRules
from vaiti.web.http.sso_client import House


def sign_in_rules(settings: Settings) -> SignInRules:
    given = settings.sign_in
    return SignInRules(
        idle=timedelta(minutes=given.idle_minutes),
        longest=timedelta(hours=given.longest_hours),
        second_factor=given.second_factor,
        for_all=given.second_factor_for_all,
    )


def scim_rules(settings: Settings) -> ScimRules:
    """New people work for the controller unless the settings say for whom."""
    given = settings.scim
    return ScimRules(given.employer or settings.controller.name, given.role, given.roles)


def houses(settings: Settings) -> tuple[House, ...]:
    return tuple(House(one, secret_of(settings, one)) for one in settings.providers)


def strong_house(settings: Settings) -> House | None:
    """Where people who ask for their rights may show who they are."""
    if not settings.identity.issuer:
        return None
    provider = provider_of(settings.identity)
    if settings.identity.network:
        return House(provider, "", network_of(settings))
    return House(provider, secret_of(settings, provider))


def secret_of(settings: Settings, provider: Provider) -> str:
    """The client's secret at this provider. Raises WeakSettings."""
    path = settings.secrets / provider.secret_file
    try:
        if path.stat().st_mode & 0o077:
            raise WeakSettings(f"{path} can be read by others; run: chmod 600 {path}")
        return path.read_text().strip()
    except OSError as error:
        raise WeakSettings(
            f"{path} cannot be read: {error.strerror}. Write the client's secret of "
            f"[[provider]] {provider.name} into it"
        ) from error
