"""What the server counts and times, in the names that operators find on `/metrics`. No label names a customer."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

_ACK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_TURN = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)


class Metrics:
    """All metrics of one server; each server has a registry of its own, so that tests can run several."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        r = self.registry
        self.connections = Gauge("chat_connections", "Sockets open now", registry=r)
        self.ack_seconds = Histogram(
            "chat_ack_seconds", "From a shopper's frame to its acknowledgement, stored", buckets=_ACK, registry=r
        )
        self.turn_seconds = Histogram("chat_turn_seconds", "Stages of a turn", ["stage"], buckets=_TURN, registry=r)
        self.turns = Counter("chat_turns", "Turns ended, by outcome", ["outcome"], registry=r)
        self.turns_inflight = Gauge("chat_turns_inflight", "Turns running now", registry=r)
        self.turns_recovered = Gauge("chat_turns_recovered", "Turns taken up again after a crash", registry=r)
        self.photos = Counter("photos", "Photos that came, by what became of them", ["result"], registry=r)
        self.photo_seconds = Histogram(
            "photo_seconds", "From a photo's last byte to its safe copy on disk", buckets=_TURN, registry=r
        )
        ProcessCollector(registry=r)

    def turn_ended(self, outcome: str, timings: Mapping[str, float]) -> None:
        """Count a turn and its stages; `timings` are milliseconds."""
        self.turns.labels(outcome).inc()
        for stage, milliseconds in timings.items():
            self.turn_seconds.labels(stage).observe(milliseconds / 1000)

    def text(self) -> bytes:
        """The Prometheus exposition."""
        return generate_latest(self.registry)
