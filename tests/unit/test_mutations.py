"""Planting a fault changes exactly what it names, or says that it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest
from mutations.plant import ROOT, CannotPlant, Change, Fault, Outcome, Record, planted, read_faults, with_fault

BOTH = Fault("a sum is off by one", ("faq",), (Change("sum.py", "1 + 1", "1 + 2"), Change("sum.py", "TWO", "THREE")))


def test_a_fault_is_there_for_as_long_as_it_is_looked_for(tmp_path: Path):
    place = tmp_path / "sum.py"
    place.write_text("TWO = 1 + 1\n", "utf-8")

    with with_fault(tmp_path, BOTH):
        assert place.read_text("utf-8") == "THREE = 1 + 2\n"

    assert place.read_text("utf-8") == "TWO = 1 + 1\n"


@pytest.mark.parametrize(("text", "count"), [("TWO = 2\n", 0), ("TWO = 1 + 1 + 1 + 1\n", 2)])
def test_a_fault_that_no_longer_applies_is_an_error(tmp_path: Path, text: str, count: int):
    (tmp_path / "sum.py").write_text(text, "utf-8")

    with pytest.raises(CannotPlant, match=f"expected this once in sum.py, found it {count} times"):
        planted(tmp_path, BOTH)


def test_a_fault_that_is_no_python_is_an_error(tmp_path: Path):
    (tmp_path / "sum.py").write_text("TWO = 2\n", "utf-8")

    with pytest.raises(SyntaxError):
        planted(tmp_path, Fault("nonsense", (), (Change("sum.py", "2", "2 +"),)))


@pytest.mark.parametrize("fault", read_faults(), ids=lambda fault: fault.name)
def test_each_fault_still_applies_to_the_code_as_it_is(fault: Fault):
    assert all(before != after for before, after in planted(ROOT, fault).values())


NOTICED = Outcome("a sum is off by one", True, ("faq.chat.yaml::sums",), 12, 9.5, 1.2)


def test_a_run_that_ended_early_goes_on_from_what_it_wrote(tmp_path: Path):
    record = Record(tmp_path / "outcomes.json", "abc", ())
    assert record.kept() == []

    record.write([NOTICED])

    assert record.kept() == [NOTICED]


@pytest.mark.parametrize(
    ("commit", "uncommitted"), [("def", ()), ("abc", ("agent/turn.py",))], ids=["another commit", "a changed file"]
)
def test_outcomes_of_another_tree_are_not_taken_over(tmp_path: Path, commit: str, uncommitted: tuple[str, ...]):
    Record(tmp_path / "outcomes.json", "abc", ()).write([NOTICED])

    with pytest.raises(CannotPlant, match=r"is of commit abc with .* leave out --resume"):
        Record(tmp_path / "outcomes.json", commit, uncommitted).kept()
