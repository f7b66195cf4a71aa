"""What Chinese words deny; see `retrieval.denials`. Words are not parted there, so scopes are runs of characters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_SPURIOUS = "|".join(
    (
        "不要紧|不急|不着急|不过(?!敏)|不但|不仅|不只|不光|不止|不错|不好意思|不知|不确定|不清楚|不管|不论|无论|不限|不介意|不在[乎意]|不挑",
        "不一定|不得不|不用说|没关系|没问题|没事|没错|没想到|没毛病|不如|不妨|何不|怎么不|为什么不|无所谓|说不定|差不多|离不开|少不了|忍不住",
        "舍不得|等不及|来不及|了不起|对不起|拿不定|不反对|不排除|不拒绝|不讨厌|不过敏|抗过敏|防过敏|不就是|(?<!只)要不(?![要是])",
        "要不要|有没有|是不是|能不能|可不可以|会不会|好不好|行不行|对不对|喜不喜欢|需不需要|想不想|合不合适|还没有?",
        "怎么没有?|[买用吃]不起|不[巧幸够到]|不小心|[找买看挑选]不[到着好定]|没有?(?:找|买|看|见|遇|用|穿|收|挑|想|试)[到过着好]?|(?:我们?|家里|手[头上])(?:现在|一直)?没有?",
        "没有?[^，。！？,.!?]{1,12}吗|没有比|非[^，。！？,.!?]{1,6}不[可行]|除了?[^，。！？,.!?]{1,10}[，,]?\\s*(?:还[要想需]|也[要想])",
        "别[的人致墅名针处样]|[特分性级类区个告识]别",
        "(?:不是|并非|没有?|也不是)(?:说|觉得)?(?:我)?(?:不|讨厌|反感|嫌弃|排斥)(?:太|怎么)?(?:喜欢|想要?|要|爱|能|可以|肯)?",
        "不[会太怎么]*(?:容?易|怎么)?(?:掉|起[球皱毛]|褪|缩水|变形|沾|粘|脏|坏|皱|勾丝|生锈|发霉|闷|扎|磨脚|刺|重|土|俗|腻|显[黑胖老脏])|不(?:太|大)?一样",
        "没有?[^，。！？,.!?]{1,8}(?:的话|也行|也可以|也没)|没(?:带(?![^，。！？,]{1,6}的)|来|到|送|赶|下单|注意|看清|洗|法|时间|钱|空|电|办法)",
        "(?:还是|感觉|觉得)?太(?:喜欢|好|棒|美|漂亮|可爱|爱|想|需要|实用|方便|划算|值|赞|谢|感谢)|谁不",
        "非[常凡洲要得但同]|[除莫若]非",
    )
)
_AHEAD = "|".join(
    (
        "(?:绝对|千万|坚决|完全|真的?|打死|死活|从来?|决)?(?:不想要|不要|不想买|不想|不买|不(?:太|大|怎么|是很|是特别)?喜欢|不爱|不是|不[能该可]以?[是有含用碰要]|不接受|不考虑|不含|不带)",
        "不包[含括]|不需要|不用|不穿|不选|不看|不收|不再|不耐|不习惯|受不了|接受不了|看不上|[穿用]不惯|[穿戴用吃闻睡喝碰坐看]不[了得来惯]|(?:驾驭|消受|欣赏|接受|适应|理解|hold)不[了来住]|不感冒|讨厌|反感|厌恶|嫌弃|拒绝|排除",
        "不(?:肯|愿意?|准|让|许|允许|打算|敢|乐意|建议|欢迎|希望)|谁(?:还|要|会)[穿用买戴要]|禁止|禁用|[最痛][烦恨怕]|恨|戒(?![指尺])|忌|避开|避免|回避|远离|抵制|放弃|谢绝|杜绝|跳过|忽略|请?勿|别再?[给拿推荐选发要来带用是]+我?|(?<![特分性级类区个告识])别|除了|除去|除开|除(?!外)",
        "撇开|抛开|去掉|剔除|而非|并非|非|与其|比起|代替|取代|替代(?!品)|没有|没|无(?![线袖缝痕框糖比数]|钢圈)",
        "不(?![行可会能适合锈粘沾透掉褪变缩倒织]|规则|对称|起[球皱毛]|[，。])",
    )
)
_BEHIND = "|".join(
    (
        "以外|除外|之外|免谈|(?:就|还是|都)?算了|不行|不可以|不适合|不合适|过敏|没兴趣|不感兴趣|无感|排除在外|不在考虑|就?不必|不合|相反",
        "免了|拉倒|打住|拉黑|退散|走开|滚|再见|拜拜|[达打]咩|劝退|踩雷|雷区|绕道|靠边|一边去|(?<=[\u4e00-\u9fff])(?i:pass|out|no)(?![a-zA-Z])|不[oO][kK]",
    )
)
# What is said against a kind of goods, as long as nobody asks whether it is so.
_BODY = (
    "发?痒|起疹|起红|不舒服|难受|打?喷嚏|咳嗽?|头[晕疼痛]|恶心|反胃|想吐|哮喘|喘不|[好很会太]?[疼痛闷捂勒]|扎[人得]|"
    "刺[人挠鼻]|磨脚|硌|害怕|[粘黏沾]肉|辣眼|出汗|眼[晕花]|夹[人头汗毛]+|起鸡皮"
)
_ILL = (
    f"(?:{_BODY}|(?<![不别要])太(?!阳|空|极|多的)[^的，。！？,.!?吗\\s]{{1,6}}?(?=了|[，。！？,.!?\\s]|$)|显(?:黑|胖|老|矮|脏|土|旧|壮|粗|肿|脸[黄大黑]|廉价)|"
    "容?易(?:脏|皱|起|掉|褪|坏|断|破|裂|生锈|发霉|变形|勾|沾|粘|藏)|掉[毛色渣漆]|褪色|起[球毛皱]|缩水|生锈|发霉|变形|勾丝|[招吸积沾]灰|有毒|致癌|不安全|不卫生|有害|一[^，。！？,.!?]{1,3}就[掉坏皱破脏裂断碎]|[沾粘]毛|"
    "不[耐好][脏看洗搭打用穿]|不透气|不吸汗|不环保|不健康|难(?:看|洗|打理|闻|搭|受|清)|[老土俗]气|幼稚|过时|廉价感?|"
    "(?:有点|好|很|挺|巨|真)(?:土|俗|丑|脏|重|硬|沉|low)|够多了?|多得是|一大堆|审美疲劳)"
)
_EITHER = "放不开|嫌弃?|受够了?|烦[死透]了?|[看穿用吃买戴听]?腻了?|请?勿[扰推入发荐]"
_CUE = re.compile(
    f"(?P<spurious>{_SPURIOUS})|(?P<behind>{_BEHIND})|(?P<either>{_EITHER})|"
    f"(?P<verdict>{_ILL}(?![^，。！？,.!?]{{0,3}}[吗么？?]))|(?P<ahead>{_AHEAD})"
)
_APART = re.compile(r"[，。！？；：,.!?;:\s]$")
_NO_GOODS = re.compile(
    "[的这那它]|最近|今[天年早晚]|[昨明]天|[春夏秋冬][天季]?|天气|外面|[屋房家]|上次|之前|现在|价格?|快递|物流|客服|运费|订单|包裹|时间|眼睛|[手脚腰肩皮]肤?"
)
_LIGHT = re.compile(
    "(?:任何|什么|那种|这种|那些|这些|那个|这个|再|又|要|想|买|给|我|拿|推荐|发|看到|看|有|是|用|含|带|穿|戴|吃|碰|推(?!车|拉)|荐|选|考虑|出现|太|很|[一两][个件条双款只张]|材质|颜色|的|:|：)*"
)
_END = re.compile(
    r"[，。！？；：,.!?;:\s]|但|不过|而|只|就|都|也|还|我|你|请|想|要|是|更|宁|来[个一件]|给|其[他它余]|别的|什么|哪|有[吗没什其]|吗|呢|吧|啊|了|[以之]外|外(?![套衣壳观])|的话"
)
_START = re.compile(
    r"[，。！？；：,.!?;:\s]|但是?|可是|而且?|就是|所以|毕竟|我|对|要|想|买|有|找|给|[跟和与](?=[^，。]+相反)|因为|请|把|穿|觉得|感觉|说(?!明)|家里|太|戴|一?[碰闻]"
)
_TAIL = re.compile(
    "(?:[的就都是可会也又还老总让]|我们?|绝对|真的?|实在|还是|最好|那种|这种|之?类的?|什么的|系列|千万|坚决|一律|通通|完全|已经|[他她]们?|老[公婆]|"
    "孩子|宝宝|猫咪?|狗狗?|身上|皮肤|耳朵|[头脚手]|[女儿]儿子?|儿子|[妈爸]妈?爸?|婆婆|[男女]朋?友|家里?人|一?[穿戴睡用闻摸看吃坐盖铺背拎洗](?:着|了|起来|上|久了|过|两次)?|[嫌觉]得?|[，,:：?？\\s])*$"
)
_JOINS = re.compile("[、和或与及/]|(?<![高低粗细坡中平带])跟|以及|还是")
# Chinese names of qualities end in what they are of: 黑色 in a colour, 羊毛 in a fibre.
_QUALITY = re.compile(
    "(?:格子|条纹|碎花|豹纹|波点|圆点|印花|蕾丝|亮片|流苏|卡通|硅胶|塑料|玻璃|尼龙|"
    "[\u4e00-\u9fff]{1,3}?(?:色|[皮革棉麻毛丝绸绒布纶龙木钢铁铜银金璃料胶瓷纹格绿蓝红紫黄灰白黑粉袖领码花]+色?))(?=(?![色子])\\w)"
)


def denied_in_chinese(text: str) -> Iterator[tuple[int, int]]:
    """The parts of a text in simplified characters that it denies, as (start, end) of its characters."""
    cues = list(_CUE.finditer(text))
    bounds = [0, *(edge for cue in cues for edge in cue.span()), len(text)]
    for i, cue in enumerate(cues):
        before, after = bounds[2 * i : 2 * i + 2], bounds[2 * i + 2 : 2 * i + 4]
        yield from _qualities(text, *_scope(text, cue.lastgroup, before, after))


def _scope(text: str, kind: str | None, before: Sequence[int], after: Sequence[int]) -> tuple[int, int]:
    """What a cue denies, ahead of it or behind; what does not stand on the one side may stand on the other."""
    match kind:
        case "ahead":
            start, stop = _ahead(text, *after)
            return (start, stop) if start < stop else _behind(text, *before)
        case "either":
            start, stop = _behind(text, *before)
            return (start, stop) if start < stop else _ahead(text, *after)
        case "verdict":
            start, stop = _behind(text, *before)
            apart = _APART.search(text, *before) or _NO_GOODS.match(text, start, stop)
            return (start, start) if apart else (start, stop)
        case "behind":
            return _behind(text, *before)
    return 0, 0


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
