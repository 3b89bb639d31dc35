"""A real provider that others wrote, as a broker of the Finnish Trust Network: `idpyoidc`, with its
own library for signatures and encryption (`cryptojwt`), over a real socket.

It takes signed requests and `private_key_jwt` alone, each once, with PKCE, and encrypts its tokens
for the client. Whoever comes is Väinö, who is signed in there already.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from idpyoidc.message import Message
from idpyoidc.server import Server
from idpyoidc.server.endpoint import Endpoint
from idpyoidc.server.exception import OidcEndpointError
from idpyoidc.server.oidc.authorization import Authorization
from idpyoidc.server.oidc.provider_config import ProviderConfiguration
from idpyoidc.server.oidc.token import Token
from idpyoidc.server.token.id_token import IDToken
from idpyoidc.server.user_authn.user import NoAuthn
from idpyoidc.server.user_info import UserInfo

CLIENT = "vaiti"
HETU, WHOLE = "urn:oid:1.2.246.21", "urn:oid:2.16.840.1.113730.3.1.241"
NAME, CODE = "Väinö Tunnistus", "070770-905D"
RSA = [{"type": "RSA", "use": ["sig"]}]
MINTED = {"supports_minting": ["access_token", "id_token"], "max_usage": 1, "expires_in": 300}


class Sealed(IDToken):
    """As the client is registered: signed, and then encrypted for it."""

    def __call__(self, *given: Any, **told: Any) -> str:  # noqa: ANN401 - as the base has it
        return str(super().__call__(*given, **{**told, "encrypt": True}))


class Bank:
    """`level` is what it says of the sign-in; `asked` what came to it, as it understood it."""

    def __init__(self, level: str) -> None:
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), type("Door", (Door,), {"bank": self}))
        self.issuer = f"http://127.0.0.1:{self.http.server_port}"
        self.op = Server(configured(self.issuer, level), cwd=".")
        self.asked: list[dict[str, Any]] = []

    def register(self, client: dict[str, Any]) -> None:
        """What `vaiti identity show` prints, entered by hand as brokers do."""
        keys = {name: one for name, one in client.items() if name != "jwks"}
        backs = [(one, {}) for one in client["redirect_uris"]]
        known = {**keys, "redirect_uris": backs, "response_types_supported": ["code"]}
        known |= {"client_id": CLIENT, "allowed_scopes": ["openid", "profile"]}
        self.op.context.cdb[CLIENT] = known
        self.op.keyjar.import_jwks(client["jwks"], CLIENT)

    def authorize(self, door: BaseHTTPRequestHandler, query: str) -> None:
        endpoint = self.op.get_endpoint("authorization")
        asked = endpoint.parse_request(query)
        if "error" in asked:
            return answer(door, 400, asked.to_json())
        self.asked.append(asked.to_dict())
        done = endpoint.process_request(asked)
        return self.respond(door, endpoint, done, asked)

    def token(self, door: BaseHTTPRequestHandler, form: str) -> None:
        endpoint = self.op.get_endpoint("token")
        asked = endpoint.parse_request(form)
        done = asked if "error" in asked else endpoint.process_request(asked)
        if "error" in done:
            return answer(door, 400, json.dumps(dict(done)))
        return self.respond(door, endpoint, done, asked)

    def respond(
        self,
        door: BaseHTTPRequestHandler,
        endpoint: Endpoint,
        done: dict[str, Any],
        asked: Message | dict[str, Any],
    ) -> None:
        made = endpoint.do_response(request=asked, **done)
        if made.get("response_placement", endpoint.response_placement) == "body":
            return answer(door, 200, made["response"])
        door.send_response(302)
        door.send_header("Location", made["response"])
        door.send_header("Content-Length", "0")
        return door.end_headers()


class Door(BaseHTTPRequestHandler):
    bank: Bank

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/authorization":
            return self.refusing(lambda: self.bank.authorize(self, parts.query))
        if parts.path == "/jwks":
            return answer(self, 200, self.bank.op.keyjar.export_jwks_as_json())
        endpoint = self.bank.op.get_endpoint("provider_config")
        done = endpoint.process_request(endpoint.parse_request(""))
        return self.bank.respond(self, endpoint, done, {})

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.refusing(lambda: self.bank.token(self, form))

    def refusing(self, act: Callable[[], None]) -> None:
        try:
            act()
        except OidcEndpointError as error:
            answer(self, 400, json.dumps({"error": "invalid_client", "why": str(error)}))

    def log_message(self, *_said: object) -> None:
        pass


def answer(door: BaseHTTPRequestHandler, status: int, text: str) -> None:
    door.send_response(status)
    door.send_header("Content-Type", "application/json")
    door.send_header("Content-Length", str(len(text.encode())))
    door.end_headers()
    door.wfile.write(text.encode())


def configured(issuer: str, level: str) -> dict[str, Any]:
    ways = {"client_authn_method": ["private_key_jwt"]}
    codes = {"class": "web.bank.Sealed", "kwargs": {"base_claims": {HETU: None, WHOLE: None}}}
    person = {WHOLE: NAME, HETU: CODE, "name": NAME}
    return {
        "issuer": issuer,
        "httpc_params": {"verify": False},
        "key_conf": {"key_defs": RSA, "uri_path": "jwks"},
        "endpoint": {
            "provider_config": {
                "path": ".well-known/openid-configuration",
                "class": ProviderConfiguration,
                "kwargs": {},
            },
            "authorization": {
                "path": "authorization",
                "class": Authorization,
                "kwargs": {"client_authn_method": ["request_param"]},
            },
            "token": {"path": "token", "class": Token, "kwargs": ways},
        },
        "authentication": {"known": {"acr": level, "class": NoAuthn, "kwargs": {"user": "v"}}},
        "userinfo": {"class": UserInfo, "kwargs": {"db": {"v": person}}},
        "token_handler_args": {
            "code": {"lifetime": 300, "kwargs": {"password": "of codes, long enough"}},
            "token": {"lifetime": 300, "kwargs": {"password": "of tokens, long enough"}},
            "id_token": codes,
        },
        "authz": {
            "class": "idpyoidc.server.authz.AuthzHandling",
            "kwargs": {
                "grant_config": {
                    "usage_rules": {"authorization_code": MINTED, "access_token": {}},
                    "expires_in": 600,
                }
            },
        },
        "add_ons": {
            "pkce": {
                "function": "idpyoidc.server.oauth2.add_on.pkce.add_support",
                "kwargs": {"essential": True, "code_challenge_methods": {"S256": None}},
            }
        },
        "session_params": {
            "encrypter": {
                "kwargs": {
                    "keys": {
                        "key_defs": [
                            {"type": "OCT", "use": ["enc"], "kid": "password"},
                            {"type": "OCT", "use": ["enc"], "kid": "salt"},
                        ]
                    },
                    "iterations": 1,
                }
            }
        },
    }


@contextmanager
def bank_at(level: str) -> Iterator[Bank]:
    made = Bank(level)
    Thread(target=made.http.serve_forever, kwargs={"poll_interval": 0.02}).start()
    try:
        yield made
    finally:
        made.http.shutdown()
        made.http.server_close()
