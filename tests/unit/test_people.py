"""When the shop's people are there, what they want to answer themselves, and what is wrong in the file that says so."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from agent.need import INTENTS
from server.people import DEMO_PEOPLE
from tools.people.people import After, People
from tools.people.reading import BadPeople, read_people
from tools.sentences import Sentence

FILE = """\
version: 1
timezone: Europe/Berlin
hours:
  monday: 09:00-12:30, 13:30-17:00
  friday: 09:00-24:00
  saturday: 00:00-02:00
  sunday: closed
holidays: [2026-12-07, 12-25]
wait_minutes: 5
after: {anger: 1, misses: 0}
topics:
  - name: Safety
    words: [recall, caught fire, 召回]
  - name: Complaints
    intents: [abuse]
"""


@pytest.fixture
def people(tmp_path: Path) -> People:
    return read(tmp_path, FILE)


def read(folder: Path, text: str) -> People:
    path = folder / "people.yaml"
    path.write_text(text, encoding="utf-8")
    return read_people(path, INTENTS)


@pytest.mark.parametrize(
    ("moment", "there"),
    [
        ("2026-11-30T09:00+01:00", True),  # a Monday
        ("2026-11-30T08:00+00:00", True),  # the same moment elsewhere
        ("2026-11-30T08:59+01:00", False),
        ("2026-11-30T12:30+01:00", False),
        ("2026-11-30T16:59+01:00", True),
        ("2026-11-29T10:00+01:00", False),  # Sunday
        ("2026-11-27T23:59+01:00", True),  # Friday evening …
        ("2026-11-28T01:59+01:00", True),  # … goes on after midnight
        ("2026-12-07T10:00+01:00", False),  # a holiday
        ("2026-12-25T10:00+01:00", False),  # of every year
        ("2026-07-06T07:00+00:00", True),  # nine o'clock in summer
    ],
)
def test_people_are_there_in_their_hours(people: People, moment: str, there: bool):
    assert people.there(datetime.fromisoformat(moment)) is there


@pytest.mark.parametrize(
    ("moment", "back"),
    [
        ("2026-11-30T07:00+01:00", Sentence(en="today at 09:00 (Berlin time)", zh="今天 09:00（Berlin 时间）")),
        ("2026-11-29T20:00+01:00", Sentence(en="tomorrow at 09:00 (Berlin time)", zh="明天 09:00（Berlin 时间）")),
        ("2026-12-01T20:00+01:00", Sentence(en="on Friday at 09:00 (Berlin time)", zh="周五 09:00（Berlin 时间）")),
        ("2026-12-05T03:00+01:00", Sentence(en="on Friday at 09:00 (Berlin time)", zh="周五 09:00（Berlin 时间）")),
        ("2026-11-30T10:00+01:00", None),  # they are there
    ],
)
def test_a_customer_is_told_when_people_come_again(people: People, moment: str, back: Sentence | None):
    assert people.back(datetime.fromisoformat(moment)) == back


def test_hours_follow_the_clock_when_it_changes(people: People):
    before = datetime.fromisoformat("2026-03-28T12:00+00:00")

    assert people.hours is not None
    assert people.hours.opens_after(before) == datetime.fromisoformat("2026-03-30T07:00+00:00")


def test_without_hours_people_may_come_at_any_time():
    assert People().there(datetime.fromisoformat("2026-12-25T03:00+01:00"))


@pytest.mark.parametrize(
    ("text", "intent", "topic"),
    [
        ("Is there a recall of this lamp?", "faq", "Safety"),
        ("The lamp CAUGHT FIRE", "faq", "Safety"),
        ("这个灯被召回了吗", "faq", "Safety"),
        ("I recalled that I have one", "faq", ""),
        ("you are stupid", "abuse", "Complaints"),
    ],
)
def test_a_topic_is_known_by_its_words_or_its_intent(people: People, text: str, intent: str, topic: str):
    found = people.topic_of(text, intent)

    assert (found.name if found else "") == topic


def test_what_the_file_leaves_out_stays_as_it_is(people: People):
    assert people.wait_minutes == 5
    assert people.after == After(anger=1, misses=0)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("Europe/Berlin", "Europe/Atlantis", "2:11: there is no time zone 'Europe/Atlantis'"),
        ("timezone: Europe/Berlin\n", "", "3:3: hours need a `timezone`"),
        ("13:30-17:00", "12:00-17:00", "4:11: expected times of one day in order"),
        ("09:00-24:00", "22:00-02:00", "past midnight ends at 24:00"),
        ("friday:", "freitag:", "5:3: hours has no 'freitag'"),
        ("2026-12-07", "2026-13-07", "8:12: a holiday is `2026-12-25`, or `12-25`"),
        ("anger: 1", "anger: often", "10:16: expected a number from 0 (never) to 99, not 'often'"),
        ("anger: 1", "rage: 1", "10:9: after has no 'rage'"),
        ("wait_minutes: 5", "wait_minutes: soon", "9:15: expected minutes such as 10"),
        ("[abuse]", "[rage]", "15:15: there is no intent 'rage'"),
        ("    words: [recall, caught fire, 召回]\n", "", "12:5: a topic has `words`, `intents` or both"),
        ("name: Complaints", "name: Safety", "14:5: a topic has a `name` of its own"),
        ("version: 1", "version: 2", "1:10: expected `version: 1`"),
        ("hours:", "hours: [", "this is not YAML"),
    ],
)
def test_a_fault_is_told_with_its_place(tmp_path: Path, old: str, new: str, fault: str):
    assert old in FILE

    with pytest.raises(BadPeople) as told:
        read(tmp_path, FILE.replace(old, new))

    assert fault in str(told.value)


def test_the_demos_file_can_be_used():
    demo = read_people(DEMO_PEOPLE, INTENTS)

    assert demo.topic_of("my lawyer will write to you", "faq") is not None
    assert demo.hours is None
