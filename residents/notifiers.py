"""Which services apprise knows. Silent: the library and its HTTP client would log addresses."""

import logging
from typing import Any

from residents.addresses import channel_of, shape_fault

_NOWHERE = logging.NullHandler()


def fault_of(address: str) -> str | None:
    """What is wrong with an address, without repeating any of it; None when nothing is."""
    if (fault := shape_fault(address)) is not None:
        return fault
    known = channel_of(address) == "webhook" or service_of(address) is not None
    return None if known else "is no address that apprise knows"


def service_of(address: str) -> Any:
    """What apprise makes of an address, None where it knows no such service."""
    for name in ("apprise", "urllib3"):
        logging.getLogger(name).propagate = False
        logging.getLogger(name).addHandler(_NOWHERE)
    from apprise import Apprise  # 45 MB with all its services, and only needed where somebody has an address

    return Apprise.instantiate(address, suppress_exceptions=True)
