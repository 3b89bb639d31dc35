"""A small SMTP server over TLS on this machine, for whatever sends mail."""

import socketserver
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

DAY = timedelta(days=1)


def make_certificate(folder: Path) -> Path:
    """Key and certificate of 127.0.0.1 in one file, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail")])
    today = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(today - DAY)
        .not_valid_after(today + DAY)
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    text = key.private_bytes(pem, form, serialization.NoEncryption()) + made.public_bytes(pem)
    path = folder / "mail.pem"
    path.write_bytes(text)
    return path


@dataclass
class Postbox:
    """A small SMTP server: what it was given, and whether it was over TLS; `closed` refuses all."""

    certificate: Path
    mails: list[tuple[str, bytes, bool]] = field(default_factory=list)
    closed: bool = False
    port: int = 0

    def start(self) -> socketserver.ThreadingTCPServer:
        box = self

        class Talk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                box.talk(self)

        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
        server.daemon_threads = True
        self.port = server.server_address[1]
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return server

    def talk(self, wire: socketserver.StreamRequestHandler) -> None:
        secure, to, sock = False, "", wire.request
        lines, say = wire.rfile, wire.wfile.write
        say(b"554 closed\r\n" if self.closed else b"220 box\r\n")
        while line := lines.readline():
            verb = line.split()[0].upper()
            if verb == b"EHLO":
                say(b"250 box\r\n" if secure else b"250-box\r\n250 STARTTLS\r\n")
            elif verb == b"STARTTLS":
                say(b"220 go\r\n")
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(self.certificate)
                sock = context.wrap_socket(sock, server_side=True)
                lines, say, secure = sock.makefile("rb"), sock.sendall, True
            elif verb == b"DATA":
                say(b"354 go\r\n")
                body = b"".join(iter(lines.readline, b".\r\n"))
                self.mails.append((to, body, secure))
                say(b"250 taken\r\n")
            elif verb == b"QUIT":
                say(b"221 bye\r\n")
                break
            else:
                to = line.decode().partition("<")[2].partition(">")[0] if verb == b"RCPT" else to
                say(b"250 ok\r\n")
        sock.close()
