"""A real OpenID Connect provider in a process of its own: Django OAuth Toolkit, over a real socket.

Run as a program it makes its database in a folder, prints its address, and serves until it is
ended. Whoever comes is Anna, who is signed in there already.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import django
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

CLIENT, SECRET, GROUP = "vaiti", "a secret of the toolkit", "6f1c0000-agents"
BACKS = ("sign-in/sso/firm", "rights/identity")
LEVEL = "http://ftn.ficora.fi/2017/loa2"
LOGIN, NAME = "anna.astrom", "Anna Åström"


def signed_in(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Any:  # noqa: ANN401
    def answer(request: HttpRequest) -> HttpResponseBase:
        from django.contrib.auth.models import User

        request.user = User.objects.get()
        return get_response(request)

    return answer


def configure(folder: Path, issuer: str) -> None:
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    settings.configure(
        SECRET_KEY=os.urandom(32).hex(),
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="web.toolkit_site",
        USE_TZ=True,
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "toolkit.sqlite3"}
        },
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"],
        MIDDLEWARE=["web.toolkit.signed_in"],
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_RSA_PRIVATE_KEY": pem,
            "OIDC_ISS_ENDPOINT": issuer,
            "SCOPES": {"openid": "who it is", "profile": "their name"},
            "OAUTH2_VALIDATOR_CLASS": "web.toolkit_site.Claims",
        },
    )
    django.setup()


def populate() -> None:
    from django.contrib.auth.models import Group, User
    from django.core.management import call_command
    from oauth2_provider.models import Application

    call_command("migrate", verbosity=0)
    user = User.objects.create(username=LOGIN, first_name=NAME)
    user.groups.add(Group.objects.create(name=GROUP))
    Application.objects.create(
        client_id=CLIENT,
        client_secret=SECRET,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris=" ".join(f"http://testserver/{one}/back" for one in BACKS),
        algorithm=Application.RS256_ALGORITHM,
        skip_authorization=True,
    )


class Quiet(WSGIRequestHandler):
    def log_message(self, *_said: object) -> None:
        pass


def main(folder: Path) -> None:
    with WSGIServer(("127.0.0.1", 0), Quiet) as server:
        issuer = f"http://127.0.0.1:{server.server_port}/o"
        configure(folder, issuer)
        populate()
        from django.core.wsgi import get_wsgi_application

        server.set_app(get_wsgi_application())
        sys.stdout.write(f"{issuer}\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
