"""What Chinese words deny; see `retrieval.denials`. Words are not parted there, so scopes are runs of characters."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SPURIOUS = "|".join(
    (
        "不要紧|不急|不着急|不过(?!敏)|不但|不仅|不只|不光|不止|不错|不好意思|不知|不确定|不清楚|不管|不论|无论|不限|不介意|不在[乎意]|不挑",
        "不一定|不得不|不用说|没关系|没问题|没事|没错|没想到|没毛病|不如|不妨|何不|怎么不|为什么不|无所谓|说不定|差不多|离不开|少不了|忍不住",
        "舍不得|等不及|来不及|了不起|对不起|拿不定|不反对|不排除|不拒绝|不讨厌|不过敏|抗过敏|防过敏|不就是|(?<!只)要不(?![要是])",
        "要不要|有没有|是不是|能不能|可不可以|会不会|好不好|行不行|对不对|喜不喜欢|需不需要|想不想|合不合适|还没有?",
        "[找买看挑选]不[到着好定]|没有?(?:找|买|看|见|遇|用|穿|收|挑|想|试)[到过着好]?|(?:我们?|家里|手[头上])(?:现在|一直)?没有?",
        "没有?[^，。！？,.!?]{1,12}吗|没有比|非[^，。！？,.!?]{1,6}不[可行]|除了?[^，。！？,.!?]{1,10}[，,]?\\s*(?:还[要想需]|也[要想])",
        "别[的人致墅名针处样]|[特分性级类区个告识]别",
        "非[常凡洲要得但同]|[除莫若]非",
    )
)
_AHEAD = "|".join(
    (
        "(?:绝对|千万|坚决|完全|真的?)?(?:不想要|不要|不想买|不想|不买|不太?喜欢|不大喜欢|不爱|不是|不[能该可]以?[是有含用碰要]|不接受|不考虑|不含|不带)",
        "不包[含括]|不需要|不用|不穿|不选|不看|不收|不再|不耐|不习惯|受不了|接受不了|看不上|看不惯|[穿用]不惯|[穿戴用吃]不[了得]|不感冒|讨厌|反感|厌恶|嫌弃|拒绝|排除",
        "避开|避免|回避|远离|抵制|放弃|谢绝|杜绝|跳过|忽略|请?勿|别再?[给拿推荐选发要来带用是]+我?|(?<![特分性级类区个告识])别|除了|除去|除开|除(?!外)",
        "撇开|抛开|去掉|剔除|而非|并非|非|与其|比起|代替|取代|替代(?!品)|没有|没|无(?![线袖缝痕框糖比数]|钢圈)",
        "不(?![行可会能适合锈粘沾透掉褪变缩倒织]|规则|对称|起[球皱毛]|[，。])",
    )
)
_BEHIND = (
    "以外|除外|之外|免谈|算了|不行|不可以|不适合|不合适|过敏|没兴趣|不感兴趣|无感|排除在外|不在考虑"
    "|发痒|起疹|不舒服|就?不必|不合"
)
_CUE = re.compile(f"(?P<spurious>{_SPURIOUS})|(?P<behind>{_BEHIND})|(?P<ahead>{_AHEAD})")
_LIGHT = re.compile(
    "(?:任何|什么|那种|这种|那些|这些|那个|这个|再|又|要|想|买|给|我|拿|推荐|发|看到|看|有|是|用|含|带|穿|选|太|很|[一两][个件条双款只张]|材质|颜色|的|:|：)*"
)
_END = re.compile(
    r"[，。！？；：,.!?;:\s]|但|不过|而|只|就|都|也|还|我|你|请|想|要|是|更|宁|来[个一件]|给|其[他它余]|别的|什么|哪|有[吗没什其]|吗|呢|吧|啊|了|[以之]外|外(?![套衣壳观])|的话"
)
_START = re.compile(r"[，。！？；：,.!?;:\s]|但是?|可是|我|对|要|想|买|有|找|给|跟|因为|请|把|穿")
_TAIL = re.compile(
    "(?:[的就都是可会]|我们?|绝对|真的?|实在|还是|最好|那种|这种|千万|坚决|一律|通通|完全|[，,:：?？\\s])*$"
)
_JOINS = re.compile("[、和或与及跟/]|以及|还是")
# Chinese names of qualities end in what they are of: 黑色 in a colour, 羊毛 in a fibre.
_QUALITY = re.compile(
    "[\u4e00-\u9fff]{1,3}?(?:色|[皮革棉麻毛丝绸绒布纶龙木钢铁铜银金璃料胶瓷纹格绿蓝红紫黄灰白黑粉袖领码花]+色?)(?=(?!色)\\w)"
)


def denied_in_chinese(text: str) -> Iterator[tuple[int, int]]:
    """The parts of a text in simplified characters that it denies, as (start, end) of its characters."""
    cues = list(_CUE.finditer(text))
    bounds = [0, *(edge for cue in cues for edge in cue.span()), len(text)]
    for i, cue in enumerate(cues):
        ahead = _ahead(text, *bounds[2 * i + 2 : 2 * i + 4]) if cue.lastgroup == "ahead" else None
        if ahead is None or ahead[0] == ahead[1]:
            ahead = _behind(text, *bounds[2 * i : 2 * i + 2]) if cue.lastgroup != "spurious" else (0, 0)
        yield from _qualities(text, *ahead)


def _ahead(text: str, start: int, stop: int) -> tuple[int, int]:
    light = _LIGHT.match(text, start, stop)
    start = light.end() if light else start
    end = _END.search(text, start, stop)
    return start, end.start() if end else stop


def _behind(text: str, start: int, stop: int) -> tuple[int, int]:
    tail = _TAIL.search(text, start, stop)
    stop = tail.start() if tail else stop
    return max([start, *(edge.end() for edge in _START.finditer(text, start, stop))]), stop


def _qualities(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Of "A or B的C" the spans of A and B: C, which has them, is not denied; 的 may be left out."""
    for part in _JOINS.split(text[start:stop]):
        at = text.index(part, start, stop)
        start = at + len(part)
        bare = part.rstrip("的")
        quality, named = bare.rpartition("的")[0], _QUALITY.match(bare)
        length = len(quality) or (named.end() if named else len(bare))
        if length:
            yield at, at + length
