"""Training the photo encoder on a very small world: what is held out, what is refused, what is kept."""

import io
import json
import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from retrieval.embedders.photo import PhotoEncoder
from retrieval.embedders.photo_labels import PhotoLabels
from retrieval.errors import BadImport
from retrieval.evaluation.photo_sets import evaluate_sets
from retrieval.training.eyes import Options, find_unseen, train, unseen_rows, word_vectors
from retrieval.training.eyes_data import HEADS, as_pictures, product_names, read_examples
from retrieval.training.eyes_network import Eyes
from retrieval.training.photo_shops import photo_questions

LABELS = PhotoLabels.read()


def picture(seed: int, size: tuple[int, int] = (80, 100), light: float = 1.0) -> bytes:
    """A blotch of its own for each seed on a white ground."""
    chance = np.random.default_rng(seed)
    blotch = Image.fromarray(chance.integers(0, 200, (5, 5, 3), np.uint8)).resize((48, 48))
    whole = Image.new("RGB", size, "white")
    whole.paste(blotch, (16, 20))
    kept = io.BytesIO()
    whole.point(lambda value: round(value * light)).save(kept, "JPEG", quality=92)
    return kept.getvalue()


def write(path: Path, rows: list[dict[str, object]]) -> None:
    pq.write_table(pa.Table.from_pylist(rows), path)


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """40 pieces of clothing, 40 catalogue photos, two groceries, and a shop with two mugs of which one is pictured."""
    kinds, articles = ("T-Shirt", "Pants", "Not sure"), ("Shirts", "Watches", "Footballs")
    write(
        tmp_path / "clothing_train.parquet",
        [{"image": picture(i), "id": f"c{i}", "label": kinds[i % 3], "kids": False} for i in range(40)],
    )
    fashion = [
        {
            "id": f"f{i}",
            "title": f"Brand {i // 2} Striped Thing",
            "article_type": articles[i % 3],
            "colour": "Navy Blue",
        }
        for i in range(40)
    ]
    for i, row in enumerate(fashion):
        row |= {"image": picture(100 + i), "gender": "Men"}
    write(tmp_path / "fashion_train.parquet", fashion)
    write(tmp_path / "fashion_unlabelled.parquet", [{"image": picture(150 + i), "id": f"w{i}"} for i in range(10)])
    icons = [
        {"image": picture(200 + i), "id": f"grocery-{i}", "label": name, "coarse": name, "description": f"A {name}."}
        for i, name in enumerate(("Kiwi", "Lemon"))
    ]
    write(tmp_path / "grocery_catalogue.parquet", icons)
    for name, first, count in (("train", 300, 20), ("val", 400, 6)):
        rows = [
            {"image": picture(first + i), "id": f"{name}/{i}", "coarse": "Kiwi", "product": "grocery-0"}
            for i in range(count)
        ]
        write(tmp_path / f"grocery_{name}.parquet", rows)
    mug = {"type": "mug", "colour": "blue", "shade": "navy", "pattern": "plain", "material": "stoneware"}
    goods = [{**mug, "id": f"MUG-{i}", "title": f"Mug {i}", "image": f"MUG-{i}.jpg"} for i in (1, 2)]
    (tmp_path / "products.jsonl").write_text("\n".join(json.dumps(row) for row in goods))
    (tmp_path / "MUG-1.jpg").write_bytes(picture(500))
    views = [{**mug, "file": f"{i}.jpg", "product": [None, "MUG-1", "MUG-2"][i % 3]} for i in range(30)]
    (tmp_path / "labels.jsonl").write_text("\n".join(json.dumps(row) for row in views))
    for i in range(30):
        (tmp_path / f"{i}.jpg").write_bytes(picture(600 + i))
    return tmp_path


def test_pictures_are_numbered_with_what_is_known_of_them(world: Path) -> None:
    examples = read_examples(world, LABELS, world, world / "products.jsonl")
    pictures = as_pictures(examples, product_names(world / "products.jsonl"))

    shop = [product for product in pictures.products if not product.startswith("fashion/")]
    assert shop == ["MUG-1", "MUG-2", "grocery-0", "grocery-1"]
    by_source = {
        source: [i for i, e in enumerate(pictures.examples) if e.source == source]
        for source in ("clothing", "fashion", "wordless", "icon", "grocery", "catalogue", "render")
    }
    assert {source: len(rows) for source, rows in by_source.items()} == {
        "clothing": 27, "fashion": 40, "wordless": 10, "icon": 2, "grocery": 26, "catalogue": 1, "render": 30,
    }  # fmt: skip
    shown = {head: pictures.labels[by_source["catalogue"][0], h] for h, head in enumerate(HEADS)}
    assert [LABELS.heads[head][place].name for head, place in shown.items()] == ["mug", "navy", "plain", "stoneware"]
    football = pictures.labels[by_source["fashion"][2]]
    assert football[HEADS.index("type")] == -1
    assert LABELS.heads["pattern"][football[HEADS.index("pattern")]].name == "striped"
    assert [pictures.product[row] for row in by_source["render"][:3]] == [-1, 0, 1]
    assert (pictures.masks[by_source["catalogue"][0]] == 0).mean() > 0.4


