"""What a customer's words deny: "a bag, not leather" denies "leather", and so does 真皮的不要.

NegEx (Chapman et al. 2001) for shops: cues that deny what follows or what precedes them, what ends their scope, and
phrases that look like a cue and deny nothing ("why not", "no hurry", 有没有). The tables are general knowledge of both
languages, so that a wording is read alike beside goods of any kind; nothing here is learnt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.denials_chinese import denied_in_chinese
from retrieval.embedders.traditional import simplified

Span = tuple[int, int]
Word = re.Match[str]


def _table(*phrases: str) -> str:
    """Alternatives, in which a space stands for any white space."""
    return "|".join(phrase.strip() for each in phrases for phrase in each.split(" | ")).replace(" ", r"\s+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Polite and rhetorical phrases, questions, what the customer lacks, double denials, and features that goods claim in
# the same words ("wrinkle-free"), by which the right ones are found.
_SPURIOUS = _table(
    r"why (?:not|\w+n't) | whether or not | or not | if not | not (?:only|just|merely|simply|solely)",
    r"no (?:hurry|rush|problem|worr\w+|idea|doubt|matter|wonder|need|stress|pressure|preference|limit|longer|"
    r"fuss|hassle)s?\b",
    r"no (?:clue|one|reason|trouble|objection|offen[cs]e|delay|big deal|brainer)s?\b | no \w+ than\b",
    r"(?<![?:]\s)no(?=\s*(?:[,.!?;:]|$)) | no[- ](?:iron|show|slip|drip|nonsense|tie)\b",
    r"non-?(?:stick|slip|iron|toxic|skid|scratch|fiction)\b",
    r"not? (?:more|less|later|fewer|earlier|bigger|smaller|longer|shorter|wider|over|above|under|below)\b(?: than)?",
    r"not (?:sure|certain|yet|to worry|bad|far|picky|fussy|necessarily|that i|unlike|least|so much|even sure|"
    r"to mention)\b",
    r"not (?:opposed|averse|against|allergic|without)\b | never mind | now or never | never too late",
    r"(?:do not|does not|did not|not|\w*n't)(?: really)? (?:need|have) to(?: be)?\b | needn't(?: be)?\b",
    r"(?:\w*n't|not) (?:know|care(?! for)|mind|worry|matter|forget|hesitate|understand|remember|fret|say no|"
    r"hurt|get me wrong)\b",
    r"(?:\w*n't|not|never|cannot)(?: \w+)? (?:hate|dislike|avoid|exclud\w+|rule out|skip|refuse|resist|beat|"
    r"fault|go wrong)\b",
    r"(?:\w*n't|cannot|can not|never|not)(?: \w+){0,4} without\b",
    r"(?:ca\w*n't|cannot|can not|can never)(?: quite| really)? (?:wait|decide|choose|help|get enough|believe|stop)\b",
    r"(?:ca\w*n't|couldn't|cannot|can not|could not)(?: seem to)? find\b",
    r"(?:have|has|had)(?:n't| not| never)(?: yet| really| ever| even)? (?:found|seen|got|gotten|had|owned|tried|"
    r"worn|bought)\b",
    r"never(?: yet| really| ever| even)? (?:found|seen|got|gotten|had|owned|tried|worn|bought)\b",
    r"(?:have|has|had)(?:n't| not| never)(?: yet)? (?:decided|received|managed|made up|heard|come across|been able)\b",
    r"(?:i|we|you)(?: still| really| just)? (?:don't|do not|haven't|didn't|did not)(?: yet| actually)? (?:have|"
    r"own|got|see|sell|stock)\b",
    r"\w+n't (?:you|there|it|this|that|these|those|i|we|they|he|she)\b | (?:do|are|is|have|can) (?:you|there) not\b",
    r"nothing (?:but|except|other than|else than|beats|like|wrong|against|special|fancy|compares|better|"
    r"short of|less|more)\b",
    r"(?:none|no one|nobody|no other \w+) (?:but|other than)",
    r"without (?:a |any |further )?(?:doubt|delay|hesitation|fail|problem|hassle)",
    r"(?:hands|duty|care|hassle|risk|stress|wrinkle|crease|iron|bpa|gluten|lactose|sugar|toll|fuss|cruelty|fat|"
    r"tax|rust|noise)-free\b",
)
_AROUND = _table(
    r"(?:leave|leaving|keep|keeping|rule|count|cut)(?! (?:it|me|them|this|that)\b)(?: [\w-]+){1,3} (?:out|off|"
    r"away)\b(?! of)",
)
_BEHIND = _table(
    r"(?:out of the question|off the table|off[- ]limits|ruled out|forbidden|banned|unacceptable|unwelcome|"
    r"unwanted|excluded|excepted)",
    r"(?:is|are|'s)(?: just| simply| definitely)? (?:out|no option|no good|not an? option|"
    r"an? (?:\w+ )?(?:deal[- ]?breaker|turn[- ]?off))\b(?! of| to)",
    r"(?:is|are|'s)(?: \w+)?(?: an?)? no[- ]?(?:go|no)s?\b",
    r"(?:is|are)(?:n't| not)(?: really| exactly)? (?:an option|for me|for us|my (?:thing|style|taste|cup)|"
    r"wanted|welcome|allowed|acceptable|needed|possible)\b",
    r"(?:does|do|did|wo|will)\s?(?:n't| not)(?: really)? (?:work|suit|agree|appeal|cut it|do|count)\b(?: with|"
    r" for| to)?(?: (?:me|us|my skin|her|him))?",
    r"not (?:wanted|allowed|acceptable|welcome|permitted|included) | need not apply",
    r"no,? (?:thanks|thank you)\b(?! to) | (?:no|never)(?=\s*(?:[,.!;]|$)) | aside(?=\s*(?:[,.]|$))",
    r"gives? (?:me|her|him|them) (?:an? )?(?:rash|hives|allerg\w+)",
    r"makes? (?:me|her|him|them|my \w+) (?:itch\w*|sneeze|sick|sweat)\b | allerg(?:y|ies)\b(?! to)",
)
_AHEAD = _table(
    r"(?:prefer|choose|pick|rather have)(?! to\b)(?: [\w-]+){1,4} over(?= )",
    r"not (?:an? |the |such a |really |exactly |so |very )*(?:big |huge |great )?(?:fans? of|keen on|fond of|"
    r"into|crazy about|interested in|after)\b",
    r"(?:any|every)(?:thing|one)?(?: [\w-]+){0,2} (?:but|bar)(?= (?!not\b|no\b|with\b|in\b|preferably|i\b))",
    r"all(?: \w+)? (?:but|bar)\b | except(?:ing)?(?: for| from)?\b | excluding | other than | apart from",
    r"aside from | save for | (?:every\w+|all) save\b | \w+thing besides | hardly any",
    r"instead of | rather than | as opposed to | in place of",
    r"different (?:from|to|than) | alternatives? to | substitutes? for | avoid(?:s|ing)?\b | hat(?:e|es|ing)\b",
    r"(?:dis|mis)like[sd]?\b | detests?\b | loathes? | despises? | abhors?",
    r"(?:steer|stay|keep)(?:s|ing)? (?:well )?(?:clear of|away from|off)\b | get rid of | far from | boycott(?:ing)?",
    r"(?:sick|tired|wary|weary|free|devoid|bored|fed up|done)(?: and tired)? (?:of|with|from|by)\b",
    r"enough (?:of|with)\b | too (?:much|many)\b | allerg\w+ (?:to|against)\b | intoleran\w+ (?:to|of)\b | averse to",
    r"opposed to | (?:am|'m|are|'re) against | skip(?:ping)?\b | omit(?:ting)?\b | drop the | ditch\b | exclude\b",
    r"(?:rule|leave|leaving) out\b | spare me | refuses?\b | reject\b | forget(?: about)?\b",
    r"(?:can|could|will) (?:do|live) without | last (?:thing|one) (?:i|we|she|he) (?:wants?|needs?)(?: is)?\b",
    r"no more\b | minus\b | sans\b | no (?:thanks|thank you) to | w/o(?:ut)?\b | lacking\b | never\b | nothing\b",
    r"none\b | without\b | neither\b | nor\b | cannot\b | not\b | no\b | \w+n't\b",
    r"(?:do|does|did|is|are|was|were|wo|would|should|could|have|has|ai|ca)nt\b",
)
_MODIFIER = re.compile("navy|light|dark|pale|bright|sky|royal|olive|off|bottle|baby|hot|faux|fake|genuine|real")
_NARROW = _table(r"non[- ]|(?<=\s)-(?=[a-z]) | (?:not|\w*n't) (?:too|so|overly|very|that|particularly|especially)\b")
_KINDS = {"spurious": _SPURIOUS, "around": _AROUND, "narrow": _NARROW, "behind": _BEHIND, "ahead": _AHEAD}
_CUE = re.compile(
    rf"(?<![\w'])(?:{'|'.join(f'(?P<{kind}>{table})' for kind, table in _KINDS.items())})|(?P<attached>-free\b)",
    re.IGNORECASE,
)
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
    consider bring brings entirely at too so very overly
    """
)
_ENDS = _words(
    """
    but just only rather instead yet though although because since as if so when while until unless than is are was
    were be do does did have has had can could will would must may might i we i'd i'll i'm you he she it they me us
    my your this these those there for to at by on under over below above between around about up thanks thank
    please then else also too maybe preferably ideally perhaps show give want wants need needs looking love like
    prefer find get buy send take make anyway here today what how where let's any some something anything everything
    whatever yes ok okay hello hi hey
    """
)
_RELATIVE = _words("with in made that which having containing from of who")
_DEFINING = _words("with made that which having containing")
_GENERIC = _words("one ones stuff thing things colour color material coloured colored")
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


