"""What may come in."""

from __future__ import annotations

import pytest
from agent_parts import PHOTO

from agent.conversation import Message
from agent.errors import MessageEmpty, MessageRefused, MessageTooLong, TooManyPhotos
from agent.guard import CHARACTERS_AT_MOST, PHOTOS_AT_MOST, READ_AT_MOST, check, clean


def test_all_unanswered_messages_are_read_as_one():
    incoming = check((Message("a", "a blue mug"), Message("b", "under 20 euros", context={"product_id": "MUG-1"})))

    assert incoming.text == "a blue mug\nunder 20 euros"
    assert incoming.context == {"product_id": "MUG-1"}


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("a\u200bb\ufeffl\u00adue", "ablue"),
        ("\u202eevil\u202c mug", "evil mug"),
        ("mug\x00\x07\x1b[31m", "mug[31m"),
        ("  a \u00a0 blue\u3000mug \r\n\n\n\n ok ", "a blue mug\n\nok"),
        ("Cafe\u0301", "Café"),
        ("👩\u200d👧 gift", "👩\u200d👧 gift"),
        ("/etc/passwd", "/etc/passwd"),
        ("http://169.254.169.254/x.jpg", "http://169.254.169.254/x.jpg"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_invisible_characters_are_taken_out_and_everything_else_stays_text(sent: str, read: str):
    assert clean(sent) == read


@pytest.mark.parametrize("text", ["", "   \n ", "\u200b\u200b", "\u202e"])
def test_a_message_without_words_and_photos_is_refused(text: str):
    with pytest.raises(MessageEmpty, match="expected words or a photo"):
        check((Message("a", text),))


def test_a_photo_needs_no_words():
    assert check((Message("a", "", photos=(PHOTO,)),)).photos == (PHOTO,)


def test_a_message_over_the_limit_is_refused_with_both_numbers():
    with pytest.raises(MessageTooLong, match=f"at most {CHARACTERS_AT_MOST} characters, got {CHARACTERS_AT_MOST + 1}"):
        check((Message("a", "x" * (CHARACTERS_AT_MOST + 1)),))


def test_a_long_message_within_the_limit_is_read_as_far_as_anybody_would():
    assert len(check((Message("a", "mug " * (CHARACTERS_AT_MOST // 4)),)).text) == READ_AT_MOST


def test_too_many_photos_are_refused():
    with pytest.raises(TooManyPhotos, match=f"at most {PHOTOS_AT_MOST} photos, got {PHOTOS_AT_MOST + 1}"):
        check((Message("a", "", photos=(PHOTO,) * (PHOTOS_AT_MOST + 1)),))


def test_a_turn_without_messages_is_refused():
    with pytest.raises(MessageRefused):
        check(())
