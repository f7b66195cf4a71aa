"""Spans of turns, as a collector of OpenTelemetry gets them over HTTP."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from agent_parts import SHIPPED
from chat_server import running
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from turn_parts import Parts

from agent.brains.scripted import ScriptedBrain, ScriptedCall
from agent.conversation import Conversation, Message
from server.loading import LoadingParts
from server.metrics import Metrics
from server.settings import Settings
from server.tracing import Tracing

ASKED = f"Where is my order {SHIPPED.id}? I am anna@example.com"


class Collector:
    """Receives OTLP over HTTP, as Jaeger, Tempo or a collector does, and keeps the spans."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.paths: list[str] = []
        kept = self

        class Receive(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                kept.paths.append(self.path)
                kept.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Receive)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def spans(self) -> list[Span]:
        requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return [
            s for request in requests for r in request.resource_spans for scope in r.scope_spans for s in scope.spans
        ]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.close()


async def answered(parts: Parts, tracing: Tracing, text: str = ASKED) -> None:
    """One turn as the server runs it, and then the end of the server."""
    opened = SimpleNamespace(turn=parts.turn(), close=lambda: None)
    loading = LoadingParts(lambda: cast(Any, opened), Metrics(), tracing)
    loading.start()
    async for _ in loading.run(Conversation("conv_1"), (Message("msg_1", text),)):
        pass
    await loading.close()


async def test_a_turn_its_stages_and_its_tools_come_to_the_collector(collector: Collector) -> None:
    await answered(Parts(), Tracing.to(collector.url))

    spans = {span.name: span for span in collector.spans}
    turn = spans["turn"]
    tools = {name for name in spans if name.startswith("execute_tool ")}
    assert set(collector.paths) == {"/v1/traces"}
    assert {"understand", "retrieve", "rank", "compose"} <= spans.keys()
    assert tools == {"execute_tool verify_identity", "execute_tool shipment_status"}
    assert {span.trace_id for span in spans.values()} == {turn.trace_id}
    assert {spans[name].parent_span_id for name in ("understand", "retrieve", "rank", "compose")} == {turn.span_id}
    assert {spans[name].parent_span_id for name in tools} == {spans["compose"].span_id}
    assert all(turn.start_time_unix_nano <= s.start_time_unix_nano <= s.end_time_unix_nano for s in spans.values())
    assert {a.key: a.value.string_value for a in turn.attributes} == {"vitrine.turn.outcome": "done"}


async def test_no_span_says_anything_of_the_customer(collector: Collector) -> None:
    brain = ScriptedBrain(
        [ScriptedCall("anna@example.com"), ScriptedCall("get_order", {"order_id": SHIPPED.id}), "Hi."]
    )

    await answered(Parts(brain=brain), Tracing.to(collector.url))
    await answered(Parts(), Tracing.to(collector.url))

    sent = b"".join(collector.bodies)
    assert "execute_tool unknown" in {span.name for span in collector.spans}
    assert not [word for word in (b"anna", b"example.com", SHIPPED.id.encode(), b"conv_1", b"msg_1") if word in sent]


async def test_a_turn_that_fails_is_a_failed_span(collector: Collector) -> None:
    parts = Parts()
    parts.search.products = cast(Any, None)  # a search that breaks

    await answered(parts, Tracing.to(collector.url), "a blue mug")

    turn = next(span for span in collector.spans if span.name == "turn")
    assert turn.status.code == Status.STATUS_CODE_ERROR


async def test_without_an_endpoint_nothing_is_sent(collector: Collector) -> None:
    await answered(Parts(), Tracing.to(""))

    assert collector.bodies == []


async def test_a_collector_that_is_not_there_costs_no_answer() -> None:
    await answered(Parts(), Tracing.to("http://127.0.0.1:9"))


def test_the_standard_variable_names_the_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318")

    assert Settings().otel_endpoint == "http://collector:4318"


def test_a_missing_exporter_is_named_with_the_command_that_installs_it() -> None:
    code = """
import sys
sys.modules["opentelemetry.exporter.otlp.proto.http.trace_exporter"] = None
from server.tracing import Tracing, TracingUnavailable
try:
    Tracing.to("http://collector:4318")
except TracingUnavailable as error:
    print(error)
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert "http://collector:4318" in told
    assert "pip install 'vitrine[otel]'" in told


async def test_the_time_to_each_acknowledgement_is_in_the_metrics(tmp_path: Path) -> None:
    metrics = Metrics()
    async with running(tmp_path, acknowledged=metrics.ack_seconds.observe) as server:
        client = await server.client(await server.session()).open()
        await client.say("hello")
        await client.next("ack")
        await client.send("typing", {"on": True})  # which gets none
        await client.say("and again")
        await client.next("ack", re="k4")

    told = metrics.text().decode()
    assert "chat_ack_seconds_count 2.0" in told
    assert 0 < float(told.split("chat_ack_seconds_sum ")[1].split()[0]) < 60
