"""Command line of the demo shop's studio; see the package's docstring for what it needs."""

import argparse
import fnmatch
from pathlib import Path

from . import catalogue
from .range import PRODUCTS

DEMO = Path(__file__).resolve().parent.parent


def main() -> None:
    """Do what the options ask, in the order catalogue, training, pictures, photos."""
    parser = argparse.ArgumentParser(prog="python -m server.demo.render", description="Make the demo shop's goods.")
    parser.add_argument("--catalogue", action="store_true", help="write products.jsonl (needs no Blender)")
    parser.add_argument("--pictures", action="store_true", help="render the catalogue views that are missing")
    parser.add_argument("--photos", action="store_true", help="render the customers' photos that are missing")
    parser.add_argument("--training", action="store_true", help="render training views into --out")
    parser.add_argument("--views", type=int, default=1800, help="how many training views")
    parser.add_argument("--first", type=int, default=0, help="number of the first training view (its seed's offset)")
    parser.add_argument("--out", type=Path, help="folder for --training; for the others the default is the demo's own")
    parser.add_argument("--only", default="*", help="products to picture, as a pattern: 'MUG-*'")
    parser.add_argument("--size", type=int, help="edge in pixels (384, photos 320, training 144)")
    parser.add_argument("--samples", type=int, help="Cycles samples per pixel (11, photos 8, training 6)")
    parser.add_argument("--threads", type=int, default=2, help="processor threads")
    options = parser.parse_args()
    if options.training and options.out is None:
        parser.error("--training needs --out FOLDER")
    if options.catalogue:
        count = catalogue.write(DEMO / "products.jsonl")
        print(f"{count} products written to {DEMO / 'products.jsonl'}")
    if not (options.training or options.pictures or options.photos):
        return

    from . import shoot  # needs Blender, which the catalogue does without

    def how(size: int, samples: int) -> shoot.Quality:
        return shoot.Quality(options.size or size, options.samples or samples, options.threads)

    chosen = [product for product in PRODUCTS if fnmatch.fnmatch(product.id, options.only)]
    if options.training:
        shoot.training_views(options.views, options.out, how(144, 6), options.first)
    if options.pictures:
        shoot.catalogue_pictures(chosen, options.out or DEMO / "pictures", how(384, 11))
    if options.photos:
        shoot.customer_photos(chosen, options.out or DEMO / "photos", how(320, 8))


if __name__ == "__main__":
    main()
