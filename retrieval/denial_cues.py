"""English cues of denial: what denies what follows, what precedes, or nothing at all; see `retrieval.denials`.

A space stands for any white space. Alternatives are tried from the first, so that a longer wording stands before a
shorter one. The tables say classes of wordings, not those of any one shop, customer or set of questions.
"""

from __future__ import annotations

import re


def _table(*phrases: str) -> str:
    """Alternatives, in which a space stands for any white space."""
    return "|".join(phrase.strip() for each in phrases for phrase in each.split(" | ")).replace(" ", r"\s+")


_NOT = r"(?:\w*n't|not|never|cannot)"
_IS = r"(?:is|are|'s|'re|was always|(?:would|will|can|could|must|might)(?: only| just)? be|'d be|'ll be)"
_LOOKS = r"(?:looks?|feels?|seems?|sounds?|smells?|gets?)"
_VERY = r"(?:(?:just|so|such|too|way|far|simply|really|quite|always|a bit|a little|rather|pretty|still|\w+ly) ){0,2}"
_BAD = (
    r"(?:an? |the )?(?:(?!no\b|not\b|never\b)\w+ )?(?:shame|problem|issue|trouble|risk|pity|disaster|mistake|"
    r"nightmare|nuisance|pain|devil|poison|enemy|eyesore|waste|horror|hazard|joke|crime|sin|let-?down|last thing|"
    r"worst|cliche|cliché|deal[- ]?breaker|turn[- ]?off|bad idea)\b(?! to\b)"
)
_UGLY = (
    r"(?:tacky|ugly|awful|horrible|horrid|hideous|terrible|dreadful|disgusting|gross|nasty|boring|dull|dated|outdated|"
    r"old[- ]fashioned|pass[ée]|overrated|overdone|itchy|scratchy|prickly|sweaty|impractical|inappropriate|unsuitable|"
    r"unflattering|uncomfortable|ridiculous|childish|cheesy|annoying|depressing|unbearable|useless|pointless|"
    r"dangerous|harmful|toxic|unethical|cruel|evil|wrong|taboo|frowned upon|old hat|done for|dead to \w+|yesterday|"
    r"last (?:year|season|century)|dirty|stained|bad for)\b(?! (?:in|with|wearing)\b)"
)

