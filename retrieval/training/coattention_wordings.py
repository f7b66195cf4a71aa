"""Words beside a photo: those that ask for another colour than it shows, and those that ask for what it shows."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from retrieval.training.coattention_goods import Range
from retrieval.training.coattention_texts import Part, part_of
from retrieval.training.ranges import COLOURS, KINDS

LIKE_THIS: Mapping[Part, Sequence[str]] = {
    "train": (
        "in {colour}", "like this but in {colour}", "the same in {colour}", "do you have this in {colour}?",
        "{colour}", "this one, {colour} please", "I want it in {colour}", "have you got one like it that is {colour}",
        "do you have this {kind} in {colour}?", "this {kind}, but {colour}", "I like it, just not the colour: {colour}",
        "got that {kind} in {colour} too?", "a {kind} like this one in {colour}", "{colour} would be better",
        "{colour}的", "有没有{colour}的", "一样的，要{colour}", "这个有{colour}吗", "像这个但是{colour}的",
        "这个{kind}有{colour}的吗", "这款{kind}想要{colour}的", "颜色要{colour}", "有{colour}吗",
        "给我{colour}的", "这个要{colour}", "一模一样的有{colour}吗", "喜欢这个，可是想要{colour}",
    ),
    "dev": (
        "just like that, only {colour}", "is {colour} possible?", "I would take it if it were {colour}",
        "got any in {colour}?", "{colour} ones as well?", "同款{colour}", "能换个{colour}的吗", "{colour}的有货吗",
    ),
    "test": ("similar, but {colour} instead", "is there a {colour} one of these?", "换成{colour}的有吗"),
}  # fmt: skip
# Words beside a photo that ask for what it shows, and what is left of others once a colour has become a filter.
THIS_ONE: Mapping[Part, Sequence[str]] = {
    "train": (
        "this", "this one", "is this in your shop?", "how much is this?", "have you got this {kind}?", "{kind}",
        "I am looking for this {kind}", "I want to buy this", "is this {kind} still in stock?", "what does it cost?",
        "I saw this {kind} at a friend's", "can I get such a {kind} from you?", "the same {kind}, please", "find this",
        "what is this called?", "something like this", "can you find one of those?", "do you sell these?",
        "you have that {kind}, right?", "need this", "like this but in", "the same in", "this one but", "in",
        "have you got one like it that is", "show me this {kind}", "a pair of these", "where do I get this?",
        "is it available?", "please tell me about this", "got any of these {kind}s?", "a {kind} like in the picture",
        "this exact {kind}", "hello, this?", "does it come with a guarantee?", "which {kind} is it?",
        "my {kind} broke, I need it again", "like this", "similar", "I saw this {colour} {kind} in a magazine",
        "how much is that {colour} {kind}?", "a {colour} {kind} just like in my picture",
        "who makes this {colour} {kind}?",
        "would you happen to sell the {kind} in my photo?", "what do you charge for such a {kind}?", "price please",
        "let me see this {kind}", "can you tell me more about that {kind}?", "where can I buy that {kind}",
        "有没有这个{kind}", "照片里的{kind}有没有", "图片上的这种{kind}卖吗", "店里有这{kind}吗", "有这样东西吗",
        "图里这个{colour}{kind}怎么卖", "给我看看这个{kind}", "这{kind}什么价", "有图上这种{kind}吗",
        "照片里这个东西有没有", "这个", "有这个吗", "这个{kind}多少钱",
        "{kind}", "我想买这个{kind}", "找一下这个", "跟图里一样的{kind}", "这款还有货吗", "这是什么{kind}",
        "请问这个{kind}有吗", "你们卖这种{kind}吗", "麻烦帮我找图片里的东西", "想买一样的", "照片上这个", "有没有的",
        "像这个但是的", "类似这种的", "我在朋友家看到这个{kind}", "想要一模一样的",
    ),
    "dev": ("is this {kind} available?", "I need one of these", "请问有图上的{kind}吗"),
    "test": (
        "do you have this {kind}?", "could you show me that {kind}", "what's the price of this one?",
        "你们有这样的{kind}吗？",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recolouring:
    """A photo of a good, words that ask for another colour, and the goods of its family that have it."""

    picture: int
    good: int
    family: str
    text: str
    colour: str
    right: tuple[int, ...]


def recolourings(shop: Range, part: Part, chance: random.Random) -> list[Recolouring]:
    """Every photo of the part whose family has other colours, once for each of up to three of them.

    Goods are those of the part where a shop's goods are split, else families are: a family is wholly in one part.
    """
    split = len({good.part for good in shop.goods}) > 1
    families: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for i, good in enumerate(shop.goods):
        if good.part == part if split else part_of(f"family:{good.family}") == part:
            families[good.family][good.colour].append(i)
    found: list[Recolouring] = []
    for shot in shop.shots:
        good = shop.goods[shot.good]
        others = [colour for colour in families.get(good.family, {}) if colour != good.colour]
        if shot.part != part or not others:
            continue
        for colour in chance.sample(others, min(3, len(others))):
            form = chance.choice(LIKE_THIS[part])
            form = form if COLOURS.get(colour.title()) or not _chinese(form) else "in {colour}"
            right = tuple(families[good.family][colour])
            found.append(
                Recolouring(shot.picture, shot.good, good.family, _said(form, good.kind, colour), colour, right)
            )
    return found


@dataclass(frozen=True, slots=True)
class Pointed:
    """A photo of a good, and words that ask for what it shows."""

    picture: int
    good: int
    text: str


def pointed(shop: Range, part: Part, chance: random.Random) -> list[Pointed]:
    """Every photo of the part, with two ways to ask for what it shows."""
    found: list[Pointed] = []
    for shot in (shot for shot in shop.shots if shot.part == part):
        good = shop.goods[shot.good]
        for form in chance.sample(THIS_ONE[part], 2):
            found.append(Pointed(shot.picture, shot.good, _said(form, good.kind, good.colour) or "this"))
    return found


def _said(form: str, kind: str, colour: str) -> str:
    """The words in the language of their form; what has no name in it is left out."""
    english, chinese = KINDS.get(kind, (kind.lower(), ""))
    if _chinese(form):
        return form.format(kind=chinese, colour=COLOURS.get(colour.title(), ""))
    return " ".join(form.format(kind=english, colour=colour).split())


def _chinese(form: str) -> bool:
    return any("一" <= letter <= "鿿" for letter in form)
