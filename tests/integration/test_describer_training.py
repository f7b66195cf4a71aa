"""Training the describer on a very small world: what is on which side of the split, and what comes out."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from retrieval.describer import PhotoDecoder, looked
from retrieval.describer_words import ASKED, NOTHING, QUESTIONS, Lexicon
from retrieval.embedders.photo import PhotoEncoder
from retrieval.embedders.photo_labels import PhotoLabels
from retrieval.training.describer_export import DecoderGraph, MemoryGraph
from retrieval.training.describer_lessons import IGNORED, caption_lesson, question_lessons, sentence
from retrieval.training.describer_network import new_describer, save_for_transformers
from retrieval.training.describer_scenes import SIDE, Scene, background, damaged, face, landscape, scenes, several
from retrieval.training.eyes_data import Example, as_pictures

LABELS = PhotoLabels.read()
LEXICON = Lexicon(LABELS)
TYPES, COLOURS = LABELS.positions("type", "fashion"), LABELS.positions("colour", "fashion")


def example(number: int, development: bool) -> Example:
    import io

    chance = np.random.default_rng(number)
    blotch = Image.fromarray(chance.integers(0, 200, (4, 4, 3), np.uint8)).resize((60, 60))
    whole = Image.new("RGB", (120, 120), "white")
    whole.paste(blotch, (30, 30))
    file = io.BytesIO()
    whole.save(file, "PNG")
    known = {"type": TYPES["Shirts"], "colour": COLOURS["Navy Blue"]}
    return Example(
        "fashion", f"f{number}", file.getvalue(), known, phrases=("x",), plain_ground=True, development=development
    )


@pytest.fixture(scope="module")
def world() -> list[Scene]:
    pictures = as_pictures([example(i, i % 3 == 0) for i in range(36)])
    return [*scenes(pictures, LABELS, False, 1), *scenes(pictures, LABELS, True, 2)]


def test_no_scene_is_made_of_pictures_of_both_sides(world: list[Scene]) -> None:
    for scene in world:
        if scene.source != "nothing":
            assert {int(part[1:]) % 3 == 0 for part in scene.id.split("+")} == {scene.development}
    assert {scene.source for scene in world} == {"fashion", "altered", "damage", "several", "nothing"}


def test_what_is_known_of_a_scene_is_what_was_done_to_it(world: list[Scene]) -> None:
    for scene in world:
        assert scene.picture.shape == (SIDE, SIDE, 3)
        match scene.source:
            case "fashion":
                assert scene.facts["condition"] == "intact"
                assert scene.facts["number"] == "one"
                assert scene.facts["background"] == "white"
            case "damage":
                assert scene.facts["condition"] == "damaged"
            case "several":
                assert scene.facts["number"] == {2: "two", 3: "three", 4: "four"}[len(scene.shown)]
            case "altered":
                assert "condition" not in scene.facts
            case "nothing":
                assert scene.facts == {"type": NOTHING}


def test_damage_changes_the_product_and_nothing_around_it() -> None:
    picture = np.full((SIDE, SIDE, 3), 200, np.uint8)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[40:90, 40:90] = 255

    for seed in range(12):
        hurt = damaged(picture, mask, np.random.default_rng(seed))

        assert (hurt[mask == 0] == 200).all()
        assert (hurt != picture).any()


def test_the_ground_is_named_by_its_border() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8)

    assert background(np.full((SIDE, SIDE, 3), 250, np.uint8)) == "white"
    assert background(np.full((SIDE, SIDE, 3), 120, np.uint8)) == "plain"
    assert background(np.full((SIDE, SIDE, 3), 20, np.uint8)) == "dark"
    assert background(noise) == "busy"


def test_drawn_faces_and_landscapes_differ_from_seed_to_seed() -> None:
    for draw in (face, landscape):
        first, second = draw(np.random.default_rng(1)), draw(np.random.default_rng(2))
        assert first.shape == (SIDE, SIDE, 3)
        assert (first != second).any()


def test_several_products_are_all_in_the_picture() -> None:
    parts = [
        Scene(np.full((SIDE, SIDE, 3), shade, np.uint8), {"number": "one", "type": "mug"}, "render", str(shade), False)
        for shade in (10, 60, 120, 170)
    ]

    scene = several(parts, {}, np.random.default_rng(4))

    for shade in (10, 60, 120, 170)[: len(scene.shown)]:
        assert (scene.picture == shade).all(axis=2).mean() > 0.1


def test_a_colour_that_nobody_knows_is_in_the_sentence_and_is_not_learnt() -> None:
    tokens, unknown = sentence(LEXICON, {"type": "jeans"}, (), "navy", np.random.default_rng(0))
    read, learnt = caption_lesson(LEXICON, tokens, unknown, 0)

    assert "navy blue" in tokens
    place = read.index(LEXICON.number["navy blue"])
    assert learnt[place - 1] == IGNORED
    assert learnt[place] == LEXICON.number["jeans"]
    assert len(read) == len(learnt)


def test_questions_are_asked_whose_answer_is_known_and_only_the_answer_is_learnt() -> None:
    lessons = question_lessons(LEXICON, {"condition": "damaged"}, 2, np.random.default_rng(0))

    ((read, learnt),) = lessons
    asked = [LEXICON.tokens[number] for number in read]
    assert " ".join(asked[:-2]) in QUESTIONS["condition"]
    assert [LEXICON.tokens[number] for number in learnt if number != IGNORED] == ["damaged", "<end>"]


def test_the_graphs_that_serve_do_the_same_sums_as_transformers_class() -> None:
    torch.manual_seed(0)
    model = new_describer(LEXICON).eval()
    looks = torch.rand(2, 66, 256)
    tokens = torch.tensor([LEXICON.asked("colour"), LEXICON.asked("pattern")])

    with torch.inference_mode():
        theirs = model(pixel_values=looks, decoder_input_ids=tokens).logits
        memory = MemoryGraph(model)(looks)
        first, past = DecoderGraph(model)(tokens[:, :2], memory, torch.zeros(2, 2, 2, 4, 0, 32))
        rest, _ = DecoderGraph(model)(tokens[:, 2:], memory, past)

    assert torch.allclose(theirs, torch.cat([first, rest], dim=1), atol=1e-4)


def test_transformers_loads_what_was_trained_and_reads_its_words(tmp_path: Path) -> None:
    from transformers import PreTrainedTokenizerFast, VisionEncoderDecoderModel

    save_for_transformers(new_describer(LEXICON), LEXICON, tmp_path)

    model = VisionEncoderDecoderModel.from_pretrained(tmp_path).eval()
    tokenizer = PreTrainedTokenizerFast.from_pretrained(tmp_path)

    asked = tokenizer("what colour is it <begin>", return_tensors="pt", add_special_tokens=False)
    assert asked["input_ids"][0].tolist() == LEXICON.asked("colour")
    assert tokenizer("a navy blue t-shirt")["input_ids"] == LEXICON.numbers(["a", "navy blue", "t-shirt"])
    told = model.generate(pixel_values=torch.rand(1, 66, 256), decoder_input_ids=asked["input_ids"], max_new_tokens=3)
    assert told.shape[0] == 1


@pytest.mark.slow
def test_a_run_that_was_cut_off_goes_on_and_its_weights_can_be_served(world: list[Scene], tmp_path: Path) -> None:
    import shutil

    from retrieval.embedders.photo_labels import WEIGHTS
    from retrieval.training.describer import Options, train
    from retrieval.training.describer_bank import bank

    for name in ("eyes.json", "eyes.onnx", "eyes_labels.json", "eyes_words.safetensors"):
        shutil.copy(WEIGHTS / name, tmp_path)
    encoder = PhotoEncoder(tmp_path)
    for side, held_out in (("training", False), ("development", True)):
        part = [replace(s, id=f"{s.id}{n}") for s in world for n in range(4) if s.development == held_out]
        bank(tmp_path / "out" / side, encoder, part)
    options = {"data": tmp_path, "out": tmp_path / "out", "weights": tmp_path}
    first = train(Options(**options, minutes=0.02))

    second = train(Options(**options, minutes=first.minutes + 0.03, resume=True))

    assert second.steps > first.steps
    assert json.loads(second.curve.read_text())[0]["step"] == first.steps
    assert (tmp_path / "out" / "curve.png").exists()
    told = PhotoDecoder(encoder, tmp_path).tell(encoder.look(Image.fromarray(world[0].picture)))
    assert set(told.shares) == set(ASKED)
    assert looked(encoder.look(Image.fromarray(world[0].picture))).shape == (66, 256)
