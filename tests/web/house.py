"""Another house that signs people in: OpenID Connect over a real socket, with real signatures.

It shares no code with what it tests: tokens are written and signed here by hand. It holds to the
rules that a client might forget: the exact address to come back to, the code used once, the
verifier of PKCE, the client's secret.
"""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

CLIENT, SECRET = "vaiti", "a secret: with/odd+letters"
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def number(value: int, length: int | None = None) -> str:
    return b64(value.to_bytes(length or (value.bit_length() + 7) // 8, "big"))


def jwk(key: Key, kid: str) -> dict[str, str]:
    if isinstance(key, rsa.RSAPrivateKey):
        public = key.public_key().public_numbers()
        parts = {"kty": "RSA", "alg": "RS256", "n": number(public.n), "e": number(public.e)}
    else:
        point = key.public_key().public_numbers()
        parts = {"kty": "EC", "alg": "ES256", "crv": "P-256"}
        parts |= {"x": number(point.x, 32), "y": number(point.y, 32)}
    return parts | {"kid": kid, "use": "sig"}


def signed(key: Key, kid: str, claims: dict[str, Any]) -> str:
    alg = "RS256" if isinstance(key, rsa.RSAPrivateKey) else "ES256"
    head = b64(json.dumps({"alg": alg, "kid": kid, "typ": "JWT"}).encode())
    text = f"{head}.{b64(json.dumps(claims).encode())}".encode()
    if isinstance(key, rsa.RSAPrivateKey):
        mark = key.sign(text, padding.PKCS1v15(), hashes.SHA256())
    else:
        r, s = decode_dss_signature(key.sign(text, ec.ECDSA(hashes.SHA256())))
        mark = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return f"{text.decode()}.{b64(mark)}"


@dataclass
class House:
    """`claims` are what the next token says besides the usual; `broken` is what it does wrong."""

    now: float
    claims: dict[str, Any] = field(default_factory=dict)
    broken: str = ""
    kid: str = "1"
    key: Key = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    asked: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    key_fetches: int = 0
    server: ThreadingHTTPServer | None = None

    @property
    def issuer(self) -> str:
        assert self.server
        return f"http://127.0.0.1:{self.server.server_port}"

    def start(self) -> None:
        house = self

        class Door(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                house.get(self)

            def do_POST(self) -> None:
                house.post(self)

            def log_message(self, *_said: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}).start()

    def stop(self) -> None:
        if self.server:
            self.server.shutdown()
            self.server.server_close()

    def get(self, door: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(door.path)
        if parts.path == "/.well-known/openid-configuration":
            named = {"authorization_endpoint": "/authorize", "token_endpoint": "/token"}
            said = {name: self.issuer + path for name, path in named.items()}
            said |= {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"}
            answer(door, 200, said)
        elif parts.path == "/keys":
            self.key_fetches += 1
            encrypting = {**jwk(self.key, "enc"), "use": "enc"}
            answer(door, 200, {"keys": [encrypting, jwk(self.key, self.kid)]})
        elif parts.path == "/authorize":
            self.authorize(door, {name: one[0] for name, one in parse_qs(parts.query).items()})

    def authorize(self, door: BaseHTTPRequestHandler, asked: dict[str, str]) -> None:
        """Somebody is signed in here already, and goes back at once."""
        self.asked.append(asked)
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        given = {"code": code, "state": asked["state"], "iss": self.issuer}
        door.send_response(302)
        door.send_header("Location", f"{asked['redirect_uri']}?{urlencode(given)}")
        door.end_headers()

    def post(self, door: BaseHTTPRequestHandler) -> None:
        text = door.rfile.read(int(door.headers["Content-Length"])).decode()
        form = {name: one[0] for name, one in parse_qs(text).items()}
        asked = self.codes.pop(form.get("code", ""), None)
        secret = base64.b64decode(door.headers["Authorization"].removeprefix("Basic ")).decode()
        digest = b64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        right = (
            asked is not None
            and secret == "vaiti:a%20secret%3A%20with%2Fodd%2Bletters"
            and form["redirect_uri"] == asked["redirect_uri"]
            and digest == asked["code_challenge"]
        )
        if not right or asked is None:
            return answer(door, 400, {"error": "invalid_grant"})
        return answer(door, 200, {"token_type": "Bearer", "id_token": self.token(asked["nonce"])})

    def token(self, nonce: str) -> str:
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "s-1",
            "nonce": nonce,
            "iat": int(self.now),
            "exp": int(self.now) + 300,
            **self.claims,
        }
        if self.broken == "none":
            head = b64(json.dumps({"alg": "none"}).encode())
            return f"{head}.{b64(json.dumps(claims).encode())}."
        if self.broken == "stranger":
            return signed(rsa.generate_private_key(65537, 2048), self.kid, claims)
        return signed(self.key, self.kid, claims)


def answer(door: BaseHTTPRequestHandler, status: int, body: dict[str, Any]) -> None:
    text = json.dumps(body).encode()
    door.send_response(status)
    door.send_header("Content-Type", "application/json")
    door.send_header("Content-Length", str(len(text)))
    door.end_headers()
    door.wfile.write(text)
