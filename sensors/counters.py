"""What the ingest counts for Prometheus (contract, section 5)."""

from prometheus_client import Counter, Gauge

#: readings committed.
READINGS = Counter("anbu_readings", "Readings committed")
#: readings that had been committed before.
DUPLICATES = Counter("anbu_readings_duplicate", "Readings that had been stored before")
#: readings and messages that stand in quarantine, by reason.
QUARANTINED = Counter("anbu_readings_quarantined", "Readings and messages put in quarantine", ["reason"])
#: SOS presses taken (repetitions of one press are not counted again).
PRESSES = Counter("anbu_sos", "SOS presses taken")
#: messages received and not yet committed.
WAITING = Gauge("anbu_ingest_waiting", "Messages received and not yet committed")
