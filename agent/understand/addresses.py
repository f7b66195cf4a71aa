"""Postal addresses in a customer's words, on one line or several, in the layouts of America and of Europe."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tools.countries import country_code

_STATES = {
    "alabama": "AL", "alaska": "AK", "arizona": "AZ", "arkansas": "AR", "california": "CA", "colorado": "CO",
    "connecticut": "CT", "delaware": "DE", "florida": "FL", "georgia": "GA", "hawaii": "HI", "idaho": "ID",
    "illinois": "IL", "indiana": "IN", "iowa": "IA", "kansas": "KS", "kentucky": "KY", "louisiana": "LA",
    "maine": "ME", "maryland": "MD", "massachusetts": "MA", "michigan": "MI", "minnesota": "MN", "mississippi": "MS",
    "missouri": "MO", "montana": "MT", "nebraska": "NE", "nevada": "NV", "new hampshire": "NH", "new jersey": "NJ",
    "new mexico": "NM", "new york": "NY", "north carolina": "NC", "north dakota": "ND", "ohio": "OH",
    "oklahoma": "OK", "oregon": "OR", "pennsylvania": "PA", "rhode island": "RI", "south carolina": "SC",
    "south dakota": "SD", "tennessee": "TN", "texas": "TX", "utah": "UT", "vermont": "VT", "virginia": "VA",
    "washington": "WA", "west virginia": "WV", "wisconsin": "WI", "wyoming": "WY",
}  # fmt: skip
_NAMED = "|".join(name.replace(" ", r"\s+") for name in sorted(_STATES, key=len, reverse=True))
_CODES = "|".join(rf"{code[0]}\.?{code[1]}" for code in (*_STATES.values(), "DC"))
_STATE = rf"{_NAMED}|(?-i:{_CODES})"
_UNIT = r"(?:(?:suite|ste|apt|apartment|unit|floor|fl|room|#)\.?\s*#?\s*[\w-]+|\d+(?:st|nd|rd|th)\s+floor)"
_WAY = (
    r"(?:street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|place|pl|way|terrace|square|sq|"
    r"highway|"
    r"hwy|parkway|pkwy|circle|trail)\b\.?"
)
# Number and street, perhaps a flat before or after, then town, state and ZIP; an order's number is no house's. Where no
# comma parts street and town, a word such as "street" or the flat has to.
_AMERICAN = re.compile(
    rf"(?:(?P<line0>{_UNIT})[,，]?\s+)?(?<![#\dW-])"
    rf"(?:(?P<line1>\d{{1,6}}[a-z]?\s+[a-z][^,;，\n]*?)(?:[,，]?\s+(?P<line2>{_UNIT}))?[,，]|"
    rf"(?P<way>\d{{1,6}}[a-z]?\s+(?:[\w.'-]+\s+){{1,4}}?{_WAY})(?:[,，]?\s+(?P<flat>{_UNIT}))?[,，]?)\s*"
    rf"(?P<city>[a-z][a-z .'-]*?)[,，]?\s+(?P<state>{_STATE})\.?[,，]?\s+(?P<zip>\d{{5}})(?:-\d{{4}})?\b",
    re.IGNORECASE,
)
_WHOLE_AMERICAN = re.compile(
    rf"{_AMERICAN.pattern}(?:[,，]?\s*(?:USA?|U\.S\.A?\.?|United States(?: of America)?|美国)\b)?"
    r"(?:\s+instead\b[\w ]*)?",
    re.IGNORECASE,
)
_POST = r"(?:[A-Z]{1,2}-)?(?P<post>\d{4} [A-Z]{2}\b|\d{4,6}|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})"
_TOWN = r"(?P<town>[^\W\d_a-z][^\W\d_]*(?:[ .'-]+[^\W\d_]+\.?){0,4})"
_POST_TOWN = re.compile(rf"(?:.*\s)?{_POST}\s+{_TOWN}")
_TOWN_POST = re.compile(rf"{_TOWN}\s+{_POST}")
_POST_ALONE = re.compile(rf"(?:.*\s)?{_POST}")
_TOWN_ALONE = re.compile(_TOWN)
_LEAD = re.compile(r"^.*?(?:address (?:is|to)|address:|\bto\b:?|地址(?:是|改成|改为|为)?[:：]?)\s*", re.IGNORECASE)
_LABEL = re.compile(
    r"(^|[,，;\n]\s*)(?:street|city|town|state|zip(?: ?code)?|post ?code|postal code|country)\s*(?:is|[:=])?\s+(?=\w)",
    re.IGNORECASE,
)
_POLITE = re.compile(r"(?:\s*\b(?:instead|please|pls|thanks|thank you|now)\b[\s.!]*)+(?=$|[,，;\n])", re.IGNORECASE)
_HOUSE_THEN_POST = re.compile(r"(?<=[^\W\d_] )(\d{1,4}[a-z]?) (?=\d{4,5} [^\W\d_a-z])")
_ORDER = re.compile(r"#\s?W?\d{4,}|\bW\d{4,}")


@dataclass(frozen=True, slots=True)
class Place:
    line1: str
    postcode: str
    city: str
    country: str
    state: str = ""
    line2: str = ""


def address_in(text: str, country: str) -> Place | None:
    """The address that a text gives last, as in "Mole 3, 20457 Hamburg, Germany" or "411 Park Avenue, Suite 9, Phoenix,
    AZ 85060"; without a country it is in the one before. It may stand on one line or on several."""
    plain = _HOUSE_THEN_POST.sub(r"\1, ", _POLITE.sub("", _LABEL.sub(r"\1", _ORDER.sub("; ", text))))
    lines = [line for line in plain.split("\n") if line.strip()]
    for line in reversed(lines):
        if place := _american(line) or _european(line, country):
            return place
    ends = [", ".join(line.strip(" ,") for line in lines[at : at + 5]) for at in range(len(lines) - 1)]
    american = (place for joined in ends if (place := _american(joined)))
    european = (place for joined in reversed(ends) if (place := _european(joined, country)))
    return next(american, None) or next(european, None)


