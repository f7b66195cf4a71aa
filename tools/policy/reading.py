"""Reads a policy file (YAML), and says with line and column what is wrong with it."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import yaml

from tools.errors import ToolError
from tools.policy.checking import Fault, check
from tools.policy.composing import composed
from tools.policy.fields import FIELDS, Field, Number, Words
from tools.policy.tables import Condition, Days, OneOf, Policy, Returning, Row, Season, Value
from tools.records import PaymentKind
from tools.sentences import Sentence

PLACEHOLDERS = {"order": "", "status": "", "delivered": ""}
BYTES_AT_MOST = 1_000_000

_TOP = {"version", "name", "memberships", "refund_days", "season", "returns", "tables"}
_ROW = {"rule", "when", "then", "say"}
_CONSTRUCTOR: Any = yaml.constructor.SafeConstructor()
_KINDS = {*get_args(PaymentKind), "any"}


class BadPolicy(ToolError):
    """A policy file that cannot be used; `faults` are all that was found."""

    code = "bad_policy"

    def __init__(self, name: str, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(f"{name}:{fault}" for fault in faults))
        self.faults = faults


def parse_policy(text: str, name: str) -> tuple[Policy, tuple[Fault, ...]]:
    """The policy as far as it can be read, and every fault of its form. Gaps and contradictions are not looked for."""
    root, fault = composed(text)
    if fault is not None:
        raise BadPolicy(name, (fault,))
    reader = _Reader()
    policy = reader.policy(root, name)
    return policy, tuple(reader.faults)


def read_policy(path: Path) -> Policy:
    """The policy of a file, or `BadPolicy` with everything that is wrong with it: form, gaps and contradictions."""
    policy, faults = parse_policy(policy_text(path), path.name)
    found = faults or check(policy).faults
    if found:
        raise BadPolicy(path.name, tuple(found))
    return policy


@functools.cache
def packaged(name: str) -> Policy:
    """A policy that comes with Vitrine: `demo`, or `tau_retail`, that of the tau-bench shop."""
    return read_policy(Path(__file__).parent / f"{name}.yaml")


def policy_text(path: Path) -> str:
    """The file's text; `BadPolicy` where it cannot be read."""
    return text_of(path, "a policy file", lambda message: BadPolicy(path.name, (Fault(0, 0, message),)))


def text_of(path: Path, what: str, bad: Callable[[str], ToolError]) -> str:
    """The text of a file that a person wrote; what `bad` makes of the reason is raised where it cannot be read."""
    try:
        if path.stat().st_size > BYTES_AT_MOST:
            raise bad(f"{what} has at most {BYTES_AT_MOST:,} bytes")
        return path.read_text("utf-8")
    except OSError as error:
        raise bad(error.strerror or "the file cannot be read") from None
    except UnicodeDecodeError:
        raise bad("the file is not UTF-8") from None


