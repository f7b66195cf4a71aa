"""What the server counts and times, in the names that operators find on `/metrics`. No label names a customer."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_TURN = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)


class Metrics:
    """All metrics of one server; each server has a registry of its own, so that tests can run several."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        r = self.registry
        self.connections = Gauge("chat_connections", "Sockets open now", ["role"], registry=r)
        self.closes = Counter("chat_closes", "Sockets closed, by close code", ["code"], registry=r)
        self.messages = Counter("chat_messages", "Messages stored", ["author"], registry=r)
        self.ack_seconds = Histogram(
            "chat_ack_seconds", "From a message's arrival to its commit", buckets=_FAST, registry=r
        )
        self.turn_seconds = Histogram("chat_turn_seconds", "Stages of a turn", ["stage"], buckets=_TURN, registry=r)
        self.turns = Counter("chat_turns", "Turns ended, by outcome", ["outcome"], registry=r)
        self.turns_inflight = Gauge("chat_turns_inflight", "Turns running now", registry=r)
        self.turns_recovered = Counter("chat_turns_recovered", "Turns answered after a crash cut them off", registry=r)
        self.resumes = Counter("chat_resume", "Resumes, by result", ["result"], registry=r)
        self.slow_clients = Counter("chat_slow_clients", "Sockets closed because their reader was too slow", registry=r)
        self.rate_limited = Counter("chat_rate_limited", "Requests refused for their rate", ["scope"], registry=r)
        self.photos_rejected = Counter("photo_rejected", "Photos refused, by reason", ["reason"], registry=r)
        self.photo_seconds = Histogram(
            "photo_seconds", "From a photo's arrival to its safe copy", buckets=_TURN, registry=r
        )

    def turn_ended(self, outcome: str, timings: Mapping[str, float]) -> None:
        """Count a turn and its stages; `timings` are milliseconds."""
        self.turns.labels(outcome).inc()
        for stage, milliseconds in timings.items():
            self.turn_seconds.labels(stage).observe(milliseconds / 1000)

    def text(self) -> bytes:
        """The Prometheus exposition."""
        return generate_latest(self.registry)
