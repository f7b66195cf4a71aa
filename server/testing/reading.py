"""Reads conversation scripts, and says with line, column and a suggestion what is wrong with them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from retrieval.errors import RetrievalError
from server.testing.datasets import DataSet, edited, policy_file
from server.testing.fixtures import Change, End, FaqEdit, Fixtures, Given, SignedIn
from server.testing.fixtures import DataSet as DataSetNamed
from server.testing.format import Call, Case, Expected, Located, Script, Shown, Staff, Step
from server.testing.simulated import Simulated, Wish
from tools.errors import ToolError
from tools.policy.checking import Fault
from tools.policy.composing import composed
from tools.policy.reading import text_of

SUFFIX = ".chat.yaml"
_BELOW: Mapping[str, type[BaseModel]] = {
    "test_cases": Case,
    "steps": Step,
    "bot": Expected,
    "products": Shown,
    "tools": Call,
    "staff": Staff,
    "fixtures": Fixtures,
    "shop": DataSetNamed,
    "signed_in": SignedIn,
    "faq": FaqEdit,
    "end": End,
    "customer": Simulated,
    "goals": Wish,
    "database": Change,
}
_CONSTRUCTOR: Any = yaml.constructor.SafeConstructor()
VALUES_AT_MOST = 100_000  # of a file, with every alias unfolded

Way = tuple[str | int, ...]


class BadScript(ToolError):
    """A script that cannot be run; `faults` are all that was found."""

    code = "bad_script"

    def __init__(self, name: str, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(f"{name}:{fault}" for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Known:
    """What the shop has: ids of products and of FAQ entries (None where that is not known), tools, and operations that
    ask by a card."""

    products: frozenset[str] | None
    faq: frozenset[str] | None
    tools: frozenset[str]
    operations: frozenset[str]


def scripts_in(paths: Iterable[Path]) -> list[Path]:
    """The scripts among files and in folders, in order. Raises `BadScript` for a path that names none."""
    found: dict[Path, None] = {}
    for path in paths:
        inside = sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path] if path.is_file() else []
        if not inside:
            what = f"no *{SUFFIX} in this folder" if path.is_dir() else "there is no such file or folder"
            raise BadScript(str(path), [Fault(0, 0, what)])
        found.update(dict.fromkeys(inside))
    return list(found)


def read_script(path: Path, known: Known) -> tuple[Located, ...]:
    """The cases of a file, or `BadScript` with every fault: form, files that are missing, ids that are unknown."""
    root, fault = composed(text_of(path, "a script", _bad(path)))
    if fault is not None:
        raise BadScript(str(path), [fault])
    if root is None:
        raise BadScript(str(path), [Fault(1, 1, "the file is empty; it begins with `test_cases:`")])
    faults: list[Fault] = []
    if (knot := _knot(root)) is not None:
        raise BadScript(str(path), [knot])
    value = _plain(root, faults)
    try:
        script = Script.model_validate(value)
    except ValidationError as error:
        details = error.errors(include_url=False)
        # A list counts only what was right in it: where something else is wrong, "too short" says nothing.
        faults += [_fault(root, one) for one in details if one["type"] != "too_short" or not one["input"]]
        raise BadScript(str(path), _ordered(faults)) from None
    cases = tuple(
        Located(
            path=path,
            line=_line(root, ("test_cases", number)),
            lines=tuple(_line(root, ("test_cases", number, "steps", step)) for step in range(len(case.steps))),
            case=case,
            given=Given.of((script.clock, script.fixtures), (case.clock, case.fixtures)),
        )
        for number, case in enumerate(script.test_cases)
    )
    faults += _missing(root, script, path.parent)
    for number, located in enumerate(cases):
        there_is, found = _shop_of(root, number, located, known)
        faults += found
        faults += _unknown(root, number, located.case, there_is)
    if faults:
        raise BadScript(str(path), _ordered(faults))
    return cases


def _bad(path: Path) -> Any:
    return lambda message: BadScript(str(path), [Fault(0, 0, message)])


def _knot(root: yaml.Node) -> Fault | None:
    """What cannot be unfolded: something that holds itself by an alias, or aliases of aliases without end."""
    left = VALUES_AT_MOST

    def within(node: yaml.Node, above: tuple[yaml.Node, ...]) -> Fault | None:
        nonlocal left
        left -= 1
        if left < 0:
            return _at(root, f"with its aliases (`*name`) written out, the file has over {VALUES_AT_MOST:,} values")
        if any(node is one for one in above):
            return _at(node, "this holds itself: take out the alias (`*name`) within it that names it")
        inner = node.value if isinstance(node, yaml.SequenceNode | yaml.MappingNode) else ()
        for one in chain(*inner) if isinstance(node, yaml.MappingNode) else inner:
            if (fault := within(one, (*above, node))) is not None:
                return fault
        return None

    return within(root, ())


def _plain(node: yaml.Node, faults: list[Fault]) -> Any:
    """The node's value; a key that stands twice in a mapping, or is no word, is a fault."""
    match node:
        case yaml.SequenceNode():
            return [_plain(inner, faults) for inner in node.value]
        case yaml.MappingNode():
            values: dict[str, Any] = {}
            for key, value in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    faults.append(_at(key, "a key is a word"))
                elif key.value in values:
                    faults.append(_at(key, f"{key.value!r} stands here twice"))
                else:
                    values[key.value] = _plain(value, faults)
            return values
    if _is_cut_off(node):
        faults.append(_at(node, "after ` #` comes a comment, which nobody says; put all of the words in quotes"))
    try:
        return _CONSTRUCTOR.construct_object(node)
    except (ValueError, yaml.YAMLError):
        return node.value


