"""The figures that the training of the reranker writes into its card."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.coattention import Scorer
from retrieval.training.coattention_card import BEGIN, END, write_figures

FOUND = {
    "methods": [
        {"set": "FAQ", "method": "cosine", "questions": 4, "off-topic": 2, "R@1": 0.5, "R@5": 0.75,
         "right at 5 %": 0.25},
        {"set": "FAQ", "method": "ours (logit 0.1)", "questions": 4, "off-topic": 2, "R@1": 1.0, "R@5": 1.0,
         "right at 5 %": 0.5},
    ],
    "gain over the best rival": [{"set": "FAQ", "gain": 0.5, "seed 0": "+0.500", "seed 1": "+0.500"}],
}  # fmt: skip


def test_the_figures_stand_between_the_marks_and_the_rest_of_the_card_stays(tmp_path: Path) -> None:
    card = tmp_path / "card.md"
    card.write_text(f"# Card\n\n{BEGIN}\n\nold\n\n{END}\n\nBad at night.\n")

    write_figures(card, FOUND, Scorer())

    text = card.read_text()
    assert text.startswith(f"# Card\n\n{BEGIN}")
    assert text.endswith(f"{END}\n\nBad at night.\n")
    assert "old" not in text
    assert "| FAQ (4 / 2) | 0.500 / 0.750 / 0.250 | 1.000 / 1.000 / 0.500 | logit 0.1 |" in text
    assert "seed 0 of 2" in text


def test_a_card_without_marks_is_refused(tmp_path: Path) -> None:
    card = tmp_path / "card.md"
    card.write_text("# Card\n")

    with pytest.raises(ValueError, match=r"expected .*figures.* in .*card\.md"):
        write_figures(card, FOUND, Scorer())
