"""What an operator reads on stderr."""

import subprocess
import sys

SCRIPT = """
import logging
from server.logs import configure_logs
configure_logs("INFO", as_json=False)
library = logging.getLogger("a library")
library.setLevel(logging.DEBUG)
library.debug("building an index")
library.info("wrote to anna@example.com, +49 170 1234567")
"""


def test_a_library_that_sets_its_own_level_tells_no_more_than_was_asked_for_and_no_addresses() -> None:
    told = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True).stderr

    assert "building an index" not in told
    assert "wrote to [email], [number]" in told