def _is_cut_off(node: yaml.Node) -> bool:
    """Whether words are followed by such as ` #W10428`, which YAML takes for a comment. With a blank after it, it is
    meant as one."""
    if not isinstance(node, yaml.ScalarNode) or node.end_mark.buffer is None:
        return False
    rest = node.end_mark.buffer[node.end_mark.pointer :].partition("\n")[0]
    return node.style is None and bool(re.match(r"\s+#\w", rest))


def _fault(root: yaml.Node, detail: ErrorDetails) -> Fault:
    """Pydantic's finding at the place in the file that it is about."""
    node, path = _nearest(root, detail["loc"])
    if detail["type"] == "extra_forbidden" or (detail["type"] == "literal_error" and path != detail["loc"]):
        node = _key(root, path)  # what is wrong is the key
    return _at(node, _told(detail, path))


def _told(detail: ErrorDetails, path: Way) -> str:
    last = str(detail["loc"][-1]) if detail["loc"] else ""
    got, said = _shown(detail["input"]), detail["msg"].removeprefix("Value error, ")
    match detail["type"]:
        case "extra_forbidden" if _keys_beside(path) == tuple(Step.model_fields) and last in Expected.model_fields:
            told = f"{last!r} belongs under `bot:`; indent it by two more blanks"
        case "extra_forbidden":
            told = f"there is no {last!r} here; {_meant(last, _keys_beside(path))}"
        case "missing":
            told = f"{last!r} is missing here"
        case "too_short":
            told = "expected something in this list"
        case "model_type" | "model_attributes_type" | "dict_type":
            told = f"expected keys with values, indented by two more blanks, not {got}"
        case "tuple_type" | "list_type":
            told = f"expected a list: lines that begin with `- `, not {got}"
        case "string_type":
            told = f"expected text, not {got}; put it in quotes if it is meant as text"
        case "literal_error":
            choices = [choice.strip("'") for choice in detail["ctx"]["expected"].replace(" or ", ", ").split(", ")]
            told = f"{got}: {_meant(str(detail['input']), choices)}"
        case "value_error":
            told = f"expected {said}"
        case _:
            told = f"{said[0].lower()}{said[1:]}, not {got}"
    return told


def _keys_beside(path: Way) -> tuple[str, ...]:
    """The keys that may stand where this one does, by the keys that lead there."""
    names = [part for part in path[:-1] if isinstance(part, str) and part in _BELOW]
    return tuple(_BELOW[names[-1]].model_fields if names else Script.model_fields)


def _nearest(root: yaml.Node, loc: Way) -> tuple[yaml.Node, Way]:
    """The deepest node on the way of a finding; what pydantic adds to the way is left out."""
    node, way = root, []
    for part in loc:
        inner = _inside(node, part)
        if inner is not None:
            node = inner
            way.append(part)
    return node, tuple(way)


def _inside(node: yaml.Node, part: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        inner: yaml.Node = node.value[part]
        return inner
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == part), None)
    return None


def _key(root: yaml.Node, path: Way) -> yaml.Node:
    """The key that a way ends in; the value where it ends in a list's item."""
    parent, _ = _nearest(root, path[:-1])
    if isinstance(parent, yaml.MappingNode):
        key: yaml.Node = next(key for key, _ in parent.value if key.value == path[-1])
        return key
    return _nearest(root, path)[0]


