"""What tells a named person from a shared account, as far as a name can tell (N-27). Pure.

A machine cannot know whether a name is a human being's. It can refuse what is plainly a function,
a counter or a company, and ask when a name is there already.
"""

import re
import unicodedata

FUNCTIONS = frozenset(
    {
        *("account", "admin", "administrator", "agent", "call", "center", "centre", "common"),
        *("contact", "customer", "demo", "desk", "group", "guest", "help", "helpdesk", "info"),
        *("lead", "manager", "new", "office", "operator", "root", "sales", "service", "shared"),
        *("support", "system", "team", "telephone", "temp", "temporary", "test", "tester", "user"),
        *("anvandare", "användare", "chef", "delad", "forsaljning", "förman", "försäljning"),
        *("gemensam", "grupp", "kundtjanst", "kundtjänst", "medarbetare", "telefonforsaljning"),
        *("telefonförsäljning", "asiakaspalvelija", "asiakaspalvelu", "esihenkilö", "johtaja"),
        *("kayttaja", "käyttäjä", "myynti", "palvelu", "puhelinmyynti", "ryhma", "ryhmä"),
        *("testi", "toimisto", "tuki", "yhteinen", "yllapito", "ylläpitäjä", "ylläpito"),
    }
)
"""Words that name a function and no one, in the three languages, as logins spell them too."""
MAX_NAME = 120


def name_fault(name: str, employer: str = "") -> str | None:
    """A sentence that says what to change, or None for what may be a person's full name."""
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        return "a name has 1 to 120 printable characters"
    words = name.casefold().split()
    if len(words) < 2 or any(each.isdigit() for each in name):
        return "write the person's full name, first name and surname, without digits"
    if not all(any(each.isalpha() for each in word) for word in words):
        return "write the person's full name, first name and surname, without digits"
    if _parts(name) <= FUNCTIONS | _parts(employer):
        return "this names a function; an account is for one person, so write that person's name"
    return None


def login_fault(login: str) -> str | None:
    """A sentence, or None for a login that may be one person's own."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9._@-]{1,63}", login):
        return "a login is 2 to 64 lower-case letters, digits, dots, dashes or @"
    local = login.partition("@")[0]
    if (parts := _parts(local)) and parts <= FUNCTIONS:
        return "this login names a function; choose one that belongs to one person"
    return None


def alike(name: str) -> str:
    """The name as it is compared: without case, accents' spelling and doubled spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _parts(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", text.casefold()))