class _Reader:
    """Walks the YAML's nodes, which know their places, and collects faults."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self._memberships: tuple[str, ...] = ("none",)

    def policy(self, root: yaml.Node | None, name: str) -> Policy:
        top = dict(self._entries(root, _TOP, "a policy"))
        if root is None or not top:
            self._fault(root, "a policy has version, name and tables")
            return Policy(name, {})
        self._version(root, top.get("version"))
        named = top.get("name")
        if "memberships" in top:
            self._memberships = ("none", *(str(value) for value in self._list(top["memberships"])))
        tables = {}
        for operation, node in self._pairs(top.get("tables"), "tables"):
            if operation.value not in FIELDS:
                self._fault(operation, f"there is no operation {operation.value!r}; there are {_listed(FIELDS)}")
            else:
                tables[operation.value] = self._table(operation.value, node)
        days = self._refund_days(top.get("refund_days"))
        return Policy(
            name=name if named is None else str(self._value(named)),
            tables=tables,
            refund_days=days,
            memberships=self._memberships,
            season=self._season(top.get("season")),
            returning=self._returns(top.get("returns")),
        )

    def _version(self, root: yaml.Node, node: yaml.Node | None) -> None:
        if node is None or self._value(node) != 1:
            self._fault(node or root, "expected `version: 1`")

    def _table(self, operation: str, node: yaml.Node) -> tuple[Row, ...]:
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            self._fault(node, f"{operation} is a list of rows")
            return ()
        fields = {**FIELDS[operation], "membership": Words(self._memberships)}
        rows: dict[str, Row] = {}
        for inner in node.value:
            row = self._row(inner, fields)
            if row is not None and row.rule in rows:
                self._fault(inner, f"two rows of {operation} are called {row.rule!r}")
            elif row is not None:
                rows[row.rule] = row
        return tuple(rows.values())

    def _row(self, node: yaml.Node, fields: Mapping[str, Field]) -> Row | None:
        before = len(self.faults)
        cells = dict(self._entries(node, _ROW, "a row"))
        rule = str(self._value(cells["rule"])) if "rule" in cells else ""
        if not rule:
            self._fault(node, "a row has a `rule`: its name")
        then = self._value(cells["then"]) if "then" in cells else None
        if then not in ("allow", "refuse", "person"):
            self._fault(cells.get("then", node), "expected `then: allow`, `then: refuse` or `then: person`")
        say = self._sentence(cells["say"]) if "say" in cells else None
        if then in ("refuse", "person") and "say" not in cells:
            self._fault(node, "a row that says no has a `say`, which explains it in English (en) and Chinese (zh)")
        when: dict[str, Condition] = {}
        for key, value in self._pairs(cells.get("when"), "when"):
            if key.value not in fields:
                self._fault(key, f"there is no field {key.value!r} here; there are {_listed(fields)}")
            elif (condition := self._condition(value, key.value, fields[key.value])) is not None:
                when[key.value] = condition
        if len(self.faults) > before:
            return None
        return Row(rule, when, then == "allow", say, node.start_mark.line + 1, then == "person")

    def _condition(self, node: yaml.Node, name: str, field: Field) -> Condition | None:
        match field:
            case Words(values):
                inner = node.value if isinstance(node, yaml.SequenceNode) else [node]
                wanted = {self._value(one): one for one in inner}
                unknown = [one for value, one in wanted.items() if value not in values]
                for one in unknown:
                    self._fault(one, f"{name} is one of {_listed(values)}, not {_shown(self._value(one))}")
                if not wanted:
                    self._fault(node, f"{name} needs at least one value")
                return None if unknown or not wanted else OneOf(frozenset(wanted))
            case Number(unknown=may_be_unknown):
                return self._days(node, name, may_be_unknown)

    def _days(self, node: yaml.Node, name: str, may_be_unknown: bool) -> Condition | None:
        value = self._value(node)
        if value == "unknown" and may_be_unknown:
            return OneOf(frozenset({None}))
        bounds = _bounds(value)
        if bounds is None:
            also = " or `unknown`" if may_be_unknown else ""
            self._fault(
                node, f"{name} is a condition such as `<= 30`, `> 30`, `15..30`, `7`{also}, not {_shown(value)}"
            )
        return bounds

    def _sentence(self, node: yaml.Node) -> Sentence | None:
        said = {key: str(self._value(value)) for key, value in self._entries(node, {"en", "zh"}, "a sentence")}
        missing = [language for language in ("en", "zh") if not said.get(language, "").strip()]
        if missing:
            self._fault(node, f"the sentence is missing in {' and '.join(missing)}")
            return None
        sentence = Sentence(en=said["en"].strip(), zh=said["zh"].strip())
        try:
            sentence.filled(**PLACEHOLDERS)
        except (LookupError, ValueError):
            self._fault(
                node, f"a sentence may name {_listed('{' + name + '}' for name in PLACEHOLDERS)} and nothing else"
            )
        return sentence

    def _refund_days(self, node: yaml.Node | None) -> dict[Any, tuple[int, int]]:
        days: dict[Any, tuple[int, int]] = {}
        for key, value in self._pairs(node, "refund_days"):
            bounds = _bounds(self._value(value))
            if key.value not in _KINDS:
                self._fault(key, f"there is no payment kind {key.value!r}; there are {_listed(sorted(_KINDS))}")
            elif bounds is None or bounds.most is None:
                self._fault(value, "expected business days such as `0` or `5..7`")
            else:
                days[key.value] = (bounds.least, bounds.most)
        return days

    def _season(self, node: yaml.Node | None) -> Season | None:
        if node is None:
            return None
        cells = dict(self._entries(node, {"ordered", "until"}, "a season"))
        ordered = _days_of_the_year(self._text(cells.get("ordered")))
        until = _days_of_the_year(self._text(cells.get("until")))
        if len(ordered) != 2 or len(until) != 1 or ordered[0] > ordered[1]:
            self._fault(node, "a season is `{ordered: 11-01..12-24, until: 01-31}`: months and days of the year")
            return None
        return Season(ordered[0], ordered[1], until[0])

    def _returns(self, node: yaml.Node | None) -> Returning:
        cells = dict(self._entries(node, {"fees", "refund_shipping"}, "returns"))
        fees = {}
        for key, value in self._pairs(cells.get("fees"), "fees"):
            if key.value != "any" and not (len(key.value) == 2 and key.value.isupper()):
                self._fault(key, f"a fee is of a two-letter country code or of `any`, not of {key.value!r}")
            fees[key.value] = self._amount(value)
        shipping = dict(self._entries(cells.get("refund_shipping"), {"within_days", "at_most"}, "refund_shipping"))
        if not shipping:
            return Returning(fees)
        if len(shipping) < 2:
            self._fault(cells["refund_shipping"], "refund_shipping has within_days and at_most")
            return Returning(fees)
        days = self._value(shipping["within_days"])
        if isinstance(days, bool) or not isinstance(days, int) or days < 0:
            self._fault(shipping["within_days"], f"expected a number of days, not {_shown(days)}")
            return Returning(fees)
        return Returning(fees, days, self._amount(shipping["at_most"]))

    def _amount(self, node: yaml.Node) -> Decimal:
        text = self._text(node)
        if not re.fullmatch(r"\d{1,7}(\.\d{1,2})?", text):
            self._fault(node, f"expected an amount such as 5.90, not {text}")
            return Decimal()
        return Decimal(text)

    def _text(self, node: yaml.Node | None) -> str:
        """A scalar as it is written, whatever YAML takes it for."""
        return str(node.value) if isinstance(node, yaml.ScalarNode) else ""

    def _entries(self, node: yaml.Node | None, known: set[str], what: str) -> Iterator[tuple[str, yaml.Node]]:
        for key, value in self._pairs(node, what):
            if key.value in known:
                yield key.value, value
            else:
                self._fault(key, f"{what} has no {key.value!r}; it has {_listed(sorted(known))}")

    def _pairs(self, node: yaml.Node | None, what: str) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
            return
        if not isinstance(node, yaml.MappingNode):
            self._fault(node, f"{what} is a mapping of names to values")
            return
        seen: set[object] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._fault(key, "a name is a word")
            elif key.value in seen:
                self._fault(key, f"{key.value!r} stands here twice")
            else:
                seen.add(key.value)
                yield key, value

    def _list(self, node: yaml.Node) -> Iterator[Value]:
        if not isinstance(node, yaml.SequenceNode):
            self._fault(node, "expected a list")
            return
        yield from (self._value(inner) for inner in node.value)

    def _value(self, node: yaml.Node) -> Value:
        """A scalar as YAML reads it; anything else is a fault."""
        if not isinstance(node, yaml.ScalarNode):
            self._fault(node, "expected one value")
            return None
        value: object = _CONSTRUCTOR.construct_object(node)
        return value if isinstance(value, str | bool | int) else str(node.value)

    def _fault(self, node: yaml.Node | None, message: str) -> None:
        mark = None if node is None else node.start_mark
        self.faults.append(Fault(*((mark.line + 1, mark.column + 1) if mark else (0, 0)), message))


def _bounds(value: Value) -> Days | None:
    """`Days` of "<= 30", "> 30", "15..30" or 7."""
    if isinstance(value, bool):
        return None
    text = str(value).replace(" ", "")
    for sign, make in _SIGNS.items():
        if text.startswith(sign) and text[len(sign) :].isdigit():
            return make(int(text[len(sign) :]))
    least, dots, most = text.partition("..")
    if least.isdigit() and (not dots or (most.isdigit() and int(most) >= int(least))):
        return Days(int(least), int(most or least))
    return None


def _days_of_the_year(text: str) -> list[tuple[int, int]]:
    """Months and days of "11-01..12-24" or "01-31"; empty where it is neither."""
    days = []
    for part in text.replace(" ", "").split(".."):
        match = re.fullmatch(r"(\d\d)-(\d\d)", part)
        if match is None or not (1 <= int(match[1]) <= 12 and 1 <= int(match[2]) <= 31):
            return []
        days.append((int(match[1]), int(match[2])))
    return days


_SIGNS: dict[str, Callable[[int], Days | None]] = {
    "<=": lambda number: Days(0, number),
    ">=": Days,
    "<": lambda number: Days(0, number - 1) if number else None,
    ">": lambda number: Days(number + 1),
}


def _listed(names: Any) -> str:
    return ", ".join(_shown(name) for name in names)


def _shown(value: object) -> str:
    match value:
        case True:
            return "yes"
        case False:
            return "no"
    return str(value)
