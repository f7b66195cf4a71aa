"""A process that loads the models once and starts servers that share them: `python -m server.testing.forking`.

It is asked by lines of JSON on stdin and answers with a line each; see `staging.Models`. On Linux a server is a fork of
this process, which takes a second instead of five and no memory for the models; elsewhere it loads them anew. It is a
real process either way, so a test can kill it.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from importlib import import_module
from multiprocessing.context import ForkProcess, SpawnProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.errors import AgentError
from retrieval.errors import RetrievalError
from server.settings import Settings
from tools.errors import ToolError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from server.parts import Models

# Adapters whose libraries take a while to import.
SERVING = (
    "agent.brains.rules.brain",
    "agent.loop",
    "agent.turn",
    "agent.understand.understanding",
    "agent.vision.ocr",
    "retrieval.coattention",
    "retrieval.index.shop",
    "retrieval.search",
)
KNOWN = (RetrievalError, ToolError, AgentError, OSError)  # whose text tells what is wrong
FORKS = sys.platform == "linux"
LOG = "server.log"
END = "end.json"
_OF_EVERY_RECORD = ("event", "level", "timestamp", "logger", "exception", "conversation", "turn")

Child = ForkProcess | SpawnProcess


def main() -> None:
    """Answer until stdin ends; then every server ends, too."""
    fields = json.loads(sys.stdin.readline())
    try:
        models = _loaded(fields) if FORKS else None
    except KNOWN as error:
        _answer({"ready": False, "why": str(error)})
        return
    _answer({"ready": True})
    children: dict[int, Child] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        match asked["do"]:
            case "prepare":
                child = _start(_prepare, asked["settings"], models)
                child.join()
                _answer({"code": child.exitcode})
            case "serve":
                child = _start(_serve, asked["settings"], models)
                children[child.pid or 0] = child
                _answer({"pid": child.pid})
            case "running":
                _answer({"running": children[asked["pid"]].is_alive()})
            case "kill":
                child = children.pop(asked["pid"])
                child.kill()
                child.join()
                _answer({"code": child.exitcode})
    for child in children.values():
        child.kill()
    os._exit(0)  # no waiting for anybody


def _loaded(fields: dict[str, Any]) -> Models:
    """The models, and every module that a server imports, so that none of them has to do it again."""
    from server.bootstrap import load_models

    for module in ("server.app", *SERVING):
        import_module(module)
    return load_models(Settings(**fields))


def _answer(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def _start(work: Any, fields: dict[str, Any], models: Models | None) -> Child:
    context: Any = multiprocessing.get_context("fork" if FORKS else "spawn")
    child: Child = context.Process(target=work, args=(fields, models))
    child.start()
    return child


def _begin(fields: dict[str, Any]) -> Settings:
    """A server's own process: what it says goes to its own log, and it ends with us."""
    settings = Settings(**fields)
    log = os.open(settings.data_dir / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, sys.stdout.fileno())
    os.dup2(log, sys.stderr.fileno())
    if FORKS:
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    return settings


def _prepare(fields: dict[str, Any], models: Models | None) -> None:
    """Make the index say what the shop's tables say, anew where another encoder made it."""
    from retrieval.errors import IndexMismatch
    from server.bootstrap import discard_index, open_parts

    settings = _begin(fields)
    try:
        try:
            parts = open_parts(settings, models=models)
        except IndexMismatch:
            discard_index(settings)
            parts = open_parts(settings, models=models)
    except KNOWN as error:
        sys.exit(f"error: {error}")
    parts.close()


def _serve(fields: dict[str, Any], models: Models | None) -> None:
    from server.app import create_app
    from server.logs import configure_logs
    from server.serving import Limits, listen, server_for

    settings = _begin(fields)
    configure_logs(settings.log_level, as_json=settings.log_json)
    app = create_app(settings, pid=os.getpid(), models=models)
    _end_where_told(app, settings)
    limits = Limits(connections=settings.max_connections, connections_per_address=settings.max_connections)
    server_for(app, drain=app.state.drain, limits=limits).run(sockets=[listen(settings.host, settings.port)])


def _end_where_told(app: FastAPI, settings: Settings) -> None:
    """Let a script kill this server at one event of a conversation (`tell_to_end`): as soon as it is on the disk and
    before anybody hears of it, which is the same moment each time."""
    inner = app.router.lifespan_context

    def heard(conversation_id: str, seq: int) -> None:
        path = settings.data_dir / END
        if not path.exists():
            return
        told = json.loads(path.read_text("utf-8"))
        if (
            told["conversation"] == conversation_id
            and _visitors_number(settings, conversation_id, seq) >= told["event"]
        ):
            path.unlink()
            os.kill(os.getpid(), signal.SIGKILL)

    @asynccontextmanager
    async def lifespan(application: FastAPI) -> AsyncIterator[Any]:
        async with inner(application) as state:
            application.state.hub.log.notifier.listen(heard)
            yield state

    app.router.lifespan_context = lifespan


def _visitors_number(settings: Settings, conversation_id: str, seq: int) -> int:
    """The visitor's number of the last event up to the log's `seq`."""
    with closing(sqlite3.connect(f"file:{settings.log_database}?mode=ro", uri=True)) as log:
        row = log.execute(
            "select max(visitor_seq) from events where conversation_id = ? and seq <= ?", (conversation_id, seq)
        ).fetchone()
    return row[0] or 0


def tell_to_end(folder: Path, conversation_id: str, event: int) -> None:
    """Have the server on this folder die at the visitor's event of this number."""
    new = folder / f"{END}.new"
    new.write_text(json.dumps({"conversation": conversation_id, "event": event}), "utf-8")
    new.rename(folder / END)


def server_log(folder: Path) -> str:
    """The end of what a server on this folder said."""
    path = folder / LOG
    return path.read_text("utf-8", "replace")[-2000:] if path.exists() else ""


def warnings_in(folder: Path) -> Counter[str]:
    """What a server on this folder warned of, how many times each; it must have logged JSON."""
    found: Counter[str] = Counter()
    path = folder / LOG
    for line in path.read_text("utf-8", "replace").splitlines() if path.exists() else ():
        try:
            record = json.loads(line)
        except ValueError:  # what a library prints
            continue
        if record.get("level") in ("warning", "error", "critical"):
            about = ", ".join(str(value) for name, value in record.items() if name not in _OF_EVERY_RECORD)
            found[f"{record['event']} ({about})" if about else str(record["event"])] += 1
    return found


if __name__ == "__main__":
    main()
