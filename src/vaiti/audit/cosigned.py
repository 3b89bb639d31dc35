"""Keeps what witnesses outside cosigned, with the checkpoint that they cosigned."""

from vaiti.audit.models import Checkpoint


def keep(size: int, note: str) -> None:
    """`note` is that of this size with another signature line; its text is the same."""
    row = Checkpoint.objects.select_for_update().get(size=size)
    text = note.partition("\n\n")[0]
    if row.note.partition("\n\n")[0] != text:
        raise ValueError("a cosignature is of the checkpoint that it is kept with")
    mine = row.note.splitlines()
    more = [line for line in note.splitlines() if line not in mine]
    row.note += "".join(f"{line}\n" for line in more)
    row.save(update_fields=["note"])
