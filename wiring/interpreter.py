"""Making the interpreter fit for a service of many small messages, some of them urgent."""

import gc
import sys

#: real seconds a thread may keep the interpreter while another wants it.
SWITCH_S = 0.0005


def tune() -> None:
    """For the whole process; again when more has been loaded that stays."""
    # the threads of broker, ingest and hearing take turns; with the default of 5 ms each turn costs more than its work
    sys.setswitchinterval(SWITCH_S)
    # what has been loaded by now stays: walking through it made everybody wait a tenth of a second now and then
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
