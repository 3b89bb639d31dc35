"""The sheet of paper on which a named person gets a share."""

from vaiti.values.clock import from_micros
from vaiti.vault.escrow import Escrow, Share, written


def sheet(escrow: Escrow, share: Share, person: str, controller: str) -> str:
    made = from_micros(escrow.made_us).date().isoformat()
    return f"""\
One share of the recordings' key
================================

For:        {person}
Of:         {controller}
Share:      {share.number} of {len(escrow.persons)}, set {escrow.set_id}, made {made}

With {escrow.threshold} such shares, and a copy of the key store, the calls can be opened again
where the passphrase or the key store's machine is lost. One share alone tells nothing. Calls that
were destroyed stay destroyed: no share holds the key of a call or of a day.

Keep it where nobody else comes, apart from the other shares and from the backups. Give it to nobody
who has another. Tell {controller} at once if it is lost or was seen, so that new shares are made.

{written(share)}

The code is of the letters A to Z and the digits 2 to 7; small letters do as well. It is given back
with: vaiti keys restore --share FILE (one file for each share)
"""
