"""`vitrine test` with servers of its own: what two runs have in common, and what a killed server keeps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from shop_process import prepared_models, run_vitrine

pytestmark = pytest.mark.slow

SCRIPT = """
test_cases:
  - test_case: an order is cancelled
    steps:
      - user: "Please cancel order #W10454, I no longer need it. I am miriam.scholz@example.com"
      - button: confirm
      - bot: {tools: [cancel_order]}
    end: {ledger: 1}
  - test_case: a photo and a person
    steps:
      - photo: mug.jpg
      - bot: {products: [MUG-1041]}
      - staff: {take_over: Ines, write: Hello, hand_back: a note}
      - user: a blue mug under 20 euros
        drop_after: 2
  - test_case: a shop that is not as it should be
    steps:
      - user: "Please cancel order #W10454, I no longer need it. I am miriam.scholz@example.com"
      - button: confirm
    end: {database: unchanged, ledger: 0}
"""
MUG = Path(__file__).parents[2] / "server" / "demo" / "photos" / "MUG-1041-1.jpg"


def test_two_runs_with_the_same_seed_and_clock_are_the_same_to_the_byte_and_a_changed_shop_is_told(
    tmp_path: Path,
) -> None:
    (tmp_path / "models").symlink_to(prepared_models().absolute())
    (tmp_path / "mug.jpg").symlink_to(MUG)
    (tmp_path / "a.chat.yaml").write_text(SCRIPT)

    result = run_vitrine(tmp_path, "test", str(tmp_path), "--identical", "--seed", "7", "--json")

    told: list[dict[str, Any]] = json.loads(result.stdout)
    assert result.returncode == 1, result.stderr
    assert [(case["test_case"], case["passed"]) for case in told] == 2 * [
        ("an order is cancelled", True),
        ("a photo and a person", True),
        ("a shop that is not as it should be", False),
    ]
    differences = [one["expected"] for one in told[2]["failure"]["differences"]]
    assert 'in the shop: orders #W10454 status "pending"' in differences
    assert "0 changes in the ledger" in differences
