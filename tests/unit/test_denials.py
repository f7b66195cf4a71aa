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
        ("a scarf; mustard would be a mistake", ["mustard"]),
        ("lace looks cheap on me, a plain top", ["lace"]),
        ("velvet is too hot in summer, cushions please", ["velvet"]),
        ("though zips ruin the look, a parka", ["zips"]),
        ("marble shows every stain, so a wooden board", ["marble"]),
        ("mohair irritates my skin, a cardigan", ["mohair"]),
        ("chairs. Rattan drives us mad", ["Rattan"]),
        ("a tray, plastic's a hard pass", ["plastic"]),
        ("checked shirts aren't my style, a striped one", ["checked", "shirts"]),
        ("a lamp, brass 👎", ["brass"]),
        ("glossy tiles are a problem, matt ones", ["glossy", "tiles"]),
        ("soft cases get crushed in my bag, a hard one", ["soft", "cases"]),
        ("loafers slip off when I walk, laced shoes", ["loafers"]),
        ("cork is not what I'm after, a mat", ["cork"]),
        ("蕾丝扎人，来件纯棉的", ["蕾丝"]),
        ("白色太容易脏了，要深色的", ["白色"]),
        ("紫色我穿着显老，裙子", ["紫色"]),
        ("卡通的孩子嫌幼稚，书包", ["卡通"]),
        ("檀香闻了头疼，换个花香", ["檀香"]),
        ("塑料有毒，要个陶瓷碗", ["塑料"]),
        ("修身的我穿不来，宽松卫衣", ["修身"]),
        ("粉色的够多了，要绿的", ["粉色"]),
    ],
)
def test_what_is_said_against_a_kind_of_goods_denies_it(text: str, words: list[str]) -> None:
    assert said(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I'm through with velcro, lace-up shoes", ["velcro"]),
        ("we have plenty of grey, a bright rug", ["grey"]),
        ("the opposite of baggy: slim jeans", ["baggy"]),
        ("a hoodie, lose the drawstrings", ["drawstrings"]),
        ("school bans logos, so a plain polo", ["logos"]),
        ("it's against our beliefs to wear fur, a parka", ["fur"]),
        ("I wouldn't be seen in neon", ["neon"]),
        ("I look silly in berets so a cap", ["berets"]),
        ("the fewer buttons the better", ["buttons"]),
        ("a mat that is free of latex and comes in blue", ["latex"]),
        ("a latex free mat, free shipping?", ["latex"]),
        ("keyboard with cable pls RGB lights no", ["RGB", "lights"]),
        ("boots witout laces", ["laces"]),
        ("whoever invented ruffles, plain blouse", ["ruffles"]),
        ("wide is more me than slim, jeans", ["slim"]),
        ("if it has a touchscreen I'm not interested", ["touchscreen"]),
        ("can you filter the grey ones out? jackets", ["grey"]),
        ("谁还穿喇叭裤啊，要直筒的", ["喇叭裤"]),
        ("老公不肯穿格子衬衫", ["格子"]),
        ("我家禁止塑料，买个饭盒", ["塑料"]),
        ("亮片勿推，要素色的", ["亮片"]),
        ("受够了条纹，来件纯色的", ["条纹"]),
    ],
)
def test_customers_turn_things_down_in_many_ways(text: str, words: list[str]) -> None:
    assert said(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("leather doesn't bother me", []),
        ("he wears nothing except cotton", []),
        ("I can't stand anything other than linen", []),
        ("I don't like leather except suede", ["leather"]),
        ("it's not that I don't like black", []),
        ("there's no such thing as too much leopard print", []),
        ("I don't want nothing pink", ["pink"]),
        ("不是说不喜欢粉色", []),
        ("不容易脏的沙发套", []),
    ],
)
def test_one_denial_takes_back_another(text: str, words: list[str]) -> None:
    assert said(text) == words


@pytest.mark.parametrize(
    "text",
    [
        "a red dress; it would be a shame to miss the sale",
        "my kitchen is too dark, a bright lamp please",
        "my black parcel from another shop is lost",
        "there aren't many green sofas around",
        "leather is no problem",
        "I need a hard case because things get broken in my bag",
        "a jacket that keeps me dry and a hat that never slips off",
        "sorry to be a pain, do you sell silk pillowcases",
        "怎么没有绿色的毛毯",
        "买不起真皮的",
        "I'd like to return the blue mug, it is too small",
        "does linen crease easily? I want a shirt",
        "is leather too hot for summer?",
        "a rug that hides every stain",
        "strong hooks to hold the curtain",
        "Wouldn't a wooden train be nice?",
        "cant find the purple towels",
        "a steel knife, not cheap",
        "天气太热了，想买条亚麻裤",
        "这个太大了，换成小号的",
        "会不会太大？想买凉鞋",
        "太喜欢这个蓝色了",
        "没有红色的话蓝色也行",
        "没带伞，想买一把",
    ],
)
def test_a_complaint_or_a_question_about_one_thing_denies_no_kind_of_goods(text: str) -> None:
    assert said(text) == []


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


@pytest.mark.parametrize("words", ["not ", "is a ", "isn't a ", "any ", "the less ", "不太", "一穿", "，", " "])
def test_a_long_text_of_cues_is_read_at_once(words: str) -> None:
    assert said(words * 400 + "; no leather")[-1:] == ["leather"]


def test_tokens_are_denied_by_where_they_stand_in_the_text() -> None:
    text = "leather, but not leather"

    marks = marked(denied(text), [(0, 4), (4, 7), (7, 8), (9, 12), (13, 16), (17, 21), (21, 24)])

    assert marks.tolist() == [0, 0, 0, 0, 0, 1, 1]
    assert marks.dtype == np.float32
    assert marked(denied(""), []).tolist() == []
