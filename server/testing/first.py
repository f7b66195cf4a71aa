"""What `vitrine test --init` writes: a first script, and the format that editors complete by."""

from __future__ import annotations

from server.testing.format import script_schema
from server.wire.schema import as_text

SCHEMA_NAME = "chat.schema.json"

FIRST_SCRIPT = f"""\
# yaml-language-server: $schema=./{SCHEMA_NAME}
# Conversations as tests: `vitrine test` speaks them and compares what the customer gets.
# A step is what the customer does (user, photo, button, feedback, handoff) or what must come of it (bot).
test_cases:
  - test_case: a customer asks how long they have to send something back
    steps:
      - user: How long do I have to return something?
      - bot:
          faq: returns-window.en
          contains: 30 days
          language: en

  - test_case: what is shown meets the conditions, and a follow-up keeps them
    steps:
      - user: a blue mug under 20 euros, in stock
      - bot:
          products: [MUG-1041]
      - user: do you have it in green?
      - bot:
          products: [MUG-1042]
          not_products: [MUG-1041]

  - test_case: a customer who wants a person gets one
    steps:
      - user: I want to talk to a person
      - bot:
          mode: queued
"""


def schema_text() -> str:
    """The format as a file."""
    return as_text(script_schema()).decode()
