"""When people are there: opening hours on the clock of a place, with its holidays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tools.sentences import Sentence

LOOK_AHEAD_DAYS = 400
MINUTES = 24 * 60

_DAYS = (
    ("Monday", "周一"),
    ("Tuesday", "周二"),
    ("Wednesday", "周三"),
    ("Thursday", "周四"),
    ("Friday", "周五"),
    ("Saturday", "周六"),
    ("Sunday", "周日"),
)


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a day in minutes after midnight: from `opens` on and until before `closes` (at most 1440)."""

    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """A week of spans (Monday first, each day's in order) on the clock of `zone`.

    On `holidays` and, in every year, on the `yearly` ones (month and day) nobody is there.
    """

    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...]
    holidays: frozenset[date] = frozenset()
    yearly: frozenset[tuple[int, int]] = frozenset()

    def open_at(self, moment: datetime) -> bool:
        """Whether people are there at a moment (with a time zone)."""
        local = moment.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        return any(span.opens <= minute < span.closes for span in self._spans(local.date()))

    def opens_after(self, moment: datetime) -> datetime | None:
        """When people come next, on the clock of the place; None where they do not come within a year or so."""
        begin = moment.astimezone(self.zone).date()
        for ahead in range(LOOK_AHEAD_DAYS):
            for opens in self._openings(begin + timedelta(days=ahead)):
                if opens.astimezone(UTC) > moment:
                    return opens
        return None

    def next_in_words(self, moment: datetime) -> Sentence | None:
        """When people come next, as it is said: "tomorrow at 09:00 (Berlin time)"."""
        opens = self.opens_after(moment)
        if opens is None:
            return None
        days = (opens.date() - moment.astimezone(self.zone).date()).days
        at, place = f"{opens:%H:%M}", self.zone.key.rpartition("/")[2].replace("_", " ")
        en, zh = _DAYS[opens.weekday()]
        if days > 6:
            en, zh = f"on {en}, {opens.day} {opens:%B}", f"{opens.month}月{opens.day}日（{zh}）"
        else:
            en, zh = {0: ("today", "今天"), 1: ("tomorrow", "明天")}.get(days, (f"on {en}", zh))
        return Sentence(en=f"{en} at {at} ({place} time)", zh=f"{zh} {at}（{place} 时间）")

    def _spans(self, day: date) -> tuple[Span, ...]:
        if day in self.holidays or (day.month, day.day) in self.yearly:
            return ()
        return self.week[day.weekday()]

    def _openings(self, day: date) -> Iterator[datetime]:
        for span in self._spans(day):
            yield datetime(day.year, day.month, day.day, *divmod(span.opens, 60), tzinfo=self.zone)
