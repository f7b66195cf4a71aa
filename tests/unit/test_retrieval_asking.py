"""The head that tells whether a text asks a shop: what it says, and whose vectors it knows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from retrieval.asking import SURE, AskingHead
from retrieval.errors import ModelUnavailable

HEAD = AskingHead(
    "sums", {"en": np.array([4, 0], np.float32), "zh": np.array([0, 4], np.float32)}, {"en": -1.0, "zh": 0.5}
)


def test_a_text_is_judged_by_the_head_of_its_language() -> None:
    vector = np.array([1, 0], np.float32)

    assert HEAD.log_odds("do you ship abroad", vector, "sums") == pytest.approx(3.0)
    assert HEAD.log_odds("能寄到国外吗", vector, "sums") == pytest.approx(0.5)


def test_no_text_is_surer_than_the_bound() -> None:
    assert HEAD.log_odds("do you ship abroad", np.array([9, 0], np.float32), "sums") == SURE
    assert HEAD.log_odds("who am I", np.array([-9, 0], np.float32), "sums") == -SURE


def test_the_vectors_of_another_encoder_say_nothing() -> None:
    assert HEAD.log_odds("do you ship abroad", np.ones(768, np.float32), "another") == 0.0


def test_a_saved_head_judges_as_before(tmp_path: Path) -> None:
    HEAD.save(tmp_path / "asking.npz")

    loaded = AskingHead.load(tmp_path / "asking.npz")

    for text in ("do you ship abroad", "能寄到国外吗"):
        vector = np.array([0.4, 0.7], np.float32)
        assert loaded.log_odds(text, vector, "sums") == pytest.approx(HEAD.log_odds(text, vector, "sums"))


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 no archive"])
def test_a_file_that_training_did_not_write_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "asking.npz"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ModelUnavailable, match="train"):
        AskingHead.load(path)
