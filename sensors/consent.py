"""What a resident did not agree to is not kept; the button is never touched by it."""

from sensors.message import Decoded, KnownHome, Reason, Rejected
from sensors.reading import Reading
from sensors.units import VITALS


def apply_consent(decoded: Decoded, home: KnownHome | None) -> None:
    """Take out readings and states without consent; each reading is counted as refused."""
    if home is None or home.keeps_everything:
        return
    refused = [got.reading for got in decoded.readings if not _may_keep(home, got.reading)]
    decoded.rejected += [Rejected(each.home, each.device, Reason.NO_CONSENT) for each in refused]
    decoded.readings = [got for got in decoded.readings if _may_keep(home, got.reading)]
    decoded.devices = [state for state in decoded.devices if home.devices[state.device].allowed]


def _may_keep(home: KnownHome, reading: Reading) -> bool:
    device = home.devices[reading.device]
    return device.allowed and (device.health or reading.kind not in VITALS)
