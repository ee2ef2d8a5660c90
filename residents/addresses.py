"""How a person is reached besides their chat: addresses of e-mail, SMS and others, as apprise or a webhook takes them.

They hold passwords and tokens: sealed at rest, never logged, shown by their kind and their end only. Pure.
"""

from urllib.parse import urlsplit

#: so many addresses a person, and characters of one.
MOST, LONGEST = 5, 500
WEBHOOKS = frozenset({"http", "https"})


def shape_fault(address: str) -> str | None:
    """What is wrong with the look of an address, without repeating any of it; None when nothing is."""
    if len(address) > LONGEST or any(sign.isspace() or not sign.isprintable() for sign in address):
        return f"must be one address without blanks, at most {LONGEST} characters"
    if kind_of(address) in WEBHOOKS and not _host(address):
        return "is no address of a web server"
    return None if kind_of(address) else "is no address such as mailto://user:password@example.kr?to=me@example.kr"


def kind_of(address: str) -> str:
    """ "mailto", "https", …: what may be shown of an address; empty where it is none."""
    return address.partition("://")[0].lower() if "://" in address else ""


def shown(address: str) -> str:
    """What a person is shown of an address: its kind and its last four characters, enough to tell it from another."""
    rest = address.partition("://")[2]
    return f"{kind_of(address)}://…{rest[-4:] if len(rest) > 12 else ''}"


def channel_of(address: str) -> str:
    """The channel that serves it: a web server's gets a signed webhook, everything else is apprise's."""
    return "webhook" if kind_of(address) in WEBHOOKS else "apprise"


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