def test_photos_of_one_product_are_never_on_both_sides(world: Path) -> None:
    examples = [e for e in read_examples(world, LABELS, None, None) if e.source == "fashion"]

    sides = [{e.development for e in examples if e.phrases[0] == title} for title in {e.phrases[0] for e in examples}]

    assert all(len(side) == 1 for side in sides)
    assert {True} in sides
    assert {False} in sides


def test_a_catalogue_photo_is_told_from_others_only_where_it_is_trained_on(world: Path) -> None:
    catalogue = [e for e in read_examples(world, LABELS, None, None) if e.source in ("fashion", "wordless")]

    assert {bool(e.product) for e in catalogue if e.development} == {False}
    assert {bool(e.product) for e in catalogue if not e.development} == {True}


def test_photos_of_some_groceries_can_be_kept_back_and_found_by_picture_and_text(world: Path) -> None:
    pictures = as_pictures(read_examples(world, LABELS, None, None))
    kept_back = unseen_rows(pictures, 1)
    eyes = Eyes({head: len(LABELS.heads[head]) for head in HEADS}, len(pictures.products)).eval()

    found = find_unseen(eyes, pictures, kept_back, torch.from_numpy(word_vectors(pictures.phrases)))

    assert {pictures.examples[row].product for row in kept_back} == {"grocery-0"}
    assert not any(pictures.examples[row].development for row in kept_back)
    assert 0 <= found["unseen_top1"] <= found["unseen_top5"] == 1


def test_the_held_out_photos_are_measured_beside_the_thumbnail(world: Path) -> None:
    table = evaluate_sets(PhotoEncoder(), word_vectors, world)

    assert {figures["photos"] for name, figures in table.items() if name.startswith("grocery")} == {6}
    words = next(figures for name, figures in table.items() if name.startswith("words to picture"))
    copies = next(figures for name, figures in table.items() if name.startswith("altered copy"))
    assert words["photos"] < copies["photos"]
    assert all(0 <= figures["eyes"] <= 1 for figures in table.values())


def test_photos_are_asked_for_goods_that_are_there_and_that_are_not(world: Path) -> None:
    rows = [{"image": picture(1000 + i), "id": f"w{i}"} for i in range(600)]
    write(world / "fashion_unlabelled.parquet", rows)

    fitting, checking = photo_questions(world, PhotoEncoder(), random.Random(0))

    for part in (fitting, checking):
        assert {sample.answerable for sample in part} == {True, False}
        assert any(sample.right.any() for sample in part if sample.answerable)
        assert not any(sample.right.any() for sample in part if not sample.answerable)


def test_near_copies_of_a_photo_are_never_on_both_sides(world: Path) -> None:
    rows = [
        {"image": picture(seed, light=light), "id": f"{seed}-{light}", "label": "Pants", "kids": False}
        for seed in range(20) for light in (1.0, 0.95, 0.9)
    ]  # fmt: skip
    write(world / "clothing_train.parquet", rows)

    clothing = [e for e in read_examples(world, LABELS, None, None) if e.source == "clothing"]

    sides = [{e.development for e in clothing if e.id.startswith(f"{seed}-")} for seed in range(20)]
    assert all(len(side) == 1 for side in sides)
    assert {True} in sides


@pytest.mark.parametrize("name", ["clothing_train.parquet", "grocery_val.parquet"])
def test_a_missing_photo_set_is_named(world: Path, name: str) -> None:
    (world / name).unlink()

    with pytest.raises(BadImport, match=f"expected the photo set {name}"):
        read_examples(world, LABELS, None, None)


@pytest.mark.slow
def test_a_run_that_was_cut_off_goes_on_and_its_weights_can_be_served(world: Path) -> None:
    options = {"data": world, "out": world / "out", "renders": world, "catalogue": world / "products.jsonl",
               "weights": world / "weights", "threads": 1}  # fmt: skip
    first = train(Options(**options, minutes=0.02))

    teacher = world / "out" / "eyes.safetensors"
    second = train(Options(**options, minutes=first.minutes + 0.05, teacher=teacher, unseen=1, resume=True))

    assert second.steps > first.steps
    assert json.loads(second.curve.read_text())[0]["step"] == first.steps
    with Image.open(second.curve.with_suffix(".png")) as drawn:
        assert drawn.size == (1100, 450)
    encoder = PhotoEncoder(world / "weights")
    assert encoder.encode([Image.open(io.BytesIO(picture(1)))]).shape == (1, 256)
    assert encoder.name != PhotoEncoder().name
