"""What the web server loads: Django, with the room web wired to clock, keys and store."""

import os
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.handlers.wsgi import WSGIHandler

from vaiti.ops.clocks import clock_of
from vaiti.ops.code_gateway import code_rules_of
from vaiti.ops.django_start import start_django
from vaiti.ops.eea import EEA
from vaiti.ops.logs import write_logs
from vaiti.ops.networks import Reread
from vaiti.ops.notice_agreement import countries
from vaiti.ops.parentage import die_with_parent
from vaiti.ops.recorders import group_of
from vaiti.ops.sections.feeds import DO_NOT_CALL
from vaiti.ops.sections.identity import levels_of
from vaiti.ops.sections.incidents import breach_rules
from vaiti.ops.settings import Settings, load_settings
from vaiti.ops.stores import open_store
from vaiti.ops.wsgi_places import data_places
from vaiti.ops.wsgi_timing import TIMING_VARIABLE, Application, timed
from vaiti.vault.hardening import keep_out_of_dumps

if TYPE_CHECKING:
    from vaiti.web.http.wiring import Wiring


def make_application() -> Application:
    settings = begin()
    write_logs("web", settings.logs)
    start_django(settings.folder)
    from django.conf import settings as django_settings

    from vaiti.playback import egress
    from vaiti.web.http.wiring import install
    from vaiti.web.preloading import preload

    egress.count_into(settings.folder / egress.FOLDER)
    install(with_calls(wiring_of(settings), settings))
    application: Application = WSGIHandler()
    preload(dict(django_settings.LANGUAGES))
    return timed(application) if os.environ.get(TIMING_VARIABLE) else application


def wiring_of(settings: Settings) -> "Wiring":
    """Clock, keys and store; who comes in, and what people ask for."""
    from vaiti.ops.cases import rules_of
    from vaiti.ops.issuing import issuer_of
    from vaiti.ops.key_client import working_client
    from vaiti.ops.mailbox.scanner import paper_rules
    from vaiti.ops.sign_in import houses, scim_rules, sign_in_rules, strong_house
    from vaiti.vault.keyfiles import read_seed
    from vaiti.web.http.wiring import Wiring, let_in, somewhere

    networks = table_of(settings)
    return Wiring(
        clock=clock_of(settings),
        keys=working_client(settings),
        store=open_store(settings),
        grant_seed=read_seed(settings.secrets / "grant.key"),
        region=settings.register.country,
        sign_in=sign_in_rules(settings),
        behind_proxy=settings.web.https,
        houses=houses(settings),
        training_months=settings.training.months,
        scim=scim_rules(settings),
        issuer=issuer_of(settings),
        log_public=(settings.secrets / "checkpoint.pub").read_bytes(),
        recertify=timedelta(days=settings.access.confirm_days),
        country_refused=networks.refused if networks else let_in,
        country_of=networks.country if networks else somewhere,
        papers=paper_rules(settings),
        codes=code_rules_of(settings),
        rights=rules_of(settings),
        breaches=breach_rules(settings.incidents),
        strong=strong_house(settings),
        levels=levels_of(settings.identity),
    )


def with_calls(wiring: "Wiring", settings: Settings) -> "Wiring":
    """And where calls come from, who is told of them, and where they lie."""
    from vaiti.ops.peer_facts import peers_of
    from vaiti.web.http.recorder import RecorderClient

    group = group_of(settings)
    return replace(
        wiring,
        recorder=RecorderClient(group.controls()),
        worker=settings.run / "worker.json",
        recorders=group.shared_places(),
        journal=settings.journal,
        dialler_told=any(DO_NOT_CALL in one.events for one in settings.webhooks),
        agent_feed=settings.agent_feed,
        agent_hooks=settings.agent_hooks,
        matching=settings.completeness.rules,
        settle=timedelta(minutes=settings.completeness.settle_minutes),
        silences=settings.completeness.silences,
        peers=peers_of(settings.folder),
        places=partial(data_places, settings),
    )


def begin() -> Settings:
    """A process with a parent, whose memory stays its own. Raises WeakSettings."""
    die_with_parent()
    keep_out_of_dumps()  # clear sound and the key to it pass through this memory
    os.umask(0o077)
    return load_settings(Path(os.environ["VAITI_DATA"]))


def table_of(settings: Settings) -> Reread | None:
    """The operator's table of networks, if there is one, with the places that the notice in force
    names. Raises WeakSettings."""
    told = settings.networks
    if not told.table:
        return None
    from vaiti.notice.promised import wording_at

    now = clock_of(settings)

    def allowed() -> frozenset[str]:
        wording = wording_at(now())
        return countries(wording) if wording else EEA

    return Reread(settings.folder / told.table, told.unknown, allowed)


application = make_application()
