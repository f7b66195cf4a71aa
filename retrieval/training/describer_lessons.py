"""What the describer is taught about a scene: a sentence, and answers to questions, as tokens.

Where a quality is not known, the sentence holds a word for it all the same, which is not learnt from: so a photo of a
set that names no colours does not teach that colours go unsaid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from retrieval.describer_words import ASKED, CONDITIONS, END, NOTHING, QUESTIONS, Lexicon

OPENINGS = (("a",), ("a", "photo", "of", "a"), ("this", "is", "a"))
OPENING_SHARES = (0.7, 0.15, 0.15)
UNSAID = {"plain", "wood grain"}
IGNORED = -100

Lesson = tuple[list[int], list[int]]  # tokens, and of each position the token that is to follow


def sentence(
    lexicon: Lexicon, facts: Mapping[str, str], shown: Sequence[str], guessed_colour: str, chance: np.random.Generator
) -> tuple[list[str], set[int]]:
    """The tokens of a sentence and the places of those that are not known to be true; none where nothing is to say."""
    if facts.get("type") == NOTHING:
        return [NOTHING, "can", "be", "made", "out", END], set()
    if shown:
        named = [t for name in shown for t in ("and", *_article(lexicon, name), lexicon.token("type", name))][1:]
        return ["several", "products", ":", *named, END], set()
    if "type" not in facts:
        return [], set()
    opening = list(OPENINGS[chance.choice(len(OPENINGS), p=OPENING_SHARES)])
    tokens = [*opening, *lexicon.measure(facts["type"])]
    colour = lexicon.token("colour", facts.get("colour") or guessed_colour)
    unknown = set() if "colour" in facts else {len(tokens)}
    tokens.append(colour)
    for head in ("pattern", "material"):
        if (value := facts.get(head)) and value not in UNSAID:
            tokens.append(lexicon.token(head, value))
    tokens.append(lexicon.token("type", facts["type"]))
    if sleeve := facts.get("sleeve"):
        tokens += ["with", sleeve]
    if ground := facts.get("background"):
        tokens += ["on", "a", ground, "background"]
    if facts.get("condition") == CONDITIONS[1]:
        tokens += ["that", "is", "damaged"]
    return [*tokens, END], unknown


def caption_lesson(lexicon: Lexicon, tokens: Sequence[str], unknown: set[int], wording: int) -> Lesson:
    """ "describe" and the sentence; what is asked and what is not known is not learnt."""
    asked = lexicon.asked("describe", wording)
    said = lexicon.numbers(tokens)
    learnt = [IGNORED if place in unknown else number for place, number in enumerate(said)]
    return asked + said[:-1], [IGNORED] * (len(asked) - 1) + learnt


def question_lessons(
    lexicon: Lexicon, facts: Mapping[str, str], count: int, chance: np.random.Generator
) -> list[Lesson]:
    """`count` questions of those whose answer is known, each in one of its wordings."""
    known = [question for question in ASKED if question in facts]
    lessons: list[Lesson] = []
    if not known:
        return lessons
    chosen = chance.choice(len(known), min(count, len(known)), replace=False)
    for place in chosen:
        question = known[place]
        asked = lexicon.asked(question, int(chance.integers(len(QUESTIONS[question]))))
        answer = lexicon.number[lexicon.token(question, facts[question])]
        lessons.append(([*asked, answer], [IGNORED] * (len(asked) - 1) + [answer, lexicon.number[END]]))
    return lessons


def _article(lexicon: Lexicon, name: str) -> list[str]:
    return ["a", *lexicon.measure(name)]
