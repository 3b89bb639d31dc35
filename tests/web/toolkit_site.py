"""What the real provider of `web.toolkit` says of people, and its addresses. Needs its settings."""

from typing import Any

from django.urls import include, path
from oauth2_provider.oauth2_validators import OAuth2Validator

from web.toolkit import LEVEL

urlpatterns = [path("o/", include("oauth2_provider.urls", namespace="oauth2_provider"))]


class Claims(OAuth2Validator):
    oidc_claim_scope = None

    def get_additional_claims(self, request: Any) -> dict[str, Any]:  # noqa: ANN401
        groups = request.user.groups.values_list("name", flat=True)
        return {
            "preferred_username": request.user.username,
            "name": request.user.first_name,
            "groups": list(groups),
            "acr": LEVEL,
        }