# Polite and rhetorical phrases, questions, what the customer lacks, double denials, and features that goods claim in
# the same words ("wrinkle-free"), by which the right ones are found.
_SPURIOUS = _table(
    r"not (?:long ago|unlike) | (?:is|are)(?:n't| not) (?:many|enough|a lot of)\b | nothing makes",
    r"why (?:not|\w+n't) | whether or not | or no[t]?\b(?=\s*(?:[,.?!]|$)) | or not | if not",
    r"not (?:only|just|merely|simply|solely)",
    r"no (?:hurry|rush|problem|worr\w+|idea|doubt|matter|wonder|need|stress|pressure|preference|limit|longer|fuss|"
    r"hassle)s?\b",
    r"no (?:clue|one|reason|trouble|objection|offen[cs]e|delay|big deal|brainer)s?\b | no \w+ than\b",
    r"no such thing as(?: an?)?(?: too (?:much|many))? | \w*n't have too (?:much|many)",
    r"never (?:enough|too (?:much|many))",
    r"(?<=[.,!;]\s)no(?=\s*(?:[,.!?;:]|$)) | ^\s*no(?=\s*(?:[,.!?;:]|$))",
    r"no[- ](?:iron|show|slip|drip|nonsense|tie)\b",
    r"non-?(?:slip|iron|toxic|skid|scratch|fiction)\b | non-stick\b | zero[- ](?:waste|gravity|drop|energy)\b",
    r"not? (?:more|less|later|fewer|earlier|bigger|smaller|longer|shorter|wider|over|above|under|below)\b(?: than)?",
    r"not (?:sure|certain|yet|to worry|bad|far|picky|fussy|necessarily|unlike|least|so much|even sure|to mention)\b",
    r"not (?:(?:too|so|that|very|overly|super) )?(?:cheap|expensive|pricey|costly|dear)\b",
    r"not (?:opposed|averse|against|allergic|without)\b | never mind | now or never | never too late",
    rf"{_NOT} (?:that|as if|like|because|say(?: that)?) (?:i|we|she|he)\b(?: (?:don't|dont|do not|doesn't|hate|"
    rf"dislike)\b)?",
    r"(?:do not|does not|did not|not|\w*n't)(?: really)? (?:need|have) to(?: be)?\b | needn't(?: be)?\b",
    r"(?:\w*n't|\w+nt|not) (?:know|care(?! for)(?: less)?|mind|worry|matter|forget|hesitate|understand|remember|fret|"
    r"say no|hurt|get me wrong)\b",
    rf"{_NOT}(?: \w+)? (?:go wrong|beat|fault|resist|rule out)\b",
    rf"{_NOT}(?: \w+){{0,4}} without\b",
    r"(?:ca\w*n't|cannot|can not|can never)(?: quite| really)? (?:wait|decide|choose|help|get enough|believe|stop)\b",
    r"(?:ca\w*n't|couldn't|cannot|can not|could not|cant|couldnt)(?: seem to)? (?:find|see|open|log|track|reach)\b",
    r"(?:did|has|have|had|does|do)(?:n't| not)(?: even)? (?:last|arrive\w*|come|survive|show up|turn up|turn on|reach|"
    r"hold up|fit(?! my| the| in))\b",
    r"(?:have|has|had)(?:n't| not| never)(?: yet| really| ever| even)? (?:found|seen|got|gotten|had|owned|tried|worn|"
    r"bought)\b",
    r"never(?: yet| really| ever| even)? (?:found|seen|got|gotten|had|owned|tried|worn|bought|leave home|received|"
    r"arrived|came|worked|turned up|showed up)\b | oh no\b | (?:is|are|was|does|did|has)(?:n't| not) (?:working|"
    r"work(?!\w|(?: well)? (?:for|with)))\b",
    r"(?:have|has|had)(?:n't| not| never)(?: yet)? (?:decided|received|managed|made up|heard|come across|been able)\b",
    r"(?:i|we|you)(?: still| really| just)? (?:don't|do not|haven't|didn't|did not)(?: yet| actually)? (?:have|own|"
    r"got|see|sell|stock)\b",
    r"\w+n't (?:you|there|it|this|that|these|those|i|we|they|he|she)\b | (?:do|are|is|have|can) (?:you|there|it) not\b",
    r"(?:would|could|should|wo)n't (?:an?|the|some)\b | (?:^|(?<=[.!?]\s))(?:is|are)n't(?=[^.!?;]*\?)",
    r"(?:not|\w*n't)(?: too| so)? (?:possible|too much (?:trouble|to ask|bother)|an issue|urgent|important)\b",
    r"nothing (?:but|except|other than|else than|beats|like|wrong|against|special|fancy|compares|better|short of|less|"
    r"more)\b",
    r"(?:none|no one|nobody|no other \w+) (?:but|other than)",
    r"(?:nobody|no one)(?: \w+){0,2} (?:sells|has|stocks|makes)\b",
    r"without (?:a |any |further )?(?:doubt|delay|hesitation|fail|problem|hassle)",
    r"(?:afraid|scared|frightened|terrified) of the dark\b | i'm afraid\b(?! of)",
    r"(?:hands|duty|care|hassle|risk|stress|wrinkle|crease|iron|bpa|gluten|lactose|sugar|toll|fuss|cruelty|fat|tax|"
    r"rust|noise)-free\b",
)
_AROUND = _table(
    r"(?:leave|leaving|filter|weed|screen|toss|keep|keeping|rule|count|cut)(?! (?:it|me|them|this|"
    r"that)\b)(?: [\w-]+){1,3} (?:out|off|away)\b(?! of)",
)
# Of a class of things, what is said against it: "white would be a disaster", "tassels ruin everything".
_VERDICT = _table(
    rf"(?:{_IS}|{_LOOKS}|ends? up) {_VERY}(?:crushed|squashed|shredded|lost|tangled|stuck|soaked|sticky|ruined|"
    rf"destroyed|"
    r"chewed|broken|torn|scratched|bent|mou?ldy|rusty|smelly|too much|a bit much)\b",
    r"(?:always |just |only )?(?:slides?|slips?|falls?|comes?|peels?|flies|fly) (?:off|apart|over|undone|loose)\b",
    r"(?:sticks? to | digs? into | cuts? into) (?:my|the|your|her|his|everything)\b(?: \w+)?",
    r"weighs? (?:a ton|too much)\b | keeps? (?:me|us|him|her|them) (?:awake|up)\b",
    r"(?:squeaks?|rusts?|rots?|stinks?|itch(?:es)?|chafes?|wobbles?|leaks?|shrinks?|fades?|sags?|frays?|pinch(?:es)?|"
    r"sheds?|squeals?|scratch(?:es)?|prickles?)(?=\s*(?:[,.;!]|$)| (?:so|and|too|in|after|when|all|every|like|me|"
    r"my)\b)",
    rf"{_IS} {_VERY}(?:{_BAD}|{_UGLY}) | {_LOOKS} {_VERY}(?:cheap|{_UGLY})",
    rf"{_IS} (?:\w+ly |just |way |far |a bit |always )?too \w+ | {_LOOKS} (?:way |far |a bit |always )?too \w+",
    rf"{_IS} so (?:\d+s|yesterday|last|\w+ties)\b",
    rf"{_IS} {_VERY}(?:against|beneath|beyond) (?:my|our|his|her|their|all)\b(?: \w+\b)?(?! \w+ to\b| to\b)",
    r"(?:can |will |would |always |just |really )?(?:ruins?|spoils?|kills?) (?:everything|it|the \w+|my \w+|any \w+)",
    r"(?:drives?|driving) (?:me|us|him|her|them|my \w+) (?:crazy|mad|nuts|insane|up the wall|batty)",
    r"(?:always |just |really )?(?:triggers?|irritates?|bothers?|annoys?|scares?|creeps?|bores?|hurts?|aggravates?|"
    r"upsets?|freaks?|depresses|disgusts?|worr(?:y|ies)) (?:me|us|him|her|them|my|our|his|their)\b(?: \w+)?",
    r"(?:puts?|turns?|weirds?|washes|creeps?|grosses) (?:me|us|him|her|them) (?:off|out)\b",
    r"shows? (?:up )?(?:every|all|any|each|the (?:dirt|dust|stains?))\b | (?:stains?|creases?|breaks?|wrinkles?|"
    r"scratch(?:es)?|snags?|tears?|shatters?|rips?) (?:too |so |far too )?(?:easily|quickly|fast|badly|at once)\b",
    r"(?:attracts?|collects?|catch(?:es)?|picks? up|holds?|gathers?) (?:every|all|dust|dirt|hair|lint|fluff|fur)\b",
    r"clash(?:es)?\b(?: with)? | reminds? (?:me|us|him|her) of\b",
    r"(?:keeps?|kept) (?:breaking|slipping|falling|tearing)\b",
    r"(?:goes|will go|would go|go) (?:straight|right) back\b | (?:will|would) (?:be|get) (?:returned|sent back)\b",
    r"(?:can|must|has to|have to|can all)(?: just)? (?:go|stay away|stay home)\b(?=\s*(?:[,.!;:]|$))",
)
_BEHIND = _table(
    r"(?:out of the question|off the table|off[- ]limits|ruled out|forbidden|banned|prohibited|unacceptable|unwelcome|"
    r"unwanted|excluded|excepted)",
    rf"{_IS}(?: just| simply| definitely)? (?:out|no option|no good|no use|not an? option|"
    r"an? (?:\w+ )?(?:deal[- ]?breaker|turn[- ]?off))\b(?! of| to)",
    rf"{_IS}(?: \w+)?(?: an?)? no[- ]?(?:go|no)s?\b | {_IS} an?(?: \w+)? (?:no|pass|veto)\b(?!-)",
    r"(?:is|are)(?:n't|nt| not)(?: really| exactly)? (?:an option|for me|for us|my (?:thing|style|taste|cup|friends?|"
    r"favou?rites?|jam|look|vibe)|wanted|welcome|allowed|acceptable|needed|permitted|ideal|practical|suitable|"
    r"appropriate|it\b)\b",
    r"(?:does|do|did|wo|will|would|ca|could|can)\s?(?:n't|nt|not| not)(?: really| quite)? (?:work|suit|agree|appeal|"
    r"cut it|do|count|flatter|match|go with|sit well|belong|fly|breathe|age well|last|look (?:good|right|nice)|"
    r"feel (?:good|right|nice)|happen|convince|excite|fit (?:in|my|our|the))\b(?: with| for| to)?(?: (?:me|us|my skin|"
    r"her|him))?",
    r"(?:is|are)(?:n't|nt| not) what (?:i|we)(?:'m| am|'re| are)? \w+(?: for)?",
    r"not (?:wanted|allowed|acceptable|welcome|permitted|included) | need not apply | not interested\b(?! in)",
    r"no,? (?:thanks|thank you)\b(?! to) | (?:no|never|not)(?=\s*(?:[,.!;]|$)) | aside(?=\s*(?:[,.]|$))",
    r"(?:nope|nah|yuck|ew+|ugh|no way|not a chance|(?:hell|god|please|heavens) no|forget it|"
    r"hard pass)(?=\s*(?:[,.!;:]|$))",
    r"gives? (?:me|her|him|them|my \w+)(?: \w+)? (?:rash(?:es)?|hives|allerg\w+|spots|headaches?|migraines?|blisters?|"
    r"creeps|ick|heebie\w*|nightmares|a\b)",
    r"(?:makes?|leaves?|turns?) (?:me|her|him|them|my \w+)(?: \w+)? (?:itch\w*|sneeze|sick|sweat\w*|cough|scratch|ill|"
    r"wheeze|queasy|nauseous|cry|cringe|shiver|red|sore|dizzy|uncomfortable|miserable|angry|look \w+)\b",
    r"al+erg(?:y|ies)\b(?! to)",
)
_AHEAD = _table(
    r"if (?:it|they)(?:'s| is| are| has| have|'ve)?(?: got| comes?| contains?| made|"
    r" smells?)?(?=[^.!?;]{1,40}\b(?:not interested|forget it|no deal|no thanks|i'll pass|don't bother|i'm out|"
    r"send it back|i won't|i don't want))",
    r"whoever (?:invented|designed|came up with|thought of|likes|wears|buys) | more (?:me|us|my \w+) than",
    r"(?:comes?|breaks?|came|broke|breaking) out in(?: \w+){1,3} (?:from|with|because of)",
    r"(?:prefer|choose|pick|rather have)(?! to\b)(?: [\w-]+){1,4} over(?= )",
    r"(?:not|no) (?:an? |the |such a |really |exactly |so |very |much of a? ?)*(?:big |huge |great )?(?:fans? of|"
    r"keen on|fond of|into|crazy about|interested in|after|lovers? of|friends? of|admirers? of|one for|big on|"
    r"partial to)\b",
    r"(?:no|not an?|without(?: an?y?)?|zero) (?:trace|hint|sign|touch|bit|shred|speck|form|amount)s? of\b",
    r"(?:any|every)(?:thing|one)?(?: [\w-]+){0,2} (?:but|bar)(?= (?!not\b|no\b|with\b|in\b|preferably|i\b))",
    r"all(?: \w+)? (?:but|bar)\b | ex+c?ep?t(?:ing)?(?: for| from| of)?\b | excluding | other than | apart from",
    r"aside from | save for | (?:every\w+|all) save\b | \w+thing besides | hardly any | barely any",
    r"inst[ea]+d of | rather than | as opposed to | in place of | (?:the )?(?:exact |very )?opposite (?:of|to)",
    r"the (?:less|fewer)(?=(?: [\w-]+){1,3},? the (?:better|happier|nicer)\b)",
    r"as (?:little|few)(?=(?: [\w-]+){1,3} as possible\b)",
    rf"{_NOT} be (?:caught|seen)(?: dead)? (?:in|with|wearing) | (?:rather|sooner)(?: [\w-]+){{1,6}} than",
    r"different (?:from|to|than) | alternatives? to | substitutes? for",
    r"avoid(?:s|ed|ing)?\b | (?:hat(?:e|es|ed|ing)|detests?|loathes?|despises?|abhors?|(?:dis|"
    r"mis)like[sd]?)\b(?:(?: \w+)? more than)?(?=\W|$)",
    r"(?:steer|stay|keep|shy|walk|mov)(?:e|s|ing)? (?:well |far )?(?:clear of|away from|off)\b | get rid of |"
    r" get(?:ting)? away from",
    r"far from | boycott(?:s|ing|ed)? | refrain from | (?:swear|swore|sworn|lay|laid) off | gave up | unlike",
    r"(?:giv(?:e|en|ing)) up",
    r"(?:stopped|quit|regret(?:ted)?) (?:wearing|using|buying|eating|getting|having|liking)\b",
    r"(?:look|feel)s?(?: \w+){0,2} (?:ridiculous|silly|stupid|awful|terrible|horrible|fat|old|pale|washed out|frumpy|"
    r"dead|ill|short|huge|like an? \w+) (?:in|with|wearing)\b",
    r"(?:sick|tired|wary|weary|free|devoid|bored|fed up|done|through|finished)(?: and tired| to death|"
    r" to tears)? (?:of|with|from|by)\b",
    r"(?:had (?:it|my fill) (?:with|of)) | (?:afraid|scared|frightened|terrified) of\b | (?:a )?phobia (?:of|about)",
    r"(?:have|has|own|got|'ve)(?: already)?(?: got)? (?:enough(?: of)?|(?:plenty|loads|tons|lots) of|so many|"
    r"an? \w+ full of)\b",
    r"enough (?:of|with)\b | too (?:much|many)\b | al+erg\w+ (?:to|against)\b | intoleran\w+ (?:to|of)\b | averse to",
    r"react(?:s|ed)?(?: \w+)? to\b(?! it\b) | (?:reactions?|sensitiv\w+) to",
    r"(?:bad|terrible|awful) (?:luck|experiences?) with",
    r"opposed to | objects? to | (?:am|'m|are|'re|is) (?:strictly |totally |firmly )?against\b(?: \w+ing)?",
    r"against (?:my|our|his|her|their) \w+ to | bans?\b | banning | prohibits?\b | forbids?\b | outlaws?\b",
    r"veto(?:es|ed)?\b",
    r"skip(?:s|ping)?\b | omit(?:ting)?\b | ditch(?:ing)?\b | exclude\b | spare (?:me|us) | save (?:me|us)(?: from)?\b",
    r"(?<!to\s)(?:hold|lose|drop|nix|scrap) (?:the|all|any)\b | (?:go )?easy on the",
    r"(?:i'll|we'll|i will|would|gladly) pass on\b | you can keep | say no to",
    r"(?:rule|leave|leaving|cut|cutting) out\b | (?:refus(?:es|ing|e)|refused to)\b | rejects?\b(?! at)",
    r"forget(?: about)?\b",
    r"(?:do not|don't|dont) (?:even )?(?:bother|waste \w+ \w+|try)(?: (?:with|showing|sending|suggesting|on))? |"
    r" no point(?: in)? | who (?:even|still|on earth|really|the hell)(?: \w+)? (?:wears?|wants?|needs?|likes?|buys?|"
    r"uses?)",
    r"(?:god|heaven) forbid | over my dead body | (?:can|could|will|would)(?: \w+)? (?:do|live|manage) without",
    r"last (?:thing|one) (?:i|we|she|he) (?:wants?|needs?)(?: is)?\b | no more\b | never again\b | minus\b | sans\b",
    r"no (?:thanks|thank you) to | w/o(?:ut)?\b | with out\b | (?:wihtout|witout|whitout|withot|withou|withouth)\b",
    r"lack(?:ing|s)?\b | never\b | nothing\b | none\b | without\b | neither\b | nor\b | cannot\b | not\b | no\b",
    r"\w+n't\b",
    r"(?:do|does|did|is|are|was|were|wo|would|should|could|have|has|ai|ca)nt\b | zero\b",
    "[❌🚫⛔✖✗❎👎]",
)
_NARROW = _table(r"non[- ]|(?<=\s)-(?=[a-z]) | (?:not|\w*n't) (?:too|so|overly|very|that|particularly|especially)\b")
_KINDS = {
    "spurious": _SPURIOUS,
    "around": _AROUND,
    "narrow": _NARROW,
    "verdict": _VERDICT,
    "behind": _BEHIND,
    "ahead": _AHEAD,
}
# "-free" and "-less" stand behind what they deny; " free" does behind the name of a substance alone.
CUE = re.compile(
    rf"(?:(?<![\w'])|(?='(?:s|re|d|ll|ve|m)\b))(?:{'|'.join(f'(?P<{kind}>{table})' for kind, table in _KINDS.items())})"
    r"|(?P<attached>-(?:free|less)\b|(?<=\w)\sfree\b(?!\s(?:shipping|delivery|returns?|gifts?|postage|of|from|to|for|"
    r"with)))",
    re.IGNORECASE,
)
NEGATION = re.compile(
    r"no|not|never|without|nothing|none|nobody|cannot|\w+n't|(?:do|does|did|wo|would|ca|is|are)nt", re.I
)