def _missing(root: yaml.Node, script: Script, folder: Path) -> Iterator[Fault]:
    """Photos that are not there, and names that are there twice."""
    seen: set[str] = set()
    for number, case in enumerate(script.test_cases):
        at: Way = ("test_cases", number)
        if case.test_case in seen:
            yield _at(_nearest(root, (*at, "test_case"))[0], f"two test cases are called {case.test_case!r}")
        seen.add(case.test_case)
        for step_number, step in enumerate(case.steps):
            if step.photo is not None and not (folder / step.photo).is_file():
                place = folder / step.photo
                beside = [file.name for file in place.parent.iterdir()] if place.parent.is_dir() else []
                node, _ = _nearest(root, (*at, "steps", step_number, "photo"))
                yield _at(node, f"there is no photo {step.photo!r} beside this file{_close(place.name, beside)}")


def _shop_of(root: yaml.Node, number: int, located: Located, known: Known) -> tuple[Known, list[Fault]]:
    """What the shop of a case has, and what is wrong with its fixtures.

    A shop that runs elsewhere is known by nobody here.
    """
    fixtures, beside = located.given.fixtures, located.path.parent
    if known.products is None or not fixtures.model_fields_set:
        return known, []

    def at(name: str, error: Exception) -> Fault:
        own = ("test_cases", number, "fixtures", name)
        whole, way = _nearest(root, own)
        return _at(whole if way == own else _nearest(root, ("fixtures", name))[0], str(error))

    faults: list[Fault] = []
    try:
        data = DataSet.of(fixtures, beside)
        known = replace(known, products=data.products())
        answers = data.answers()
    except (ToolError, RetrievalError, OSError) as error:
        return replace(known, products=None, faq=None), [at("shop", error)]
    try:
        known = replace(known, faq=frozenset(faq.id for faq in edited(answers, fixtures.faq).rows))
    except ToolError as error:
        faults.append(at("faq", error))
    try:
        with TemporaryDirectory() as folder:
            policy_file(fixtures, data, beside, Path(folder) / "policy.yaml")
    except ToolError as error:
        faults.append(at("policy", error))
    return known, faults


def _unknown(root: yaml.Node, number: int, case: Case, known: Known) -> Iterator[Fault]:
    """Ids and names that the shop does not have."""
    for step_number, step in enumerate(case.steps):
        if step.bot is None:
            continue
        for what, way, name, there_are in _named(step.bot, known):
            if there_are is not None and name not in there_are:
                node, _ = _nearest(root, ("test_cases", number, "steps", step_number, "bot", *way))
                yield _at(node, f"this shop has no {what} {name!r}{_close(name, there_are)}")
    for index, wish in enumerate(case.customer.goals if case.customer else ()):
        if wish.name not in known.operations:
            node, _ = _nearest(root, ("test_cases", number, "customer", "goals", index, "name"))
            yield _at(node, f"this shop has no change {wish.name!r}{_close(wish.name, known.operations)}")
    changes = case.end.database.changes if case.end and case.end.database else None
    for index, change in enumerate(changes or ()):
        if change.name not in known.operations:
            node, _ = _nearest(root, ("test_cases", number, "end", "database", index, "name"))
            yield _at(node, f"this shop has no change {change.name!r}{_close(change.name, known.operations)}")


def _named(bot: Expected, known: Known) -> Iterator[tuple[str, Way, str, frozenset[str] | None]]:
    for index, product in enumerate(bot.products):
        yield "product", ("products", index, "id"), product.id, known.products
    for index, id_ in enumerate(bot.not_products):
        yield "product", ("not_products", index), id_, known.products
    for index, id_ in enumerate(bot.faq):
        yield "FAQ entry", ("faq", index), id_, known.faq
    for index, call in enumerate(bot.tools):
        yield "tool", ("tools", index, "name"), call.name, known.tools
    for index, name in enumerate(bot.no_tools):
        yield "tool", ("no_tools", index), name, known.tools
    if bot.card is not None:
        yield "card for", ("card",), bot.card, known.operations


def _meant(name: str, there_are: Sequence[str]) -> str:
    """A suggestion, or what there is."""
    return _close(name, there_are).removeprefix("; ") or f"there are {', '.join(there_are)}"


def _close(name: str, there_are: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, sorted(there_are), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""


def _at(node: yaml.Node, message: str) -> Fault:
    return Fault(node.start_mark.line + 1, node.start_mark.column + 1, message)


def _line(root: yaml.Node, path: Way) -> int:
    return _nearest(root, path)[0].start_mark.line + 1


def _ordered(faults: Iterable[Fault]) -> list[Fault]:
    return sorted(faults, key=lambda fault: (fault.line, fault.column))


def _shown(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case Mapping():
            return "keys with values"
        case list():
            return "a list"
        case bool():
            return "yes" if value else "no"
    return repr(value)
