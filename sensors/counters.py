"""What the ingest counts for Prometheus (contract, section 5)."""

from collections.abc import Iterator

from prometheus_client import REGISTRY, Counter, Gauge, Metric
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

#: readings committed.
READINGS = Counter("anbu_readings", "Readings committed")
#: readings that had been committed before.
DUPLICATES = Counter("anbu_readings_duplicate", "Readings that had been stored before")
#: readings and messages put in quarantine, by reason; without consent they are counted and not kept.
QUARANTINED = Counter("anbu_readings_refused", "Readings and messages that could not be used", ["reason"])
#: SOS presses taken (repetitions of one press are not counted again).
PRESSES = Counter("anbu_sos", "SOS presses taken")
#: messages received and not yet committed.
WAITING = Gauge("anbu_ingest_waiting", "Messages received and not yet committed")


class _AllQuarantined(Collector):
    """`anbu_readings_quarantined_total`, one figure without labels: the sum over the reasons."""

    def collect(self) -> Iterator[Metric]:
        samples = [sample for metric in QUARANTINED.collect() for sample in metric.samples]
        total = sum(sample.value for sample in samples if sample.name.endswith("_total"))
        yield CounterMetricFamily("anbu_readings_quarantined", "Readings and messages put in quarantine", total)


REGISTRY.register(_AllQuarantined())