def american_in(text: str) -> Place | None:
    """The American address in a text: with a state and a ZIP it is hardly anything else."""
    return _american(" ".join(_ORDER.sub("; ", text).split()))


def cut_after(text: str) -> list[str]:
    """A text cut behind each American address in it: what follows one is about something else."""
    ends = [found.end() for found in _WHOLE_AMERICAN.finditer(text)]
    return [text[start:end] for start, end in pairwise([0, *ends, len(text)])]


def _american(line: str) -> Place | None:
    found = next(reversed([*_AMERICAN.finditer(line)]), None)
    if found is None:
        return None
    state = _STATES.get(" ".join(found["state"].casefold().split()), found["state"].replace(".", "").upper())
    line1, line2 = found["line1"] or found["way"], found["line0"] or found["line2"] or found["flat"] or ""
    return Place(line1.strip(), found["zip"], found["city"].strip(), "US", state=state, line2=line2.strip())


def _european(line: str, country: str) -> Place | None:
    """Street, postcode and town in any order, parted by commas; the town stands beside its postcode."""
    parts = [part for each in re.split(r"[,，;；]", line) if (part := each.strip(" .。"))]
    for at in range(len(parts)):
        used, post, town = _post_and_town(parts, at)
        if not used:
            continue
        street = _street(parts[: min(used)]) or _street(parts[max(used) + 1 :][:1])
        if street:
            named = next((code for each in parts if (code := country_code(each))), "") or country
            return Place(street, post, town, named)
    return None


def _post_and_town(parts: Sequence[str], at: int) -> tuple[tuple[int, ...], str, str]:
    """The places of the parts that hold a postcode and its town, and the two; () where there is none at `at`."""
    part = parts[at]
    if at and (found := _TOWN_POST.fullmatch(part)):
        return (at,), found["post"], found["town"].strip()
    if found := _POST_ALONE.fullmatch(part):
        for beside in (at + 1, at - 1):
            if 0 <= beside < len(parts) and _TOWN_ALONE.fullmatch(parts[beside]) and not country_code(parts[beside]):
                return (min(at, beside), max(at, beside)), found["post"], parts[beside]
    elif found := _POST_TOWN.fullmatch(part):
        return (at,), found["post"], found["town"].strip()
    return (), "", ""


def _street(parts: Sequence[str]) -> str:
    """The part that has a number beside words in it, without the words that lead up to it."""
    part = next((each for each in reversed(parts) if re.search(r"\d", each) and re.search(r"[^\W\d_]{2}", each)), "")
    led = _LEAD.sub("", part)
    return (led if re.search(r"\d", led) else part).strip()
