"""`python -m server` does the same as `vitrine`."""

from server.cli import main

main()
