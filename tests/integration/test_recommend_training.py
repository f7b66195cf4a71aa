"""The recommender's training, small: what it writes is what the service reads, and it learns from what it is given."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
import torch
from PIL import Image
from plain_encoders import MeanColours, WordSums

from retrieval.errors import RetrievalError
from retrieval.taste import FEATURES, Attention
from retrieval.training.recommend import Network, train
from retrieval.training.session_shops import FashionRange

COLOURS = ("Red", "Blue", "Green", "Black")
KINDS = ("Tshirts", "Watches", "Jeans", "Wallets")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    rows = [
        {
            "id": str(n),
            "title": f"Acme {COLOURS[n % 4]} {KINDS[n // 4 % 4]} {n}",
            "article_type": KINDS[n // 4 % 4],
            "sub_category": KINDS[n // 4 % 4],
            "colour": COLOURS[n % 4],
            "gender": "Men",
            "usage": "Casual",
            "image": a_picture(COLOURS[n % 4].lower()),
        }
        for n in range(160)
    ]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), folder / "fashion_train.parquet")
    return folder


def a_picture(colour: str) -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(kept, "JPEG")
    return kept.getvalue()


def test_what_is_trained_is_read_by_the_service_and_beats_chance(data: Path, tmp_path: Path) -> None:
    told: list[str] = []

    trained = train(data, WordSums(), MeanColours(), out=tmp_path, report=told.append, shops=2, past=(0, 100))

    products = len(FashionRange(data, WordSums(), MeanColours()).shop("training", 300, seed=0).products)
    assert trained.loss < np.log(products) - 0.2
    assert Attention.load(tmp_path).keys.shape == (4, len(FEATURES))
    assert told[-1].startswith("epoch 3 of 3")


def test_the_service_computes_what_was_trained() -> None:
    torch.manual_seed(1)
    network = Network()
    pairs = torch.randn(1, 7, 5, len(FEATURES))
    standing = torch.randn(7, 2)

    trained = network(pairs, torch.ones(1, 5, dtype=torch.bool), standing)[0].detach().numpy()

    read = Attention(**{name: value.detach().numpy() for name, value in network.named_parameters()})
    served = read.shares(pairs[0].numpy()).sum(axis=1) + read.standing(standing.numpy())
    assert served == pytest.approx(trained, abs=1e-4)


def test_no_product_of_a_shop_to_measure_is_in_one_to_train_in(data: Path) -> None:
    fashion = FashionRange(data, WordSums(), MeanColours())

    training, measuring = (
        {product.id for product in fashion.shop(part, 300, seed=seed).products}
        for seed, part in enumerate(("training", "measuring"))  # type: ignore[arg-type]
    )

    assert training
    assert measuring
    assert not training & measuring


def test_missing_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(RetrievalError, match=r"fashion_train\.parquet"):
        train(tmp_path, WordSums(), MeanColours(), out=tmp_path)
