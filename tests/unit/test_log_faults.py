"""What is logged when something breaks."""

from __future__ import annotations

import logging

import pytest

from server.faults import log_fault

logger = logging.getLogger("tests.faults")


def break_with(words: str) -> Exception:
    try:
        raise ValueError(words)
    except ValueError as error:
        return error


def test_a_fault_says_where_it_was_and_not_what_the_customer_wrote(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger.name):
        log_fault(logger, "turn failed", break_with("my card is 4111"), turn="turn_1")

    record = caplog.records[0]
    assert (record.getMessage(), record.error, record.turn) == ("turn failed", "ValueError", "turn_1")  # type: ignore[attr-defined]
    assert record.at.startswith("test_log_faults.py:")  # type: ignore[attr-defined]
    assert "4111" not in caplog.text
    assert "4111" not in str(record.__dict__)


def test_whoever_debugs_sees_everything(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger.name):
        log_fault(logger, "turn failed", break_with("my card is 4111"))

    assert "4111" in caplog.text
