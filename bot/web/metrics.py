"""Prometheus metrics, in a registry of their own. Labels hold event names and outcomes, never what users wrote."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)


class Metrics:
    """What is counted. The composition root hands :meth:`job` to the queue and calls the gauges before a scrape."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._deliveries = Counter(
            "graftsman_deliveries", "Webhook deliveries.", ("event", "outcome"), registry=self.registry
        )
        self._jobs = Histogram(
            "graftsman_job_seconds", "Time of one job.", ("kind", "outcome"), registry=self.registry, buckets=_SECONDS
        )
        self._queue = Gauge("graftsman_queue", "Objects in the queue.", ("state",), registry=self.registry)
        self._github = Gauge("graftsman_github", "Calls to GitHub and limits.", ("what",), registry=self.registry)

    def delivery(self, event: str, outcome: str) -> None:
        """Counts one delivery. ``event`` must be one of a bounded set."""
        self._deliveries.labels(event, outcome).inc()

    def job(self, kind: str, outcome: str, seconds: float) -> None:
        """Counts one run of a job and its time in seconds."""
        self._jobs.labels(kind, outcome).observe(seconds)

    def queue(self, counts: Mapping[str, float]) -> None:
        """Sets the queue's gauge by state."""
        for state, count in counts.items():
            self._queue.labels(state).set(count)

    def github(self, values: Mapping[str, float]) -> None:
        """Sets the gauge about GitHub by name."""
        for what, value in values.items():
            self._github.labels(what).set(value)

    def text(self) -> bytes:
        """The Prometheus text format."""
        return generate_latest(self.registry)
