"""Sentences of what is sure about a photo, in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.vision.reading import Thing
from retrieval.embedders.photo_labels import Opinion

UNSAID = {"plain", "wood grain"}  # known, but nobody says it


def caption(said: Mapping[str, Opinion]) -> str:
    """One English sentence: "A navy blue striped cotton cushion on a white background."."""
    return f"{with_article(phrase(said))}{_scene(said)}." if "type" in said else _unnamed(said)


def caption_zh(said: Mapping[str, Opinion]) -> str:
    """The same sentence in Chinese."""
    words = "".join(opinion.word.zh for opinion in _adjectives(said))
    if "type" not in said:
        return f"{words}的物品，看不出是什么。" if words else "看不出这是什么。"
    scene = "".join(
        part.format(said[question].word.zh)
        for question, part in (("sleeve", "，{}"), ("background", "，背景是{}"), ("condition", "，看起来{}"))
        if question in _seen_around(said)
    )
    thing = said["type"].word.zh
    return f"{words}的{thing}{scene}。" if words else f"{thing}{scene}。"


def phrase(said: Mapping[str, Opinion]) -> str:
    """The thing with its qualities, without an article: "pair of black sandals"."""
    words = " ".join(opinion.word.en for opinion in _adjectives(said))
    measure, thing = _measured(said["type"].word.en)
    return f"{measure}{words} {thing}" if words else measure + thing


def with_article(words: str) -> str:
    return f"{'An' if words[0] in 'aeiou' else 'A'} {words}"


def listed(things: Sequence[Thing], *, whole: bool) -> str:
    """ "I can see several things: a red mug and a blue cushion.", as far as they can be named; `whole` if all can."""
    if not things:
        return "I can see several things, but I cannot tell what they are."
    names = [f"{thing.caption[0].lower()}{thing.caption[1:]}".removesuffix(".") for thing in things]
    told = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    return f"I can see several things{':' if whole else ', among them'} {told}."


def listed_zh(things: Sequence[Thing], *, whole: bool) -> str:
    if not things:
        return "照片里有几样东西，看不出是什么。"
    told = "、".join(thing.caption_zh.removesuffix("。") for thing in things)
    return f"照片里有几样东西{'：' if whole else '，其中有'}{told}。"


def _unnamed(said: Mapping[str, Opinion]) -> str:
    words = " ".join(opinion.word.en for opinion in _adjectives(said))
    return f"{with_article(f'{words} item')}; I cannot tell what it is." if words else "I cannot tell what this is."


def _scene(said: Mapping[str, Opinion]) -> str:
    around = _seen_around(said)
    sleeve = f" with {said['sleeve'].word.en}" if "sleeve" in around else ""
    ground = f" on a {said['background'].word.en} background" if "background" in around else ""
    return sleeve + ground + (" that looks damaged" if "condition" in around else "")


def _seen_around(said: Mapping[str, Opinion]) -> set[str]:
    """Which of sleeve, ground and damage are worth a word."""
    named = {
        question: said[question].word.name for question in ("sleeve", "background", "condition") if question in said
    }
    return {question for question, name in named.items() if name not in ("busy", "intact")}


def _adjectives(said: Mapping[str, Opinion]) -> list[Opinion]:
    heads = ("colour", "pattern", "material")
    return [said[head] for head in heads if head in said and said[head].word.name not in UNSAID]


def _measured(thing: str) -> tuple[str, str]:
    """ "pair of shoes" → "pair of ", "shoes": the adjectives stand between them."""
    measure, of, rest = thing.rpartition(" of ")
    return measure + of, rest
