"""What the bot counts, for Prometheus; one registry a process, nothing global."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

SECONDS = (0.005, 0.02, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


class Metrics:
    """Counters and histograms; each ``observe_…`` is handed to the part that it measures."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._listeners = Histogram(
            "pending_images_listener_seconds",
            "Time from a command, click or view to the end of its answer.",
            ["listener", "outcome"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self._scp = Histogram(
            "pending_images_scp_request_seconds",
            "Time of one attempt at Samsung Cloud Platform.",
            ["outcome"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self._digests = Counter(
            "pending_images_digests",
            "Digests by what became of them; late are those that say so.",
            ["outcome", "late"],
            registry=self.registry,
        )
        self._watch = Counter(
            "pending_images_watch_polls",
            "Looks of the watch at what is pending, by their outcome.",
            ["outcome"],
            registry=self.registry,
        )

        self._decisions = Counter(
            "pending_images_decisions",
            "Wishes to accept, reject or undo, by what became of each.",
            ["action", "outcome"],
            registry=self.registry,
        )

    def observe_listener(self, name: str, outcome: str, seconds: float) -> None:
        """Count one run of a listener."""
        self._listeners.labels(name, outcome).observe(seconds)

    def observe_scp(self, outcome: str, seconds: float) -> None:
        """Count one attempt at SCP: ``ok`` or the error's name."""
        self._scp.labels(outcome).observe(seconds)

    def observe_digest(self, outcome: str, late: bool) -> None:
        """Count one digest that ended."""
        self._digests.labels(outcome, "yes" if late else "no").inc()

    def observe_watch(self, outcome: str) -> None:
        """Count one look of the watch: ``ok`` or the error's name."""
        self._watch.labels(outcome).inc()

    def observe_decision(self, action: str, outcome: str) -> None:
        """Count one wish to decide: ``accept``, ``reject`` or ``undo``, and what became of it."""
        self._decisions.labels(action, outcome).inc()

    def text(self) -> bytes:
        """Return the exposition text."""
        return generate_latest(self.registry)
