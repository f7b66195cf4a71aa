"""What the photo encoder learns from besides photos: collages, damage, parts of titles, and an earlier network."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from retrieval.training.damage import damaged, likely_product
from retrieval.training.eyes_data import Example, Pictures, as_pictures
from retrieval.training.eyes_losses import Lesson, lesson, losses, without_photos
from retrieval.training.eyes_network import Eyes
from retrieval.training.eyes_scenes import (
    LAYOUTS,
    collages,
    damaged_patches,
    damaged_pictures,
    parts_of_grid,
    whole_and_damaged,
)
from retrieval.training.eyes_words import refit, turn, ways_of, ways_to_say


def blotch(seed: int) -> bytes:
    """A picture of a pattern of its own for each seed."""
    cells = np.random.default_rng(seed).integers(0, 255, (5, 5, 3), np.uint8)
    kept = io.BytesIO()
    Image.fromarray(cells).resize((80, 80)).save(kept, "PNG")
    return kept.getvalue()


def chance(seed: int = 3) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("grid", [6, 7, 8])
def test_each_patch_of_a_collage_belongs_to_one_product(layout: tuple[int, int], grid: int) -> None:
    owners = parts_of_grid(layout, grid * grid, torch.device("cpu"))

    assert owners.shape == (layout[0] * layout[1], grid * grid)
    assert (owners.sum(dim=0) == 1).all()
    assert (owners.sum(dim=1) > 0).all()


def test_a_collage_shows_its_parts_where_it_says() -> None:
    plain = torch.arange(1, 9).view(8, 1, 1, 1).expand(8, 3, 96, 96) / 10.0

    for joined, parts, layout in collages(plain, 2, chance()):
        owners = parts_of_grid(layout, 36, plain.device)
        patches = torch.nn.functional.adaptive_avg_pool2d(joined, 6).mean(dim=1).flatten(1)
        for picture, places in zip(patches, parts, strict=True):
            shown = [picture[owner].median() for owner in owners]
            assert torch.allclose(torch.stack(shown), plain[places, 0, 0, 0], atol=0.02)


def test_damage_is_found_where_it_was_drawn_and_nowhere_else() -> None:
    whole = np.full((4, 144, 144, 3), 180, np.uint8)
    mask = np.zeros((144, 144), np.uint8)
    mask[40:100, 40:100] = 255
    hurt = np.stack([damaged(picture, mask, np.random.default_rng(seed)) for seed, picture in enumerate(whole)])
    masks = np.full((4, 144, 144), 255, np.uint8)

    pairs, differs = whole_and_damaged(*(torch.from_numpy(a) for a in (whole, hurt, masks)), 96, chance())
    _, alike = whole_and_damaged(*(torch.from_numpy(a) for a in (whole, whole, masks)), 96, chance())

    assert (hurt[:, mask == 0] == 180).all()
    assert pairs.shape == (8, 3, 96, 96)
    assert (damaged_patches(differs, 36).sum(dim=1) > 0).any()
    assert damaged_patches(alike, 36).sum() == 0


def test_where_no_ground_can_be_told_damage_is_drawn_in_the_middle() -> None:
    mask = likely_product(np.full((144, 144), 255, np.uint8))

    assert mask[72, 72] == 255
    assert mask[0, 0] == mask[143, 143] == 0


def test_a_phrase_is_also_said_in_part() -> None:
    ways = ways_to_say("Acme Men Navy Shirt", np.random.default_rng(1))

    assert ways[:2] == ("Acme Men Navy Shirt", "Men Navy Shirt")
    assert all(ways)
    assert ways_to_say("Mug", np.random.default_rng(1))[1] == "Mug"


@pytest.fixture
def groceries() -> Pictures:
    """Two fruits, each with the shop's picture and two customers' photos, and three catalogue photos without words."""
    fruits = ("kiwi", "lemon")
    shown = [
        Example("icon", f"{i}", blotch(i), {}, name, (f"a {name}", f"sour {name}")) for i, name in enumerate(fruits)
    ]
    asked = [
        Example("grocery", f"{i}", blotch(10 + i), {}, fruits[i % 2], (f"a {fruits[i % 2]}", f"sour {fruits[i % 2]}"))
        for i in range(4)
    ]
    wordless = [Example("wordless", f"{i}", blotch(20 + i), {}, f"fashion/{i}") for i in range(3)]
    return as_pictures([*shown, *asked, *wordless])


def encode(texts: tuple[str, ...]) -> np.ndarray:
    vectors = np.stack([np.random.default_rng(list(text.encode())).normal(size=384) for text in texts])
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def network(pictures: Pictures) -> Eyes:
    torch.manual_seed(5)
    return Eyes({"type": 3, "colour": 3, "pattern": 3, "material": 3}, len(pictures.products))


def lesson_of(pictures: Pictures, teacher: Eyes | None = None) -> Lesson:
    nothing_hurt = (np.empty(0, np.int64), np.empty((0, *pictures.pixels.shape[1:]), np.uint8))
    words = ways_of(pictures.phrases, encode, seed=1)
    return lesson(pictures, words, nothing_hurt, chance(), teacher=teacher, bfloat16=False, times=1)


def test_a_phrase_comes_whole_first_and_then_in_parts() -> None:
    ways = ways_of(("Acme Men Navy Shirt", "Mug"), encode, seed=1)

    assert ways.shape == (2, 4, 384)
    assert np.allclose(ways[:, 0], encode(("Acme Men Navy Shirt", "Mug")))
    assert np.allclose(ways[0, 1], encode(("Men Navy Shirt",))[0])


def test_words_find_more_pictures_after_the_map_was_learnt_once_more() -> None:
    pictures = as_pictures(
        Example("fashion", str(i), blotch(i), {}, f"fashion/{i}", (f"brand thing number {i}", f"kind {i}"))
        for i in range(24)
    )
    eyes = network(pictures).eval()
    eyes.place_words.weight.data *= 0.1
    said = torch.from_numpy(encode(tuple(e.phrases[0] for e in pictures.examples)))

    def found() -> float:
        with torch.inference_mode():
            shown = eyes(torch.from_numpy(pictures.pixels).permute(0, 3, 1, 2) / 255.0)["embedding"]
            return float(((eyes.place_words(said) @ shown.T).argmax(dim=1) == torch.arange(24)).float().mean())

    before = found()
    refit(eyes, pictures, encode, seed=1)

    assert found() > before + 0.3


def test_words_are_placed_where_they_were_meant_whichever_encoder_reads_them() -> None:
    texts = tuple(f"text {i}" for i in range(900))
    meant = encode(texts)
    bent = torch.nn.init.orthogonal_(torch.empty(384, 384), generator=chance()).numpy() * 0.2 + np.eye(384) * 0.9
    eyes = Eyes({"type": 3}, 2)
    with torch.inference_mode():
        wanted = eyes.place_words(torch.from_numpy(meant)).numpy()

    turn(eyes, meant, (meant @ bent).astype(np.float32))

    with torch.inference_mode():
        placed = eyes.place_words(torch.from_numpy((meant @ bent).astype(np.float32))).numpy()
    assert np.abs(placed - wanted).mean() < 0.2 * np.abs(wanted).mean()


@pytest.mark.parametrize("kept_back", [True, False])
def test_goods_that_no_photo_was_seen_of_are_not_held_against_photos_of_others(
    groceries: Pictures, *, kept_back: bool
) -> None:
    of_kiwis = np.array([2, 4]) if kept_back else np.empty(0, np.int64)
    task = without_photos(lesson_of(groceries), groceries, of_kiwis)
    eyes = network(groceries)

    told = losses(eyes, task, torch.tensor([3, 5]), 96)
    told["product"].backward()

    kiwi, lemon = (groceries.products.index(name) for name in ("kiwi", "lemon"))
    assert (eyes.centres.grad[kiwi].abs().max() < 1e-6) == kept_back
    assert eyes.centres.grad[lemon].abs().max() > 1e-4
    only_of_kiwis = {groceries.phrases[i] for i in torch.nonzero(task.unseen_words).flatten().tolist()}
    assert only_of_kiwis == ({"a kiwi", "sour kiwi"} if kept_back else set())


def test_what_an_earlier_network_reads_in_pictures_without_words_is_learnt_too(groceries: Pictures) -> None:
    teacher = network(groceries).eval()
    with torch.no_grad():
        teacher.heads[0].bias[1] += 8.0
    pupil = network(groceries)

    told = losses(pupil, lesson_of(groceries, teacher), torch.tensor([3, 6, 7, 8]), 96)
    told["taught_type"].backward()

    assert {name for name in told if name.startswith("taught")} == {"taught_type", "taught_colour", "taught_words"}
    assert pupil.heads[0].bias.grad.argmin() == 1
    assert not {name for name in losses(pupil, lesson_of(groceries), torch.tensor([3, 6]), 96) if "taught" in name}


def test_damage_is_drawn_on_training_pictures_alone() -> None:
    examples = [Example("clothing", str(i), blotch(i), {"type": 0}, development=i % 3 == 0) for i in range(9)]

    rows, hurt = damaged_pictures(as_pictures(examples), seed=1)

    assert rows.tolist() == [1, 2, 4, 5, 7, 8]
    assert hurt.shape == (6, 144, 144, 3)
