"""Command line of the demo shop's studio; see the package's docstring for what it needs."""

import argparse
from pathlib import Path

from . import catalogue

DEMO = Path(__file__).resolve().parent.parent


def main() -> None:
    """Do what the options ask, in the order catalogue, training, pictures, photos."""
    parser = argparse.ArgumentParser(prog="python -m server.demo.render", description="Make the demo shop's goods.")
    parser.add_argument("--catalogue", action="store_true", help="write products.jsonl (needs no Blender)")
    options = parser.parse_args()
    if options.catalogue:
        count = catalogue.write(DEMO / "products.jsonl")
        print(f"{count} products written to {DEMO / 'products.jsonl'}")


if __name__ == "__main__":
    main()
