"""The index in its folder: made from the catalogue, healed from it, and never written by two."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from plain_encoders import MeanColours, WordSums

from retrieval.catalogue import Catalogue
from retrieval.documents import Faq, Product
from retrieval.errors import IndexMismatch, IndexUnavailable
from retrieval.index.chroma import ChromaIndex, collection_name
from retrieval.index.exact import VectorFile
from retrieval.index.shop import ShopIndex
from retrieval.index.tokens import TokenFile, maxsim
from retrieval.ingest.parsed import Parsed

MUG = Product("M1", "Blue mug", "For tea and coffee", Decimal(15), "EUR", attributes={"title_zh": "蓝色马克杯"})
JAR = Product("J1", "Glass jar", "", Decimal(7), "EUR")
SHIP = Faq("ship", "Do you ship abroad?", "Yes, to Norway.", variants=("foreign delivery",))


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    catalogue = Catalogue(tmp_path / "shop.sqlite3")
    catalogue.import_products(Parsed("shop.csv", (MUG, JAR)))
    catalogue.import_faq(Parsed("faq.csv", (SHIP,)))
    return catalogue


@contextmanager
def opened(folder: Path, encoder: WordSums | None = None, pictures: MeanColours | None = None) -> Iterator[ShopIndex]:
    index = ShopIndex.open(folder, encoder or WordSums(), pictures)
    try:
        yield index
    finally:
        index.close()


def test_every_way_to_ask_and_the_answer_are_indexed_once(tmp_path: Path, catalogue: Catalogue) -> None:
    encoder = WordSums()

    with opened(tmp_path, encoder) as index:
        report = index.sync(catalogue)
        again = index.sync(catalogue)

    assert (report.encoded, again.encoded, again.removed, again.healed) == (7, 0, 0, 0)
    assert encoder.encoded == [
        "Do you ship abroad?",
        "foreign delivery",
        "Yes, to Norway.",
        "Blue mug",
        "蓝色马克杯",
        "Blue mug. For tea and coffee",
        "Glass jar",
    ]


def test_only_what_changed_is_encoded_again_also_after_a_restart(tmp_path: Path, catalogue: Catalogue) -> None:
    with opened(tmp_path) as index:
        index.sync(catalogue)
    encoder = WordSums()
    catalogue.import_products(Parsed("shop.csv", (replace(MUG, title="Green mug", price=Decimal(3)),)))

    with opened(tmp_path, encoder) as index:
        report = index.sync(catalogue)

    assert encoder.encoded == ["Green mug", "Green mug. For tea and coffee"]
    assert (report.encoded, report.removed) == (2, 1)


def test_what_chroma_lost_is_put_back_without_encoding(tmp_path: Path, catalogue: Catalogue) -> None:
    with opened(tmp_path) as index:
        index.sync(catalogue)
    chroma = ChromaIndex(tmp_path / "chroma")
    chroma.space(collection_name("faq_text", "word-sums", 64)).remove(["0:ship"])
    chroma.close()
    encoder = WordSums()

    with opened(tmp_path, encoder) as index:
        missing = index.probe()
        report = index.sync(catalogue)
        healed = index.probe()

    assert missing["faq_text"] == ["0:ship"]
    assert (report.healed, encoder.encoded) == (1, [])
    assert healed == {"faq_text": [], "product_text": []}


def test_what_chroma_has_too_much_is_removed(tmp_path: Path, catalogue: Catalogue) -> None:
    with opened(tmp_path) as index:
        index.sync(catalogue)
    chroma = ChromaIndex(tmp_path / "chroma")
    space = chroma.space(collection_name("product_text", "word-sums", 64))
    space.put(["0:ghost"], WordSums().encode(["ghost"]))
    chroma.close()

    with opened(tmp_path) as index:
        index.sync(catalogue)
        keys = index.nearest_texts("product", WordSums().encode(["ghost"])[0], 10)

    assert "0:ghost" not in keys


def test_a_probe_notices_a_record_with_another_ones_vector(tmp_path: Path, catalogue: Catalogue) -> None:
    catalogue.import_products(
        Parsed("many.csv", tuple(Product(f"P{i}", f"Thing number{i}", "", Decimal(1), "EUR") for i in range(40)))
    )
    with opened(tmp_path) as index:
        index.sync(catalogue)
    chroma = ChromaIndex(tmp_path / "chroma")
    chroma.space(collection_name("product_text", "word-sums", 64)).put(["0:P7"], WordSums().encode(["submarine"]))
    chroma.close()

    with opened(tmp_path) as index:
        index.sync(catalogue)
        missing = index.probe()
        index.rebuild()
        mended = index.probe()

    assert missing["product_text"] == ["0:P7"]
    assert mended["product_text"] == []


def test_another_encoder_is_refused_with_the_command_that_rebuilds(tmp_path: Path, catalogue: Catalogue) -> None:
    with opened(tmp_path) as index:
        index.sync(catalogue)

    with pytest.raises(IndexMismatch, match=r"made by word-sums \(64 dimensions\).*`vitrine import rebuild`"):
        ShopIndex.open(tmp_path, WordSums("other"))

    ShopIndex.discard(tmp_path)
    with opened(tmp_path, WordSums("other")) as index:
        assert index.sync(catalogue).encoded == 7


def test_a_second_process_is_refused_and_told_why(tmp_path: Path) -> None:
    code = (
        "import fcntl, sys, time; f = open(sys.argv[1], 'a+'); fcntl.flock(f, fcntl.LOCK_EX); "
        "f.truncate(0); f.write('4711'); f.flush(); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "index.lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()

        with pytest.raises(IndexUnavailable, match=r"open in another process \(number 4711\)"):
            ShopIndex.open(tmp_path, WordSums())

        other.communicate()

    with opened(tmp_path):
        pass


def test_nothing_is_found_before_the_first_sync(tmp_path: Path) -> None:
    with opened(tmp_path) as index, pytest.raises(IndexUnavailable, match="has not been made"):
        index.shelf("faq")


def test_a_folder_that_is_no_index_says_so(tmp_path: Path) -> None:
    (tmp_path / "chroma").mkdir()
    (tmp_path / "chroma" / "chroma.sqlite3").write_bytes(b"no database" * 500)

    with pytest.raises(IndexUnavailable, match="cannot be opened"):
        ShopIndex.open(tmp_path, WordSums())


def test_pictures_are_indexed_and_those_that_are_none_are_named(tmp_path: Path, catalogue: Catalogue) -> None:
    Image.new("RGB", (8, 8), (250, 10, 10)).save(tmp_path / "red.png")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    red = replace(MUG, image=str(tmp_path / "red.png"))
    broken = replace(JAR, image=str(tmp_path / "broken.jpg"))
    elsewhere = replace(JAR, id="J2", image="https://example.com/j.jpg")
    catalogue.import_products(Parsed("shop.csv", (red, broken, elsewhere)))

    with opened(tmp_path, pictures=MeanColours()) as index:
        report = index.sync(catalogue)
        found = index.nearest_pictures(np.array([1, 0, 0], np.float32), 5)

    assert report.unreadable == ("J1",)
    assert found == ["M1"]


def test_a_picture_that_was_replaced_is_encoded_again(tmp_path: Path, catalogue: Catalogue) -> None:
    picture = tmp_path / "mug.png"
    Image.new("RGB", (8, 8), (250, 10, 10)).save(picture)
    catalogue.import_products(Parsed("shop.csv", (replace(MUG, image=str(picture)),)))
    with opened(tmp_path, pictures=MeanColours()) as index:
        index.sync(catalogue)
        Image.new("RGB", (9, 9), (10, 10, 250)).save(picture)

        report = index.sync(catalogue)
        shelf = index.shelf("product")

    assert report.encoded == 1
    assert shelf.pictures is not None
    compared = shelf.pictures.compare(np.array([0, 0, 1], np.float32), np.array([0]))
    assert compared.cosines[0] > 0.99


def test_files_that_hold_mostly_what_is_gone_are_written_anew(tmp_path: Path, catalogue: Catalogue) -> None:
    def things(word: str) -> tuple[Product, ...]:
        return tuple(Product(f"P{i}", f"{word} number{i}", "", Decimal(1), "EUR") for i in range(600))

    with opened(tmp_path) as index:
        for word in ("Old", "Older", "New"):
            catalogue.import_products(Parsed("many.csv", things(word)))
            index.sync(catalogue)
        sizes = [len(VectorFile(file, 64, np.float32)) for file in (tmp_path / "tokens").glob("product_text.*.f32")]
        missing = index.probe()
        shelf = index.shelf("product")
        nearest = index.nearest_texts("product", WordSums().encode(["New number5"])[0], 1)
        tokens = shelf.text.token_matrix(int(shelf.text.starts[shelf.positions["P5"]]))

    assert sizes == [604]  # a mug of three passages and a jar beside the many
    assert (missing["product_text"], nearest) == ([], ["0:P5"])
    assert maxsim(WordSums().encode_tokens(["New number5"])[0], [tokens]) == pytest.approx([1.0], abs=1e-3)


def test_half_a_row_that_a_crash_left_is_written_over(tmp_path: Path) -> None:
    file = VectorFile(tmp_path / "v.f32", 4, np.float32)
    file.append(np.ones((2, 4), np.float32))
    with (tmp_path / "v.f32").open("ab") as raw:
        raw.write(b"half")

    first = file.append(np.full((1, 4), 2, np.float32))

    assert (first, file.rows().tolist()) == (2, [[1] * 4, [1] * 4, [2] * 4])


def test_token_matrices_come_back_from_their_places(tmp_path: Path) -> None:
    file = TokenFile(tmp_path / "t.f16", 2)
    matrices = [np.eye(2, dtype=np.float32), np.empty((0, 2), np.float32), np.ones((1, 2), np.float32)]

    places = file.append(matrices[:2]) + file.append(matrices[2:])

    assert places == [(0, 2), (2, 0), (2, 1)]
    assert [file.rows()[start : start + count].tolist() for start, count in places] == [m.tolist() for m in matrices]
