"""Plants one fault after the other in a copy of the tree and sees whether our own conversations notice it.

`make mutations`, or `python tests/mutations/plant.py --help`. The faults are in `faults.yaml`: exact texts and what
takes their place. One that no longer applies is an error, not a miss.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FAULTS = Path(__file__).parent / "faults.yaml"
CONVERSATIONS = Path("tests/conversations")
COPIED = ("agent", "prompts", "retrieval", "server", "tools", str(CONVERSATIONS))
SECONDS = 900
SHOWN = 3  # names of failed conversations in a row of the table


class CannotPlant(Exception):
    """A fault that does not apply to this tree, or that no server runs with."""


@dataclass(frozen=True, slots=True)
class Change:
    """`old` stands exactly once in the file, and `new` takes its place."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault, and the files of conversations (their names without `.chat.yaml`) that are spoken first."""

    name: str
    first: tuple[str, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a fault was noticed: the conversations that failed, of so many that were spoken."""

    fault: str
    caught: bool
    failed: tuple[str, ...]
    spoken: int
    seconds: float


def read_faults(path: Path = FAULTS) -> tuple[Fault, ...]:
    return tuple(
        Fault(one["fault"], tuple(one["first"]), tuple(Change(**change) for change in one["changes"]))
        for one in yaml.safe_load(path.read_text("utf-8"))
    )


def planted(tree: Path, fault: Fault) -> dict[Path, tuple[str, str]]:
    """Each file's text before and with the fault. Raises `CannotPlant` where a text does not stand there once."""
    texts: dict[Path, tuple[str, str]] = {}
    for change in fault.changes:
        path = tree / change.file
        before, now = texts.get(path) or (path.read_text("utf-8"),) * 2
        if (count := now.count(change.old)) != 1:
            raise CannotPlant(
                f"{fault.name}: expected this once in {change.file}, found it {count} times:\n{change.old}"
            )
        texts[path] = (before, now.replace(change.old, change.new))
    for path, (_, now) in texts.items():
        compile(now, str(path), "exec")
    return texts


@contextmanager
def with_fault(tree: Path, fault: Fault) -> Iterator[None]:
    texts = planted(tree, fault)
    try:
        for path, (_, now) in texts.items():
            path.write_text(now, "utf-8")
        yield
    finally:
        for path, (before, _) in texts.items():
            path.write_text(before, "utf-8")


def speak(tree: Path, data: Path, files: Sequence[Path], jobs: int) -> list[dict[str, Any]]:
    """How the conversations of these files went. Raises `CannotPlant` where they could not be spoken."""
    command = [sys.executable, "-B", "-m", "server", "--data-dir", str(data), "test", "--json", "--jobs", str(jobs)]
    result = subprocess.run(
        [*command, *map(str, files)],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if result.returncode not in (0, 1) or not result.stdout.startswith("["):
        raise CannotPlant(f"the conversations could not be spoken:\n{result.stdout}{result.stderr}")
    outcomes: list[dict[str, Any]] = json.loads(result.stdout)
    return outcomes


class Suite:
    """The conversations of a tree. Files are spoken without any fault before they are spoken with one."""

    def __init__(self, tree: Path, data: Path, jobs: int) -> None:
        self._tree, self._data, self._jobs = tree, data, jobs
        self._every = tuple(sorted((tree / CONVERSATIONS).glob("*.chat.yaml")))
        self._sound: set[Path] = set()

    def judge(self, fault: Fault) -> Outcome:
        """Speak the files that the fault names; where they notice nothing, all the others."""
        started, spoken, failed = time.perf_counter(), 0, ()
        first = tuple(self._tree / CONVERSATIONS / f"{name}.chat.yaml" for name in fault.first)
        for files in (first, tuple(path for path in self._every if path not in first)):
            self._must_be_sound(files)
            with with_fault(self._tree, fault):
                rows = speak(self._tree, self._data, files, self._jobs)
            spoken += len(rows)
            failed = tuple(f"{Path(row['file']).name}::{row['test_case']}" for row in rows if not row["passed"])
            if failed:
                break
        return Outcome(fault.name, bool(failed), failed, spoken, round(time.perf_counter() - started, 1))

    def _must_be_sound(self, files: Sequence[Path]) -> None:
        if not (unknown := [path for path in files if path not in self._sound]):
            return
        rows = speak(self._tree, self._data, unknown, self._jobs)
        if wrong := [row["test_case"] for row in rows if not row["passed"]]:
            raise CannotPlant(f"conversations fail without any fault: {', '.join(wrong)}")
        self._sound.update(unknown)


def main() -> int:
    """0 where at most `--misses` faults were missed, 1 where more were, 2 where it could not be told."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only", action="append", help="only faults whose name has these words; more than one may be given"
    )
    parser.add_argument("--jobs", type=int, default=2, help="conversations at a time")
    parser.add_argument("--misses", type=int, default=1, help="how many faults may be missed")
    parser.add_argument("--json", type=Path, help="write the outcomes here, too")
    parser.add_argument("--check", action="store_true", help="only see whether every fault still applies")
    chosen = parser.parse_args()
    faults = [fault for fault in read_faults() if any(words in fault.name for words in chosen.only or ("",))]
    models = Path(os.environ.get("VITRINE_TEST_MODELS", ROOT / "var" / "models")).absolute()
    try:
        for fault in faults:
            planted(ROOT, fault)
        if chosen.check:
            print(f"{len(faults)} faults apply")
            return 0
        outcomes = run(faults, models, chosen.jobs)
    except CannotPlant as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    caught = sum(outcome.caught for outcome in outcomes)
    print(f"{caught} of {len(outcomes)} faults noticed")
    if chosen.json is not None:
        chosen.json.write_text(
            json.dumps([asdict(one) for one in outcomes], indent=1, ensure_ascii=False) + "\n", "utf-8"
        )
    return int(len(outcomes) - caught > chosen.misses)


def run(faults: Sequence[Fault], models: Path, jobs: int) -> list[Outcome]:
    """All faults, one after the other, on a copy that is thrown away."""
    with tempfile.TemporaryDirectory() as name:
        tree, data = Path(name) / "tree", Path(name) / "data"
        data.mkdir()
        (data / "models").symlink_to(models)
        for folder in COPIED:
            shutil.copytree(ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__"))
        suite, outcomes = Suite(tree, data, jobs), []
        for fault in faults:
            outcomes.append(suite.judge(fault))
            told(outcomes[-1])
    return outcomes


def told(outcome: Outcome) -> None:
    """A row of the table."""
    names = "; ".join(outcome.failed[:SHOWN]) + (" …" if len(outcome.failed) > SHOWN else "")
    how = f"noticed by {len(outcome.failed)} of {outcome.spoken}" if outcome.caught else f"MISSED by {outcome.spoken}"
    print(f"{how:24} {outcome.seconds:6.1f} s  {outcome.fault}\n{'':34}{names}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
