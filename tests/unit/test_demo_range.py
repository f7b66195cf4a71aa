"""The demo shop's products and pictures, as its visitors and its importer see them."""

import json
import re
import subprocess
import sys
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from server.demo.render import catalogue
from server.demo.render.goods import SHADES
from server.demo.render.range import FAMILIES, PRODUCTS

DEMO = Path(catalogue.__file__).resolve().parent.parent
ROWS: list[dict[str, Any]] = [json.loads(line) for line in (DEMO / "products.jsonl").read_text("utf-8").splitlines()]
PICTURES = sorted((DEMO / "pictures").glob("*.jpg"))
PHOTOS = sorted((DEMO / "photos").glob("*.jpg"))
SENTENCE_END = re.compile(r"[.!?](?= |$)")


def test_the_product_file_is_what_the_range_says():
    assert [catalogue.row(product) for product in PRODUCTS] == ROWS


def test_the_shop_sells_at_least_120_products_that_cannot_be_mistaken_for_each_other():
    assert len(ROWS) >= 120
    for column in ("id", "title", "title_zh", "description", "image", "url"):
        assert len({row[column] for row in ROWS}) == len(ROWS), column


def test_every_product_has_a_picture_and_at_least_two_customer_photos():
    photos = defaultdict(list)
    for path in PHOTOS:
        photos[path.stem.rsplit("-", 1)[0]].append(path)

    assert [row["id"] for row in ROWS if not (DEMO / row["image"]).is_file()] == []
    assert [row["id"] for row in ROWS if len(photos[row["id"]]) < 2] == []


def test_no_picture_is_left_over_from_a_product_that_is_gone():
    ids = {row["id"] for row in ROWS}

    assert {path.stem for path in PICTURES} == ids
    assert {path.stem.rsplit("-", 1)[0] for path in PHOTOS} == ids


@pytest.mark.parametrize(("paths", "edge"), [(PICTURES, 384), (PHOTOS, 320)], ids=["pictures", "photos"])
def test_pictures_are_square_jpegs_of_one_size(paths: list[Path], edge: int):
    odd = []
    for path in paths:
        with Image.open(path) as picture:
            if (picture.format, picture.size) != ("JPEG", (edge, edge)):
                odd.append(path.name)

    assert odd == []


def test_all_pictures_together_stay_under_8_megabytes():
    assert sum(path.stat().st_size for path in (*PICTURES, *PHOTOS)) < 8_000_000


def test_a_shopper_can_ask_for_most_things_in_another_colour():
    colours = defaultdict(set)
    for row in ROWS:
        colours[row["group"]].add(row["colour"])

    assert sum(len(found) >= 3 for found in colours.values()) >= 0.8 * len(colours)
    assert min(len(found) for found in colours.values()) >= 2


def test_a_group_never_offers_the_same_look_twice():
    looks = [(product.family.group, product.look.shade, product.pattern, product.look.text) for product in PRODUCTS]

    assert len(set(looks)) == len(looks)


def test_sizes_have_their_own_price_and_their_stock_adds_up():
    sized = [row for row in ROWS if "variants" in row]

    assert len(sized) >= 25
    for row in sized:
        assert row["price"] == min(variant["price"] for variant in row["variants"])
        assert row["stock"] == sum(variant["stock"] for variant in row["variants"])
        assert len({variant["options"]["size"] for variant in row["variants"]}) == len(row["variants"])


def test_prices_and_stock_are_those_of_a_small_shop():
    assert all(6 <= row["price"] <= 220 for row in ROWS)
    assert {row["currency"] for row in ROWS} == {"EUR"}
    assert {row["availability"] for row in ROWS} == {"in stock", "out of stock", "preorder"}
    assert all((row["stock"] > 0) == (row["availability"] == "in stock") for row in ROWS)


def test_descriptions_are_two_to_five_sentences_with_every_blank_filled():
    assert all(2 <= len(SENTENCE_END.findall(row["description"])) <= 5 for row in ROWS)
    assert not [row["id"] for row in ROWS if set("{}") & set(row["description"] + row["title"])]
    assert not [row["id"] for row in ROWS if re.search(r"\b[Aa] [aeio]\w", row["description"])]


def test_what_is_said_of_the_dishwasher_is_what_the_columns_say():
    for row in ROWS:
        words = row["description"].lower()
        if row.get("dishwasher_safe") == "yes":
            assert "dishwasher" in words
            assert not re.search(r"hand wash only|neither dishwasher|no dishwasher|away from dishwasher", words)
        if row.get("dishwasher_safe") == "no":
            assert "by hand" in words or "hand wash" in words


def test_every_title_has_a_chinese_twin():
    assert all(re.search(r"[\u4e00-\u9fff]{3,}", row["title_zh"]) for row in ROWS)


def test_every_colour_word_is_one_a_shopper_would_use():
    words = {"white", "black", "grey", "blue", "green", "yellow", "orange", "red", "pink", "purple", "brown", "beige"}

    assert {shade.colour for shade in SHADES.values()} <= words | {"gold", "silver", "clear"}


def test_some_products_carry_words_that_can_be_read_in_a_photo():
    assert len({row["printed_text"] for row in ROWS if "printed_text" in row}) >= 15


def test_ids_of_families_do_not_run_into_each_other():
    spans = sorted((family.code, family.first, family.first + len(family.looks)) for family in FAMILIES)

    for (code, _, end), (next_code, start, _) in pairwise(spans):
        assert code != next_code or end <= start


def test_the_range_is_read_without_blender():
    code = "import sys, server.demo.render.__main__; print([m for m in ('bpy', 'numpy', 'PIL') if m in sys.modules])"

    printed = subprocess.run(
        [sys.executable, "-c", code], cwd=DEMO.parents[1], capture_output=True, text=True, check=True
    )

    assert printed.stdout == "[]\n"
