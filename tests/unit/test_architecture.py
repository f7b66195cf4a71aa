"""The shape of the project, as CONTRIBUTING.md promises it."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("agent", "retrieval", "tools", "server", "prompts")
HEAVY = ("torch", "transformers", "sentence_transformers", "chromadb", "langchain", "langchain_core", "langgraph")


def _loaded_by(code: str) -> list[str]:
    probe = f"import sys\n{code}\nprint(*[m for m in {HEAVY!r} if m in sys.modules])"
    return subprocess.check_output([sys.executable, "-c", probe], text=True, cwd=ROOT).split()


@pytest.mark.parametrize("module", ["server.app", "server.cli", "agent.turn", "tools.registry", "retrieval.documents"])
def test_importing_it_loads_no_heavy_library(module: str) -> None:
    assert _loaded_by(f"import {module}") == []


def test_the_probe_for_heavy_libraries_sees_one_when_it_is_there() -> None:
    assert "langchain_core" in _loaded_by("import langchain_core")


@pytest.mark.parametrize("name", PACKAGES)
def test_our_package_names_resolve_inside_the_repository(name: str) -> None:
    assert Path(str(importlib.import_module(name).__file__)).is_relative_to(ROOT)


@pytest.mark.parametrize("name", PACKAGES)
def test_no_module_has_a_name_that_says_nothing(name: str) -> None:
    vague = {"utils.py", "common.py", "types.py", "helpers.py", "misc.py"}

    assert [path for path in (ROOT / name).rglob("*.py") if path.name in vague] == []


@pytest.mark.parametrize("name", PACKAGES)
def test_modules_stay_short_enough_to_read(name: str) -> None:
    lengths = {str(p.relative_to(ROOT)): len(p.read_text().splitlines()) for p in (ROOT / name).rglob("*.py")}

    assert {path: lines for path, lines in lengths.items() if lines > 400} == {}


def test_only_the_settings_read_the_environment() -> None:
    readers = [
        str(path.relative_to(ROOT))
        for name in PACKAGES
        for path in (ROOT / name).rglob("*.py")
        if "os.environ" in path.read_text() or "os.getenv" in path.read_text()
    ]

    assert readers == []


def test_weights_are_safetensors_onnx_or_data_and_stay_small() -> None:
    weights = [path for path in (ROOT / "retrieval" / "weights").rglob("*") if path.is_file()]

    assert {path.suffix for path in weights} <= {".safetensors", ".onnx", ".json", ".md", ".npz", ".txt"}
    assert sum(path.stat().st_size for path in weights) <= 20 * 1024 * 1024
