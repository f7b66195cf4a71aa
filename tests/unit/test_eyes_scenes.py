"""What the photo encoder learns from besides photos: collages, damage, and the words once more."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from retrieval.training.damage import damaged, likely_product
from retrieval.training.eyes_data import Example, as_pictures
from retrieval.training.eyes_network import Eyes
from retrieval.training.eyes_scenes import (
    LAYOUTS,
    collages,
    damaged_patches,
    damaged_pictures,
    parts_of_grid,
    whole_and_damaged,
)
from retrieval.training.eyes_words import refit, ways_to_say


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


def test_words_find_more_pictures_after_the_map_was_learnt_once_more() -> None:
    examples = [
        Example("fashion", str(i), blotch(i), {}, f"fashion/{i}", (f"brand thing number {i}", f"kind {i}"))
        for i in range(24)
    ]
    pictures = as_pictures(examples)
    torch.manual_seed(5)
    eyes = Eyes({"type": 3}, len(pictures.products)).eval()

    def encode(texts: tuple[str, ...]) -> np.ndarray:
        vectors = np.stack([np.random.default_rng(list(text.encode())).normal(size=384) for text in texts])
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)

    def found() -> float:
        with torch.inference_mode():
            shown = eyes(torch.from_numpy(pictures.pixels).permute(0, 3, 1, 2) / 255.0)["embedding"]
            said = eyes.place_words(torch.from_numpy(encode(tuple(e.phrases[0] for e in examples))))
        return float(((said @ shown.T).argmax(dim=1) == torch.arange(24)).float().mean())

    before = found()
    refit(eyes, pictures, encode, seed=1)

    assert found() > before + 0.3


def test_damage_is_drawn_on_training_pictures_alone() -> None:
    examples = [Example("clothing", str(i), blotch(i), {"type": 0}, development=i % 3 == 0) for i in range(9)]

    rows, hurt = damaged_pictures(as_pictures(examples), seed=1)

    assert rows.tolist() == [1, 2, 4, 5, 7, 8]
    assert hurt.shape == (6, 144, 144, 3)
