"""Words for copies of calls that are made for the people recorded."""

from django.utils.translation import gettext_noop

ACTS = {
    "access:copy:opened": gettext_noop("Recording opened to be copied for a person’s request"),
    "rights:copy:delivered": gettext_noop("Copy delivered"),
    "rights:copy:destroyed": gettext_noop("Package of copies destroyed"),
    "rights:copy:fetched": gettext_noop("Encrypted copy fetched by its handler"),
    "rights:copy:made": gettext_noop("Copy made"),
    "rights:copy:refused": gettext_noop("Copy refused: wrong password"),
}
