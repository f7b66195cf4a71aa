"""Plants one fault after the other in a copy of the tree and sees whether our own conversations notice it.

`make mutations`, or `python tests/mutations/plant.py --help`. The faults are in `faults.yaml`: exact texts and what
takes their place. One that no longer applies is an error, not a miss. What notices a fault must pass without any,
before it and again when all are through. The JSON is written after each fault; `--resume` goes on from it on the same
commit.
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
    """Whether a fault was noticed: the conversations that failed, of so many that were spoken. `load` is how many
    processes wanted a core."""

    fault: str
    caught: bool
    failed: tuple[str, ...]
    spoken: int
    seconds: float
    load: float


@dataclass(frozen=True, slots=True)
class Record:
    """The outcomes on one tree, in a file: a commit, and what differs from it."""

    path: Path | None
    commit: str
    uncommitted: tuple[str, ...]

    @classmethod
    def of(cls, path: Path | None, root: Path = ROOT) -> Record:
        status = _git(root, "status", "--porcelain", "--", *COPIED)
        return cls(path, _git(root, "rev-parse", "HEAD").strip(), tuple(line[3:] for line in status.splitlines()))

    def kept(self) -> list[Outcome]:
        """The outcomes of a run that ended early. Raises `CannotPlant` where they are of another tree."""
        if self.path is None:
            raise CannotPlant("--resume goes on from what --json names")
        if not self.path.exists():
            return []
        told = json.loads(self.path.read_text("utf-8"))
        if self.uncommitted or (told["commit"], told["uncommitted"]) != (self.commit, []):
            raise CannotPlant(
                f"{self.path} is of commit {told['commit'][:12]} with {told['uncommitted']} changed, and this tree is "
                f"{self.commit[:12]} with {list(self.uncommitted)} changed: leave out --resume"
            )
        return [Outcome(**{**one, "failed": tuple(one["failed"])}) for one in told["faults"]]

    def write(self, outcomes: Sequence[Outcome]) -> None:
        if self.path is not None:
            told = {"commit": self.commit, "uncommitted": self.uncommitted, "faults": [asdict(one) for one in outcomes]}
            self.path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _git(root: Path, *arguments: str) -> str:
    """What git says; nothing where this is no checkout."""
    told = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
    return told.stdout


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


def speak(tree: Path, data: Path, files: Sequence[Path | str], jobs: int) -> list[dict[str, Any]]:
    """How the conversations of these files, or single ones, went. Raises `CannotPlant` where they cannot be spoken."""
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
        seconds, load = round(time.perf_counter() - started, 1), round(os.getloadavg()[1], 1)
        return Outcome(fault.name, bool(failed), failed, spoken, seconds, load)

    def must_still_be_sound(self, outcomes: Sequence[Outcome]) -> None:
        """Speak what noticed a fault once more without any: it did not fail by chance."""
        noticing = dict.fromkeys(name for one in outcomes for name in one.failed)
        if noticing:
            rows = speak(
                self._tree, self._data, [f"{self._tree / CONVERSATIONS}/{name}" for name in noticing], self._jobs
            )
            _all_pass(rows)

    def _must_be_sound(self, files: Sequence[Path]) -> None:
        if not (unknown := [path for path in files if path not in self._sound]):
            return
        _all_pass(speak(self._tree, self._data, unknown, self._jobs))
        self._sound.update(unknown)


def _all_pass(rows: Sequence[dict[str, Any]]) -> None:
    if wrong := [row["test_case"] for row in rows if not row["passed"]]:
        raise CannotPlant(f"conversations fail without any fault: {', '.join(wrong)}")


def main() -> int:
    """0 where at most `--misses` faults were missed, 1 where more were, 2 where it could not be told."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only", action="append", help="only faults whose name has these words; more than one may be given"
    )
    parser.add_argument("--jobs", type=int, default=2, help="conversations at a time")
    parser.add_argument("--misses", type=int, default=1, help="how many faults may be missed")
    parser.add_argument("--json", type=Path, help="write the outcomes here, too, after each fault")
    parser.add_argument("--resume", action="store_true", help="go on from the outcomes in that file")
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
        record = Record.of(chosen.json)
        outcomes = run(faults, models, chosen.jobs, record, record.kept() if chosen.resume else [])
    except CannotPlant as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    caught = sum(outcome.caught for outcome in outcomes)
    print(f"{caught} of {len(outcomes)} faults noticed, on {record.commit[:12] or 'no commit'}")
    return int(len(outcomes) - caught > chosen.misses)


def run(
    faults: Sequence[Fault], models: Path, jobs: int, record: Record, kept: Sequence[Outcome] = ()
) -> list[Outcome]:
    """All faults, one after the other, on a copy that is thrown away; but for those whose outcome is known."""
    outcomes = list(kept)
    known = {outcome.fault for outcome in outcomes}
    with tempfile.TemporaryDirectory() as name:
        tree, data = Path(name) / "tree", Path(name) / "data"
        data.mkdir()
        (data / "models").symlink_to(models)
        for folder in COPIED:
            shutil.copytree(ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__"))
        suite = Suite(tree, data, jobs)
        for fault in faults:
            if fault.name not in known:
                outcomes.append(suite.judge(fault))
                told(outcomes[-1])
                record.write(outcomes)
        suite.must_still_be_sound(outcomes)
    return outcomes


def told(outcome: Outcome) -> None:
    """A row of the table."""
    names = "; ".join(outcome.failed[:SHOWN]) + (" …" if len(outcome.failed) > SHOWN else "")
    how = f"noticed by {len(outcome.failed)} of {outcome.spoken}" if outcome.caught else f"MISSED by {outcome.spoken}"
    print(f"{how:24} {outcome.seconds:6.1f} s  load {outcome.load:4.1f}  {outcome.fault}\n{'':34}{names}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
