"""`python -m server` does the same as `vitrine`."""

from server.cli import main

if __name__ == "__main__":  # the photo worker's process imports this module, too
    main()
