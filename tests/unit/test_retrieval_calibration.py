"""How sure a hit is: what the signals say, how curves are fitted, and that a saved curve judges as before."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from retrieval.calibration import ALONE, CASES, FEATURES, Calibrator, Wording, case_of, signals_of
from retrieval.documents import Faq, Hit, Product, Query
from retrieval.errors import ModelUnavailable
from retrieval.evaluation.faq import auroc, calibration_error, threshold_for
from retrieval.training.curves import Judged, check, fit, judged


def hit(score: float, **stages: float) -> Hit:
    return Hit(Product("P", "P", "", Decimal(1), "EUR"), score, 0.0, stages)


def test_the_signals_are_the_score_its_lead_over_others_and_what_the_words_say() -> None:
    hits = [hit(0.9, lexical=0.4), hit(0.8), hit(0.3)]
    wording = Wording(known=0.7, asks=2.0)

    signals = [dict(zip(FEATURES, signals_of(hits, i, wording), strict=True)) for i in (0, 1)]

    said = {"known": 0.7, "asks": 2.0}
    assert signals[0] == pytest.approx({"score": 0.9, "margin": 0.1, "lead": 0.35, "lexical": 0.4, **said})
    assert signals[1] == pytest.approx({"score": 0.8, "margin": -0.1, "lead": 0.2, "lexical": 0.0, **said})


def test_a_hit_without_rivals_is_as_clear_as_can_be() -> None:
    assert signals_of([hit(0.7)], 0).tolist() == [0.7, ALONE, ALONE, 0.0, 0.0, 0.0]


def test_a_close_twin_takes_the_margin_but_not_the_lead() -> None:
    others = [hit(0.3)] * 9

    alone, with_twin = (dict(zip(FEATURES, signals_of([*first, *others], 0), strict=True)) for first in (
        [hit(0.8)], [hit(0.8), hit(0.79)],
    ))  # fmt: skip

    assert alone["margin"] == pytest.approx(0.5)
    assert with_twin["margin"] == pytest.approx(0.01)
    assert with_twin["lead"] == pytest.approx(0.4, abs=0.01)


def test_a_curve_never_falls_with_a_signal_that_only_happened_to_be_lower() -> None:
    chance = random.Random(4)
    made = samples(chance, 400)
    nothing = np.zeros(len(FEATURES))
    known = np.array([float(name == "known") for name in FEATURES])
    lower_when_right = [np.stack([known * (not sample.right[0]), nothing]) for sample in made]
    misleading = [Judged(s.signals + low, s.right, s.answerable) for s, low in zip(made, lower_when_right, strict=True)]

    curve = fit(misleading)

    assert (curve.weights >= 0).all()
    assert curve.weights[0] > 0


def test_only_the_signals_that_were_asked_for_have_a_say() -> None:
    curve = fit(samples(random.Random(4), 400), ("margin",))

    assert dict(zip(FEATURES, curve.weights > 0, strict=True)) == {name: name == "margin" for name in FEATURES}


def test_wrong_hits_that_weigh_little_still_lower_the_promise() -> None:
    chance = random.Random(5)

    checked = check(fit(samples(chance, 2_000), doubt=0.1), samples(chance, 2_000))

    assert checked.calibration_error < 0.06


def samples(chance: random.Random, count: int) -> list[Judged]:
    """Questions whose best hit is right more often the higher it scores; every second one is off-topic."""
    made = []
    for number in range(count):
        on = number % 2 == 0
        score = chance.uniform(0.4, 1.0) if on else chance.uniform(0.0, 0.6)
        right = on and chance.random() < score
        sample = judged([hit(score), hit(0.1)], [right, False], answerable=on)
        assert sample is not None
        made.append(sample)
    return made


def test_a_fitted_curve_keeps_its_promise_on_new_questions() -> None:
    chance = random.Random(1)

    checked = check(fit(samples(chance, 2_000)), samples(chance, 2_000))

    assert checked.calibration_error < 0.06
    assert checked.false_answers == pytest.approx(0.05, abs=0.03)
    assert checked.answered_right > 0.35


def test_nothing_found_is_no_sample() -> None:
    assert judged([], [], answerable=True) is None


def test_a_query_is_judged_by_the_curve_of_its_kind_and_language() -> None:
    photo = np.ones(2, np.float32)
    queries = [
        Query("a", "faq", "en"),
        Query("a", "faq", "zh"),
        Query("a"),
        Query("a", language="zh"),
        Query(photo=photo),
    ]

    assert tuple(map(case_of, queries)) == CASES


def test_the_shipped_curves_are_surer_of_a_clear_hit_than_of_a_doubtful_one() -> None:
    calibrator = Calibrator.load()
    clear = signals_of([hit(0.95, lexical=0.9), hit(0.3)], 0, Wording(1.0, 2.0))
    doubtful = signals_of([hit(0.35, lexical=0.1), hit(0.34)], 0, Wording(0.3, -2.0))

    for language in ("en", "zh"):
        for kind in ("faq", "product"):
            query = Query("q", kind, language)  # type: ignore[arg-type]
            assert calibrator.probability(query, clear) > calibrator.threshold(query)
            assert calibrator.probability(query, doubtful) < calibrator.threshold(query)


@pytest.mark.parametrize("content", ["", "{}", json.dumps({"features": ["other"], "curves": {}})])
def test_a_file_that_training_did_not_write_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(ModelUnavailable, match="train"):
        Calibrator.load(path)


def test_the_measures_are_what_their_names_say() -> None:
    assert auroc(np.array([0.9, 0.5]), np.array([0.5, 0.1])) == pytest.approx(0.875)
    assert threshold_for(np.linspace(0, 1, 101), 0.05) == pytest.approx(0.95)
    assert calibration_error(np.array([0.8] * 10), np.array([True] * 8 + [False] * 2)) == pytest.approx(0.0)
    assert calibration_error(np.array([1.0, 1.0]), np.array([True, False])) == pytest.approx(0.5)


def test_a_faq_can_be_judged_too() -> None:
    found = [Hit(Faq("a", "?", "!"), 0.5, 0.0), Hit(Faq("b", "?", "!"), 0.4, 0.0)]

    sample = judged(found, [False, True], answerable=True)

    assert sample is not None
    assert sample.signals.shape == (2, len(FEATURES))


def test_a_shop_may_choose_from_which_probability_on_its_faq_answers() -> None:
    calibrator = Calibrator.load()

    cautious = calibrator.answering_from(0.9)

    assert [cautious.threshold(Query("", "faq", language)) for language in ("en", "zh")] == [0.9, 0.9]
    product = Query("", "product")
    assert cautious.threshold(product) == calibrator.threshold(product) != 0.9
