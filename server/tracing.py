"""Turns as spans of OpenTelemetry, for those who collect them. Off unless an endpoint is named.

A span says what was done, how long it took and how it ended. It says nothing of the customer: no words, no arguments,
no names or numbers of theirs, and no conversation.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from agent.events import ToolRan, TurnEvent

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

# The stages of a turn in the trade's words; "retrieve" holds recall, fusion and reranking, "compose" brain and tools.
STAGES = {
    "answer": "settle card",
    "see": "see",
    "understand": "understand",
    "search": "retrieve",
    "rank": "rank",
    "respond": "compose",
}
FAILED = ("error", "timeout")
MILLISECOND = 1_000_000  # nanoseconds


class TracingUnavailable(RuntimeError):
    """Spans were asked for and their exporter is not installed."""


class Tracing:
    """Where spans go; without a provider they go nowhere."""

    def __init__(self, provider: TracerProvider | None = None) -> None:
        self._provider = provider
        self._tracer = None if provider is None else provider.get_tracer("vitrine", version("vitrine"))

    @classmethod
    def to(cls, endpoint: str) -> Tracing:
        """Spans to an OTLP/HTTP endpoint (`http://localhost:4318`), in batches from a thread of its own; "" is off.

        Headers, time limits and resource attributes are read from OpenTelemetry's own variables.
        Raises TracingUnavailable where the exporter is not installed.
        """
        if not endpoint:
            return cls()
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ImportError as error:
            raise TracingUnavailable(
                f"spans were asked for ({endpoint}), and {error.name} is not installed: pip install 'vitrine[otel]'"
            ) from error
        named = {"service.name": "vitrine", "service.version": version("vitrine")}
        provider = TracerProvider(resource=Resource.create(named))
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
        provider.add_span_processor(BatchSpanProcessor(exporter))
        return cls(provider)

    def turn(self) -> TurnSpans:
        """The spans of a turn that begins now."""
        return TurnSpans(self._tracer)

    def close(self) -> None:
        """Send what waits."""
        if self._provider is not None:
            self._provider.shutdown()


class TurnSpans:
    """One turn. Its spans are made when it has ended, from what it told of itself."""

    def __init__(self, tracer: Tracer | None) -> None:
        self._tracer = tracer
        self._began = time.time_ns()
        self._tools: list[tuple[ToolRan, int]] = []

    def saw(self, event: TurnEvent) -> None:
        """Something happened in the turn, just now."""
        if isinstance(event, ToolRan):
            self._tools.append((event, time.time_ns()))

    def ended(self, outcome: str, timings: Mapping[str, float]) -> None:
        """The turn is over; `timings` are milliseconds of its stages, in order."""
        if self._tracer is None:
            return
        from opentelemetry.trace import Status, StatusCode

        now = time.time_ns()
        whole = self._span(self._tracer, "turn", self._began, None, {"vitrine.turn.outcome": outcome})
        if outcome in FAILED:
            whole.set_status(Status(StatusCode.ERROR))
        # Before the first stage the models may have had to load.
        at = max(self._began, now - int(timings.get("total", 0.0) * MILLISECOND))
        stages: list[tuple[Span, int, int]] = []
        for stage, name in ((s, STAGES[s]) for s in timings if s in STAGES):
            until = at + int(timings[stage] * MILLISECOND)
            stages.append((self._span(self._tracer, name, at, whole, {}), at, until))
            at = until
        for ran, ended in self._tools:
            within = (span for span, since, until in stages if since <= ended <= until)
            self._tool(self._tracer, ran, ended, next(within, whole))
        for span, _, until in stages:
            span.end(until)
        whole.end(max(at, now))

    def _tool(self, tracer: Tracer, ran: ToolRan, ended: int, parent: Span) -> None:
        name = "unknown" if ran.outcome == "unknown_tool" else ran.name  # else a brain's own words
        told = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name, "vitrine.tool.outcome": ran.outcome}
        began = ended - int(ran.milliseconds * MILLISECOND)
        self._span(tracer, f"execute_tool {name}", began, parent, told).end(ended)

    def _span(self, tracer: Tracer, name: str, began: int, parent: Span | None, told: Mapping[str, Any]) -> Span:
        from opentelemetry.context import Context
        from opentelemetry.trace import set_span_in_context

        context = Context() if parent is None else set_span_in_context(parent, Context())
        return tracer.start_span(name, context, attributes=dict(told), start_time=began)
