"""The command line: `vitrine`. Heavy libraries load only in the commands that need them."""

from __future__ import annotations

import sys

from server.cli import (
    acting,
    customers,
    describer,
    export,
    grounding,
    intents,
    labels,
    people,
    privacy,
    quality,
    recording,
    replaying,
    serve,
    shop,
    state,
    testing,
    training,
)
from server.cli.app import app, run

__all__ = ["app", "main"]

for group in (
    serve,
    shop,
    privacy,
    quality,
    describer,
    grounding,
    acting,
    customers,
    labels,
    intents,
    people,
    export,
    state,
    testing,
    training,
    recording,
    replaying,
):
    group.add_to(app)


def main() -> None:
    """Entry point of `vitrine` and of `python -m server`."""
    sys.exit(run())