def marked(text: str, spans: Sequence[Span]) -> NDArray[np.float32]:
    """1 for each of a text's tokens, given by their characters, that it denies, and 0 for the others."""
    parts = denied(text)
    return np.array([any(start < b and a < end for a, b in parts) for start, end in spans], np.float32)


def _english(text: str) -> Iterator[Span]:
    cues = list(_CUE.finditer(text))
    if not cues:
        return
    bounds = [0, *(edge for cue in cues for edge in cue.span()), len(text)]
    between = [list(_WORD.finditer(text, bounds[i], bounds[i + 1])) for i in range(0, len(bounds), 2)]
    scopes = [_scope(cue, between[i], between[i + 1], text) for i, cue in enumerate(cues)]
    spoken = {word.span() for scope in scopes for word in scope.words}
    asked = {
        _singular(word)
        for words in between
        for i, word in enumerate(words)
        if word.span() not in spoken and _is_wish(word, words[max(0, i - 2) : i])
    }
    for scope in scopes:
        yield from (word.span() for word in _without_head(scope, asked))


def _scope(cue: Word, before: Sequence[Word], after: Sequence[Word], text: str) -> _Scope:
    match cue.lastgroup:
        case "ahead":
            found = _forward(after)
            fronted = not found.words and cue[0].lower() not in _BARE  # "leather I can't stand"
            return _Scope(_backward(before)) if fronted else found
        case "narrow":
            return _Scope(_nearest(_forward(after).words))
        case "behind":
            return _Scope(_backward(before))
        case "attached":
            near = _backward(before)[-2:]
            return _Scope(near if len(_nearest(near)) == 2 else near[-1:])
        case "around":
            return _forward(list(_WORD.finditer(text, *cue.span()))[1:-1])
    return _Scope(())


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
        elif word in _ENDS:
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
        return bool(following) and following not in _ENDS | _RELATIVE | _ARTICLES
    return following not in _ENDS - {"any", "anything", "some", "something"}


def _backward(words: Sequence[Word]) -> tuple[Word, ...]:
    """What precedes a cue, up to what ends its scope."""
    found: list[Word] = []
    for each in reversed(words):
        word = each[0].lower()
        if not found and (word in _LIGHT | _ENDS | _GENERIC or not word[0].isalnum()):
            continue
        if word in _ENDS | _RELATIVE | _STOPS | _ARTICLES | {","}:
            break
        if word not in _JOINS | _LIGHT and word[0].isalnum():
            found.insert(0, each)
    return tuple(found)


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
