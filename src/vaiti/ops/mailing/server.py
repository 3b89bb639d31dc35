"""Hands one message to the SMTP server of the settings."""

import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path
from types import MappingProxyType

from vaiti.ops.sections.general import Mail

PATIENCE_S = 20


def post(
    mail: Mail,
    secrets: Path,
    to: str,
    subject: str,
    text: str,
    *,
    more: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """`more` are fields of its head. Raises SMTPException, OSError, and ValueError for an address
    that is none."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = mail.sender, to, subject
    message["Auto-Submitted"] = "auto-generated"
    for name, value in more.items():
        message[name] = value
    message.set_content(text)
    with smtplib.SMTP(mail.host, mail.port, timeout=PATIENCE_S) as server:
        if mail.starttls:
            authority = mail.authority or None
            server.starttls(context=ssl.create_default_context(cafile=authority))
        if mail.user:
            server.login(mail.user, (secrets / mail.password_file).read_text().strip())
        server.send_message(message)
