"""What the Chinese encoder learns from: sentences of one meaning in English and in Chinese.

They come from Tatoeba's translations (a file of the caller's) and from the shop questions beside this module: Markdown
files with a heading a meaning and a line a phrasing, where `{colour}` stands for any word of that list in `words.md`.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from retrieval.embedders.traditional import simplified
from retrieval.errors import BadImport
from retrieval.roles import language_of

QUESTIONS = Path(__file__).parent / "shop_questions"
FILLINGS = 24
_SLOT = re.compile(r"\{(\w+)\}")
_GREETINGS = (
    "你好，",
    "您好，",
    "亲，",
    "请问",
    "请问一下，",
    "想问下",
    "我想问一下，",
    "在吗？",
    "麻烦问下，",
    "老板，",
    "客服你好，",
)
_ENDINGS = ("谢谢", "呢", "啊", "呀", "，急", "，谢谢！", "？？", "，麻烦了", "～")


@dataclass(frozen=True, slots=True)
class Meaning:
    """Texts that say the same; `topic` names the heading they were written under, or is empty."""

    english: tuple[str, ...]
    chinese: tuple[str, ...]
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """One entry of a word list: the English word and the Chinese ones that mean it."""

    english: str
    chinese: tuple[str, ...]


def read_tatoeba(file: Path) -> list[Meaning]:
    """Tatoeba's English sentences, each with its Chinese translations.

    The file has an English sentence, a Chinese sentence and an attribution a line, separated by tabs. Raises
    `BadImport` where it is missing or a line has another form.
    """
    if not file.is_file():
        raise BadImport(f"expected Tatoeba's English–Chinese sentences at {file}, found no file")
    chinese: dict[str, dict[str, None]] = defaultdict(dict)
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        columns = line.split("\t")
        if len(columns) != 3:
            raise BadImport(
                f"{file.name}, line {number}: expected three columns separated by tabs, found {len(columns)}"
            )
        chinese[columns[0]][simplified(columns[1])] = None
    return [Meaning((english,), tuple(texts)) for english, texts in chinese.items()]


def read_words(folder: Path = QUESTIONS) -> dict[str, list[Word]]:
    """The word lists by name; each line is an English word, `=`, and Chinese words between commas."""
    lists: dict[str, list[Word]] = {}
    for name, lines in _sections(folder / "words.md"):
        pairs = [line.split(" = ") for line in lines]
        lists[name] = [Word(english, tuple(chinese.split("，"))) for english, chinese in pairs]
    return lists


def read_synonyms(folder: Path = QUESTIONS) -> list[tuple[str, ...]]:
    """Groups of Chinese words that may stand for each other in a shopper's question."""
    return [tuple(line.split("，")) for _, lines in _sections(folder / "synonyms.md") for line in lines]


def read_questions(folder: Path = QUESTIONS) -> list[Meaning]:
    """The questions as they are written, with their slots still open; a topic may go on in another file."""
    files = sorted(file for file in folder.glob("*.md") if file.stem not in {"words", "synonyms", "README"})
    topics: dict[str, list[str]] = defaultdict(list)
    for topic, lines in chain.from_iterable(_sections(file) for file in files):
        topics[topic] += lines
    meanings = []
    for topic, lines in topics.items():
        chinese = tuple(line for line in lines if language_of(_SLOT.sub("", line)) == "zh" or " " not in line)
        english = tuple(line for line in lines if line not in chinese)
        if not english or len(chinese) < 2:
            raise BadImport(f"shop question {topic}: expected an English and two Chinese phrasings at least")
        if len({frozenset(_SLOT.findall(line)) for line in lines}) > 1:
            raise BadImport(f"shop question {topic}: expected the same slots in every phrasing")
        meanings.append(Meaning(english, chinese, topic))
    return meanings


def fill(
    meaning: Meaning, words: Mapping[str, Sequence[Word]], chance: random.Random, *, ways: int = FILLINGS
) -> Iterator[Meaning]:
    """The meaning with its slots filled in several ways, each a meaning of its own; or as it is where it has none."""
    slots = sorted(set(_SLOT.findall(" ".join((*meaning.english, *meaning.chinese)))))
    for _ in range(ways if slots else 1):
        chosen = {slot: chance.choice(words[slot]) for slot in slots}
        english = {slot: (word.english,) for slot, word in chosen.items()}
        chinese = {slot: word.chinese for slot, word in chosen.items()}
        yield Meaning(
            tuple(_filled(text, english, chance) for text in meaning.english),
            tuple(_filled(text, chinese, chance) for text in meaning.chinese),
            meaning.topic,
        )


def reword(text: str, synonyms: Mapping[str, Sequence[str]], chance: random.Random) -> str:
    """The same question from another mouth: some words exchanged, now and then with a greeting or an ending."""
    for word, others in synonyms.items():
        if word in text and chance.random() < 0.3:
            text = text.replace(word, chance.choice(others), 1)
    if chance.random() < 0.15:
        text = chance.choice(_GREETINGS) + text
    if chance.random() < 0.15:
        text = text.rstrip("？?。") + chance.choice(_ENDINGS)
    return text


def others_of(groups: Iterable[Sequence[str]]) -> dict[str, list[str]]:
    """For each word the words that may take its place; longer words come first, so that they are exchanged whole."""
    others = {word: [other for other in group if other != word] for group in groups for word in group}
    return dict(sorted(others.items(), key=lambda entry: -len(entry[0])))


def _filled(text: str, words: Mapping[str, Sequence[str]], chance: random.Random) -> str:
    return _SLOT.sub(lambda slot: chance.choice(words[slot[1]]), text).replace("的的", "的")


def _sections(file: Path) -> Iterator[tuple[str, list[str]]]:
    """Each heading of a Markdown file with the list lines under it."""
    heading = ""
    lines: list[str] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            if lines:
                yield heading, lines
            heading, lines = line[3:].strip(), []
        elif line.startswith("- "):
            lines.append(line[2:].strip())
    if lines:
        yield heading, lines
