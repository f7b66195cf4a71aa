"""Imports into the shop's tables: what is added, changed and removed, and that nothing else is touched."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from retrieval.catalogue import Catalogue
from retrieval.documents import Faq, Product, Variant
from retrieval.ingest.parsed import Parsed, Problem

MUG = Product(
    "M1", "Mug", "For tea", Decimal("14.90"), "EUR", category="Mugs", attributes={"colour": "blue"},
    variants=(Variant("M1-L", {"size": "L"}, Decimal("16.90"), 3),), stock=3,
)  # fmt: skip
CUP = Product("C1", "Cup", "", Decimal(5), "EUR")
JAR = Product("J1", "Jar", "", Decimal(7), "EUR")


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(tmp_path / "shop.sqlite3")


def test_what_was_imported_comes_back_as_it_was(catalogue: Catalogue) -> None:
    faq = Faq("ship", "Ship?", "Yes.", "shipping", "en", ("send?",))

    catalogue.import_products(Parsed("a.csv", (MUG, CUP)))
    catalogue.import_faq(Parsed("faq.csv", (faq,)))

    assert catalogue.products() == (MUG, CUP)
    assert (catalogue.product("M1"), catalogue.product("gone")) == (MUG, None)
    assert (catalogue.faqs(), catalogue.faq("ship")) == ((faq,), faq)
    assert catalogue.documents("product", ["C1", "gone"]) == {"C1": CUP}
    assert catalogue.counts() == {"product": 2, "faq": 1}


def test_the_same_file_twice_changes_nothing(catalogue: Catalogue) -> None:
    catalogue.import_products(Parsed("a.csv", (MUG, CUP)))

    report = catalogue.import_products(Parsed("a.csv", (MUG, CUP)))

    assert (report.added, report.changed, report.removed, report.unchanged) == ((), (), (), 2)


def test_a_file_replaces_what_came_from_the_same_file_and_leaves_the_rest(catalogue: Catalogue) -> None:
    catalogue.import_products(Parsed("a.csv", (MUG, CUP)))
    catalogue.import_products(Parsed("b.csv", (JAR,)))
    dearer = replace(MUG, price=Decimal(20))

    report = catalogue.import_products(Parsed("a.csv", (dearer,)))

    assert (report.added, report.changed, report.removed, report.unchanged) == ((), ("M1",), ("C1",), 0)
    assert catalogue.products() == (dearer, JAR)


def test_an_import_that_keeps_removes_nothing(catalogue: Catalogue) -> None:
    catalogue.import_products(Parsed("a.csv", (MUG,)))

    report = catalogue.import_products(Parsed("a.csv", (CUP,)), keep=True)

    assert (report.added, report.removed) == (("C1",), ())
    assert catalogue.products() == (MUG, CUP)


def test_a_row_that_could_not_be_read_keeps_what_was_known_of_it(catalogue: Catalogue) -> None:
    catalogue.import_products(Parsed("a.csv", (MUG, CUP, JAR)))
    problem = Problem("a.csv", 2, "price", "a price", "'x'")

    report = catalogue.import_products(Parsed("a.csv", (CUP,), (problem,), refused=frozenset({"M1"})))

    assert (report.removed, report.problems) == (("J1",), (problem,))
    assert catalogue.products() == (MUG, CUP)


def test_while_a_bad_row_has_no_readable_id_nothing_is_taken_for_removed(catalogue: Catalogue) -> None:
    catalogue.import_products(Parsed("a.csv", (MUG, CUP)))

    report = catalogue.import_products(Parsed("a.csv", (CUP,), unnamed=True))

    assert report.removed == ()
    assert catalogue.products() == (MUG, CUP)


def test_a_row_that_moves_to_another_file_goes_with_it(catalogue: Catalogue) -> None:
    catalogue.import_products(Parsed("a.csv", (MUG, CUP)))

    moved = catalogue.import_products(Parsed("b.csv", (MUG,)))
    emptied = catalogue.import_products(Parsed("a.csv", ()))

    assert (moved.unchanged, emptied.removed) == (1, ("C1",))
    assert catalogue.products() == (MUG,)


def test_many_threads_may_read_while_one_imports(catalogue: Catalogue) -> None:
    catalogue.import_products(Parsed("a.csv", (MUG,)))

    with ThreadPoolExecutor(4) as threads:
        reads = [threads.submit(catalogue.product, "M1") for _ in range(50)]
        threads.submit(catalogue.import_products, Parsed("b.csv", (CUP,))).result()

    assert {read.result() == MUG for read in reads} == {True}
    assert catalogue.products() == (MUG, CUP)
