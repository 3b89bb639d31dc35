"""What orders of destruction are called, in the reader's language."""

from django.utils.translation import gettext_noop

ACTS = {
    "retention:order:approved": gettext_noop("Early destruction approved"),
    "retention:order:done": gettext_noop("Early destruction proven done"),
    "retention:order:executing": gettext_noop("Early destruction begun"),
    "retention:order:planned": gettext_noop("Early destruction planned"),
    "retention:order:refused": gettext_noop("Early destruction refused"),
}
ALARMS = {
    "retention:order_remains": gettext_noop("An early destruction is not proven done"),
}
