"""Postal addresses in a customer's words."""

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
_STATE = rf"{_NAMED}|(?-i:{'|'.join(_STATES.values())}|DC)"
_UNIT = r"(?:suite|ste|apt|apartment|unit|floor|fl|room|#)\.?\s*[\w-]+"
# Number and street, perhaps a flat, then town, state and ZIP; an order's number is no house's.
_AMERICAN = re.compile(
    rf"(?<![#\dW-])(?P<line1>\d{{1,6}}[a-z]?\s+[a-z][^,;，\n]*?)(?:[,，]?\s+(?P<line2>{_UNIT}))?[,，]\s*"
    rf"(?P<city>[a-z][a-z .'-]*?)[,，]?\s+(?P<state>{_STATE})\.?[,，]?\s+(?P<zip>\d{{5}})\b",
    re.IGNORECASE,
)
_WHOLE_AMERICAN = re.compile(
    rf"{_AMERICAN.pattern}(?:[,，]?\s*(?:USA?|U\.S\.A?\.?|United States(?: of America)?|美国)\b)?"
    r"(?:\s+instead\b[\w ]*)?",
    re.IGNORECASE,
)
_POSTCODE_CITY = re.compile(
    r"\b(?:([A-Z]{1,2}-)?(\d{4,6})|([A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}))\s+([^\W\d][\w .'-]{1,40})"
)
_LEAD = re.compile(r"^.*?(?:address (?:is|to)|address:|\bto\b:?|地址(?:是|改成|改为|为)?[:：]?)\s*", re.IGNORECASE)


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
    AZ 85060"; without a country it is in the one before."""
    for line in reversed(text.split("\n")):
        if place := _american(line) or _european(line, country):
            return place
    return None


def cut_after(text: str) -> list[str]:
    """A text cut behind each American address in it: what follows one is about something else."""
    ends = [found.end() for found in _WHOLE_AMERICAN.finditer(text)]
    return [text[start:end] for start, end in pairwise([0, *ends, len(text)])]


def _american(line: str) -> Place | None:
    found = next(reversed([*_AMERICAN.finditer(line)]), None)
    if found is None:
        return None
    state = _STATES.get(" ".join(found["state"].casefold().split()), found["state"].upper())
    line1, city = found["line1"].strip(), found["city"].strip()
    return Place(line1, found["zip"], city, "US", state=state, line2=(found["line2"] or "").strip())


def _european(line: str, country: str) -> Place | None:
    parts = [part for each in re.split(r"[,，;；]", line) if (part := each.strip(" .。"))]
    for at, part in enumerate(parts):
        town = _POSTCODE_CITY.search(part)
        if town is None or at == 0 or not re.search(r"\d", " ".join(parts[:at])):
            continue
        named = next((code for each in parts[at + 1 :] if (code := country_code(each))), "") or country
        street = _street(parts[:at])
        return Place(street, (town[2] or town[3]), town[4].strip(), named) if street else None
    return None


def _street(parts: Sequence[str]) -> str:
    """The part that has a number in it, without the words that lead up to it."""
    part = next((each for each in reversed(parts) if re.search(r"\d", each)), "")
    led = _LEAD.sub("", part)
    return (led if re.search(r"\d", led) else part).strip()
