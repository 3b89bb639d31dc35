"""What acts about promises and the papers that follow from them are called."""

from django.utils.translation import gettext_noop

ACTS = {
    "promises:announcement:filed": gettext_noop("Sound of an announcement filed"),
    "promises:attestation:given": gettext_noop("Vouched for a sentence of the notice"),
    "promises:dialogue:recorded": gettext_noop("Dialogue with the staff put on record"),
    "promises:exit:drilled": gettext_noop("A processor’s copy read from outside, as a drill"),
    "promises:page:published": gettext_noop("Page of promises published"),
    "promises:page:withdrawn": gettext_noop("Page of promises withdrawn"),
    "promises:paper:approved": gettext_noop("Document approved"),
    "promises:paper:made": gettext_noop("Document made"),
    "promises:processor:ended": gettext_noop("Processor ended"),
    "promises:processor:filed": gettext_noop("Processor filed"),
    "promises:processor:instructed": gettext_noop("Processor told what to do"),
    "promises:sentence:changed": gettext_noop("A sentence of the notice stands otherwise"),
    "promises:staff_notice:read": gettext_noop("Staff notice read"),
}
