"""How a letter says that the controller is reached."""

from vaiti.web.http.wiring import wired


def reached(language: str) -> dict[str, str]:
    """Where the person may ask; empty for what the settings do not say."""
    contact = wired().rights.contact.said(language)
    ways = (contact.postal, contact.visiting, contact.telephone)
    found = {"contact": "; ".join(one for one in ways if one), "officer": contact.officer}
    return {name: text for name, text in found.items() if text}
