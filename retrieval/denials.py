"""What a customer's words deny: "a bag, not leather" denies "leather", and so does 真皮的不要.

NegEx (Chapman et al. 2001) for shops: cues that deny what follows or what precedes them, what is said against a kind of
goods ("tassels ruin everything"), what ends a scope, and phrases that look like a cue and deny nothing ("why not", "no
hurry", 有没有). The tables, in `retrieval.denial_cues` and `retrieval.denials_chinese`, are general knowledge of both
languages, so that a wording is read alike beside goods of any kind; nothing here is learnt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.denial_cues import CUE, NEGATION
from retrieval.denials_chinese import denied_in_chinese
from retrieval.embedders.traditional import simplified

Span = tuple[int, int]
Word = re.Match[str]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_MODIFIER = re.compile("navy|light|dark|pale|bright|sky|royal|olive|off|bottle|baby|hot|faux|fake|genuine|real")
_BARE = _words("no not never without nothing none neither nor cannot")
# What stands between a cue and what it denies.
_LIGHT = _words(
    """
    a an the some any thing things anything something one ones stuff kind kinds type types sort sorts of in with for
    from by on to into made make makes making contain contains containing include includes including use uses using
    used buy take takes get gets getting see look looking looks find fancy prefer love enjoy think believe care wish
    go going come comes want wants wanted need needs like likes show showing send give recommend suggest offer wear
    wearing wears have having has had be being been is are was were it its it's me us you do does did can could
    should will would must may might really actually ever even please that this these those what which who my your
    our their his her him them they he she we i colour color colours colors coloured colored material materials
    fabric brand out bear stand tolerate abide handle either both all feel touch idea sight when again another
    consider bring brings entirely at too so very overly pull own carry accept allow cope deal sleep walk put um uh er
    erm hmm even anymore showing sending suggesting trying
    """
)
_ENDS = _words(
    """
    but just only rather instead yet though although because since as if so when while until unless than is are was
    were be do does did have has had can could will would must may might i we i'd i'll i'm i've you he she it they me us
    my your this these those there for to at by on under over below above between around about up thanks thank
    please then else also too maybe preferably ideally perhaps show give want wants need needs looking love like
    prefer find get buy send take make anyway here today what how where let's any some something anything everything
    whatever yes ok okay hello hi hey otherwise whatsoever pls plz
    anymore years ago now should
    """
)
_PRONOUNS = _words("it that this these those which who they he she we you i what there everything whose")
_WALLS = frozenset(".;!()[]…") | {"otherwise"}
_DEFINITE = _words("the my our your his her their this that these those its")
_QUESTIONS = _words("is are do does did will would can could has have was were if")
_BREAKS = _words("but because since so as if although though and or nor while , i") | frozenset(".:;!?()[]–—…-")
_RELATIVE = _words("with in made that which having containing from of who")
_DEFINING = _words("with made that which having containing")
_VERBS = _words("comes come has have fits fit goes go looks look works work costs suits matches dries lasts holds")
_GENERIC = _words(
    "kind kinds type types sort sorts style look one ones stuff thing things colour color material coloured colored"
)
_ARTICLES, _JOINS, _STOPS = _words("a an the"), _words("or nor and / & plus"), frozenset(".:;!?()[]–—…-")
_TO_WHOM, _SMALL_TALK = _words("for by"), _words("well next now thanks soon good morning sorry")
# A quality stands for itself; a word behind it is what has it: of "no leather handbags", handbags are wanted.
_QUALITY = re.compile(
    r"black|white|blue|navy|red|green|gr[ea]y|brown|beige|pink|purple|violet|yellow|orange|olive|maroon|teal|"
    r"cream|gold(en)?|silver|charcoal|mustard|lavender|turquoise|burgundy|khaki|coral|tan|lilac|mint|ivory|"
    r"bronze|copper|brass|steel|iron|metal|leather|suede|cotton|linen|wool|silk|denim|polyester|cashmere|velvet|"
    r"nylon|canvas|rubber|plastic|fur|fleece|satin|acrylic|oak|bamboo|glass|stoneware|walnut|pine|wood|ceramic|"
    r"porcelain|sleeves?|neck|collar|stripes?|prints?|patterns?|large|small|[sml]|x+[sl]|\d.*"
)
_SUBSTANCE = re.compile(
    rf"{_QUALITY.pattern}|latex|nickel|lead|down|feathers?|fragrance|perfume|scent|alcohol|parabens?|dye|pvc|bpa|"
    r"chemicals?|soy|nuts?|grain|dairy|paper|teflon|logo"
)
_WORD = re.compile(r"[^\W_\u3400-\u9fff]+(?:['-][^\W_\u3400-\u9fff]+)*|[^\w\s\u3400-\u9fff]")


@dataclass(frozen=True)
class _Scope:
    """Words that a cue denies; from `last` on, those after the last "or"; `article` says that "a" came before them."""

    words: tuple[Word, ...]
    last: int = 0
    article: bool = False


def denied(text: str) -> list[Span]:
    """The parts of a text that it denies, as (start, end) of its characters, in order."""
    plain = simplified(text).replace("’", "'")
    return sorted({*_english(plain), *denied_in_chinese(plain)})


def marked(parts: Sequence[Span], spans: Sequence[Span]) -> NDArray[np.float32]:
    """1 for each token, given by its characters, that the denied `parts` of its text touch, and 0 for the others."""
    return np.array([any(start < b and a < end for a, b in parts) for start, end in spans], np.float32)


def _english(text: str) -> Iterator[Span]:
    cues = list(CUE.finditer(text))
    if not cues:
        return
    bounds = [0, *(edge for cue in cues for edge in cue.span()), len(text)]
    between = [list(_WORD.finditer(text, bounds[i], bounds[i + 1])) for i in range(0, len(bounds), 2)]
    undone = {i for i in range(1, len(cues)) if _undoes(cues[i - 1], between[i], cues[i])}
    scopes = [
        _Scope(()) if i in undone else _scope(cue, between[i], between[i + 1], text, i + 1 not in undone)
        for i, cue in enumerate(cues)
    ]
    spoken = {word.span() for scope in scopes for word in scope.words}
    asked = {
        _singular(word)
        for words in between
        for i, word in enumerate(words)
        if word.span() not in spoken and _is_wish(word, words[max(0, i - 2) : i])
    }
    for scope in scopes:
        yield from (word.span() for word in _without_head(scope, asked))


def _undoes(first: Word, words: Sequence[Word], second: Word) -> bool:
    """Whether a "no" takes back the denial behind it: "doesn't bother me", "I wear nothing except cotton"."""
    aversion = second.lastgroup not in ("spurious", "narrow") and not NEGATION.fullmatch(second[0])
    near = len(words) <= 4 and not any(word[0].lower() in _BREAKS for word in words)
    return aversion and near and bool(NEGATION.fullmatch(first[0]))


def _scope(cue: Word, before: Sequence[Word], after: Sequence[Word], text: str, may_front: bool) -> _Scope:
    """What a cue denies; `may_front` says that what it denies may stand before it ("leather I can't stand")."""
    match cue.lastgroup:
        case "ahead":
            found = _forward(after)
            fronted = may_front and not found.words and cue[0].lower() not in _BARE
            return _Scope(_backward(before, _WALLS)) if fronted else found
        case "around":
            return _forward(list(_WORD.finditer(text, *cue.span()))[1:-1])
        case "narrow":
            return _Scope(_nearest(_forward(after).words))
        case "verdict":
            return _Scope(_judged(before))
        case "behind" | "attached":
            return _Scope(_before(cue, before))
    return _Scope(())


def _before(cue: Word, words: Sequence[Word]) -> tuple[Word, ...]:
    """What a cue denies that stands behind it."""
    bare = cue[0].lower() in _BARE and words and words[-1][0][0].isalnum()
    if cue.lastgroup == "behind":
        found = _backward(words)
        return found[-2:] if bare else found  # "keyboard RGB lights no"
    near = tuple(words[-2:])
    near = near if len(_nearest(near)) == 2 else near[-1:]
    named = not cue[0][0].isspace() or any(_SUBSTANCE.fullmatch(word[0].lower()) for word in near)
    return near if named else ()


def _forward(words: Sequence[Word]) -> _Scope:
    """What follows a cue, up to what ends its scope."""
    found: list[Word] = []
    last, article, joined = 0, False, True  # joined: nothing was found yet behind the cue or an "or"
    for i, each in enumerate(words):
        word, following = each[0].lower(), words[i + 1][0].lower() if i + 1 < len(words) else ""
        if word == "," or word in _JOINS:
            if not found or not _goes_on(word, following, words[i + 1 :]):
                break
            joined, last, article = True, len(found), False
        elif word in _STOPS:
            if found or word != ":":
                break
        elif joined and word in _LIGHT:
            article |= word in ("a", "an")
        elif not joined and word in _RELATIVE:  # of "a bag with zips" it is the zips that are denied
            plural = each[0].lower() in _DEFINING and found[-1][0].lower().endswith("s")
            if len(found) - last > 1 or not (article or plural):
                break
            del found[last:]
            joined, article = True, False
        elif word in _ENDS or (found and not joined and word in _ARTICLES):
            break
        elif word not in _GENERIC and word[0].isalnum():
            found.append(each)
            joined = False
    return _Scope(tuple(found), min(last, len(found)), article)


def _goes_on(word: str, following: str, after: Sequence[Word]) -> bool:
    """Whether a list of what is denied goes on behind a comma, "or" or "and"."""
    if word == ",":
        items = [each[0].lower() for each in after[:8]]
        end = next((i for i, each in enumerate(items) if each in ("or", "nor")), 0)
        return end > 0 and not (_ENDS | _STOPS | _ARTICLES) & set(items[:end])
    if word == "and":
        return bool(following) and following not in _ENDS | _RELATIVE | _ARTICLES | _VERBS
    return following not in _ENDS - {"any", "anything", "some", "something"}


def _backward(words: Sequence[Word], walls: frozenset[str] = frozenset()) -> tuple[Word, ...]:
    """What precedes a cue, up to what ends its scope; `walls` end it even right before the cue."""
    found: list[Word] = []
    for each in reversed(words):
        word = each[0].lower()
        if not found and word not in walls and (word in _LIGHT | _ENDS | _GENERIC or not word[0].isalnum()):
            continue
        if word in _ENDS | _RELATIVE | _STOPS | _ARTICLES | {","}:
            break
        if word not in _JOINS | _LIGHT and word[0].isalnum():
            found.insert(0, each)
    return tuple(found)


def _judged(words: Sequence[Word]) -> tuple[Word, ...]:
    """What a verdict is about, where that is a class of things: not "it", not "my kitchen", and not a question."""
    last = words[-1][0].lower() if words else ""
    if not last or not last[0].isalnum() or last in _PRONOUNS:
        return ()
    found = _backward(words, _ENDS | _STOPS | {","})
    before = [word[0].lower() for word in words if found and word.start() < found[0].start()]
    near = before[-6:] if _RELATIVE & set(before[-2:]) else before[-2:]  # "my parcel from your shop is lost"
    definite = _DEFINITE & set(near) and last not in _GENERIC
    return () if definite or (before and before[-1] in _QUESTIONS) else found


def _nearest(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The first word, with the next where it only shades that ("non-navy blue")."""
    shades = len(words) > 1 and _MODIFIER.fullmatch(words[0][0].lower()) and _QUALITY.fullmatch(words[1][0].lower())
    return words[: 2 if shades else 1]


def _without_head(scope: _Scope, asked: set[str]) -> tuple[Word, ...]:
    """A scope without its last words where these are a thing which is wanted, and only what they are like is denied."""
    kept, joined = scope.words[: scope.last], scope.words[scope.last :]
    qualities = [i for i, word in enumerate(joined) if _QUALITY.fullmatch(word[0].lower())]
    if qualities:
        return kept + joined[: qualities[-1] + 1]
    wanted = len(joined) > 1 and (scope.article or not asked or _singular(joined[-1]) in asked)
    return kept + (joined[:-1] if wanted else joined)


def _is_wish(word: Word, before: Sequence[Word]) -> bool:
    """Whether a word says what is wanted, not for whom ("for my mum") or by when."""
    said = word[0].lower()
    little = said in _LIGHT | _ENDS | _JOINS | _SMALL_TALK or not said[0].isalnum()
    return not little and not _TO_WHOM & {each[0].lower() for each in before}


def _singular(word: Word) -> str:
    return word[0].lower().removesuffix("s")
