"""This room's tables, for Django to find."""

from vaiti.rights.breaches.models import Breach, BreachCall
from vaiti.rights.case_models import Case, CaseCall, Decision, Given, KeptCall, Recipient
from vaiti.rights.copy_models import Package, PackageCall
from vaiti.rights.law.models import Complaint, ComplaintCall, Disclosure, DisclosureCall
from vaiti.rights.letter_models import LetterRow
from vaiti.rights.mail_models import MailCanary, MailRow, MailSeen, Paper
from vaiti.rights.person_models import Message, NumberCode, Sitting, Slot

__all__ = [
    "Breach",
    "BreachCall",
    "Case",
    "CaseCall",
    "Complaint",
    "ComplaintCall",
    "Decision",
    "Disclosure",
    "DisclosureCall",
    "Given",
    "KeptCall",
    "LetterRow",
    "MailCanary",
    "MailRow",
    "MailSeen",
    "Message",
    "NumberCode",
    "Package",
    "PackageCall",
    "Paper",
    "Recipient",
    "Sitting",
    "Slot",
]
