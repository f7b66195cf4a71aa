"""What customers deny, in either language: what a cue covers, where that ends, and what only looks like a denial."""

import numpy as np
import pytest

from retrieval.denials import denied, marked


def said(text: str) -> list[str]:
    return [text[start:end] for start, end in denied(text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a bag, not leather", ["leather"]),
        ("a sweater that doesn't contain wool", ["wool"]),
        ("anything but black", ["black"]),
        ("I'd take canvas rather than leather", ["leather"]),
        ("I am allergic to wool, is there a sweater?", ["wool"]),
        ("leather I can’t stand, a bag please", ["leather"]),
        ("leather is out of the question", ["leather"]),
        ("bag -leather", ["leather"]),
        ("a non-leather light blue bag", ["leather"]),
        ("a navy blue-free rug", ["navy", "blue"]),
        ("leave the leather out, a bag", ["leather"]),
        ("please nothing too shiny, a silk dress", ["shiny"]),
        ("不要真皮的", ["真皮"]),
        ("手提包，真皮的不要", ["真皮"]),
        ("我对羊毛过敏，有没有毛衣", ["羊毛"]),
        ("黑色以外的裙子", ["黑色"]),
        ("別給我黑色的", ["黑色"]),
    ],
)
def test_a_cue_before_or_behind_denies(text: str, words: list[str]) -> None:
    assert said(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not leather, but canvas", ["leather"]),
        ("instead of leather, canvas", ["leather"]),
        ("no leather, suede or fur please, a coat", ["leather", "suede", "fur"]),
        ("not black and in cotton", ["black"]),
        ("no nylon; a cotton shirt", ["nylon"]),
        ("I don't want leather, just a handbag", ["leather"]),
        ("不是黑色而是白色的包", ["黑色"]),
        ("不要黑色、白色和灰色的裙子", ["黑色", "白色", "灰色"]),
        ("除了黑色，什么颜色的包都行", ["黑色"]),
    ],
)
def test_a_scope_ends_where_something_else_is_wished(text: str, words: list[str]) -> None:
    assert said(text) == words


@pytest.mark.parametrize(
    "text",
    [
        "why not a leather bag?",
        "a red dress, no hurry",
        "not only black but also red bags",
        "I have not found a leather bag yet",
        "nothing but leather bags",
        "I can't wait to get a leather bag",
        "don't you have a black one?",
        "no, I want the black one",
        "a non-stick pan",
        "特别喜欢黑色的包",
        "有没有黑色的",
        "没有黑色的吗",
        "非真皮不可",
        "不锈钢水壶",
        "除了黑色还要白色的包",
    ],
)
def test_what_only_looks_like_a_denial_denies_nothing(text: str) -> None:
    assert said(text) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not a leather handbag", ["leather"]),
        ("no leather handbags for me", ["leather"]),
        ("I don't want a bag with zips", ["zips"]),
        ("shoes, no high heels", ["high", "heels"]),
        ("no sneakers, please", ["sneakers"]),
        ("不要真皮的手提包", ["真皮"]),
        ("非真皮手提包", ["真皮"]),
        ("不要皮鞋，要布鞋", ["皮鞋"]),
    ],
)
def test_the_thing_that_is_wanted_is_not_denied_with_its_quality(text: str, words: list[str]) -> None:
    assert said(text) == words


def test_tokens_are_denied_by_where_they_stand_in_the_text() -> None:
    text = "leather, but not leather"

    marks = marked(text, [(0, 4), (4, 7), (7, 8), (9, 12), (13, 16), (17, 21), (21, 24)])

    assert marks.tolist() == [0, 0, 0, 0, 0, 1, 1]
    assert marks.dtype == np.float32
    assert marked("", []).tolist() == []
