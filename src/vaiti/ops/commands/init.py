"""`vaiti init --data DIR`: a new data folder; asks for what the options do not say."""

import sys
from collections.abc import Sequence
from pathlib import Path

from vaiti.ops.arguments import data_parser
from vaiti.ops.clocks import machine_clock
from vaiti.ops.first.answers import ask
from vaiti.ops.first.deployment import make
from vaiti.ops.first.notice import as_in_notice
from vaiti.ops.settings import WeakSettings

OPTIONS = {
    "controller": "name of who answers for the register",
    "business_id": "its business id",
    "privacy_contact": "address of the data protection officer",
    "postal_address": "its postal address",
    "visiting_address": "where people may come",
    "telephone": "its telephone number",
    "web": "its address on the web",
    "email": "its address for e-mail",
    "zone": "time zone in which months are counted",
    "retention_months": "months that a recording is kept",
    "admin_name": "name of the first administrator",
    "admin_login": "login of the first administrator",
    "country": "where numbers without a country code are read as of, such as FI",
    "web_port": "port of the pages",
    "sip_port": "port of the recorder",
    "database_url": "postgresql://user@host/name; without it SQLite in the folder",
}


def main(arguments: Sequence[str]) -> int:
    parser = data_parser("init", "Makes a data folder: settings, keys, database, first notice.")
    for name, meaning in OPTIONS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", help=meaning)
    parser.add_argument(
        "--admin-password-file", type=Path, metavar="FILE", help="its first line; else it is asked"
    )
    parser.add_argument(
        "--notice", type=Path, metavar="FILE", help="a notice of your own: docs/promises.md"
    )
    given = parser.parse_args(arguments)
    told = {name: getattr(given, name) for name in OPTIONS if getattr(given, name)}
    try:
        told = as_in_notice(given.notice, told) if given.notice else told
        make(given.data.resolve(), ask(told, given.admin_password_file), machine_clock())
    except (WeakSettings, EOFError) as error:
        print(f"vaiti: {error or 'the input ended before all was said'}", file=sys.stderr)
        return 2
    print(
        f"Made {given.data}. It records no line yet. What to do next:\n"
        f"  vaiti peer add --data {given.data} --name pbx --address 10.0.0.5\n"
        f"  vaiti paper dialogue --data {given.data} …   (the staff was told and heard)\n"
        f"  vaiti line add --data {given.data} --number +358… --label … --function service "
        "--record\n"
        f"  vaiti up --data {given.data}\n"
        "Nobody is trained yet. The first administrator, as everybody after, takes the course and\n"
        "gives the undertaking of secrecy on the pages, or you import evidence: vaiti course --help"
    )
    return 0
