"""Dovecot as a process of its own on this machine (Debian package dovecot-imapd), over TLS."""

import imaplib
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.postbox import make_certificate
from vaiti.ops.quiet_ports import free_port

PROGRAM = shutil.which("dovecot") or "/usr/sbin/dovecot"
PASSWORD = "brevduva"
NOBODY = 65534
CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{folder}/mail.pem
ssl_key = <{folder}/mail.pem
mail_location = maildir:{folder}/box
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={nobody} gid={nobody} home={folder}/box
}}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
"""


def absent() -> bool:
    """It drops its rights to those of nobody, so it is started by root."""
    return os.geteuid() != 0 or not Path(PROGRAM).exists()


class Server:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port(0, (socket.SOCK_STREAM,))
        self.certificate = make_certificate(folder)

    def client(self) -> imaplib.IMAP4_SSL:
        """As the mail server's own program, which delivers and looks."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        made = imaplib.IMAP4_SSL("127.0.0.1", self.port, ssl_context=context, timeout=60)
        made.login("vaiti", PASSWORD)
        return made

    def deliver(self, raw: bytes, at: str) -> None:
        """`at` as IMAP writes a time."""
        client = self.client()
        assert client.append("INBOX", "", f'"{at}"', raw)[0] == "OK"
        client.logout()

    def flags(self) -> list[bytes]:
        """Of every mail that lies there: what was marked."""
        client = self.client()
        client.select("INBOX", readonly=True)
        told = client.uid("FETCH", "1:*", "(FLAGS)")[1]
        client.logout()
        return [one for one in told if isinstance(one, bytes)]


@contextmanager
def running() -> Iterator[Server]:
    """Its folder is one that nobody's rights reach; a path of the test's own is root's alone."""
    folder = Path(tempfile.mkdtemp(prefix="vaiti-imap-"))
    folder.chmod(0o755)
    for name in ("box", "run"):
        (folder / name).mkdir()
    os.chown(folder / "box", NOBODY, NOBODY)
    server = Server(folder)
    told = {"folder": folder, "password": PASSWORD, "nobody": NOBODY, "port": server.port}
    (folder / "dovecot.conf").write_text(CONFIGURATION.format(**told))
    process = subprocess.Popen([PROGRAM, "-F", "-c", str(folder / "dovecot.conf")])
    try:
        _wait(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(folder)


def _wait(server: Server, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", server.port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError((server.folder / "log").read_text())
