"""A shop's product files, good and bad: what is read, and what is said about the rest."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from retrieval.documents import Product, Variant
from retrieval.errors import BadImport
from retrieval.ingest import products as module
from retrieval.ingest import records
from retrieval.ingest.products import read_products

HEADER = "id,title,description,price,currency,image,url,category,brand,availability,Color,size\n"


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def problems(parsed: module.Parsed[Product]) -> list[str]:
    return [str(problem) for problem in parsed.problems]


def test_a_generic_csv_gives_products_with_every_further_column_as_an_attribute(tmp_path: Path) -> None:
    (tmp_path / "mug.jpg").write_bytes(b"picture")
    path = written(
        tmp_path, "shop.csv", HEADER + "M1,Blue mug,Holds tea,14.90,EUR,mug.jpg,/p/M1,Mugs,Acme,in stock,blue,\n"
    )

    parsed = read_products(path)

    assert parsed.problems == ()
    assert parsed.rows == (
        Product(
            "M1", "Blue mug", "Holds tea", Decimal("14.90"), "EUR", str((tmp_path / "mug.jpg").resolve()), "/p/M1",
            "Mugs", "Acme", "in stock", attributes={"colour": "blue"},
        ),
    )  # fmt: skip


def test_json_lines_give_variants_with_their_own_price_and_stock(tmp_path: Path) -> None:
    row = {
        "id": "T1", "title": "Throw", "price": 49, "currency": "EUR", "washable": False, "tags": ["warm", "wool"],
        "variants": [
            {"id": "T1-S", "options": {"Size": "S"}, "price": 39.5, "stock": 0},
            {"options": {"Size": "L"}, "stock": 4},
        ],
    }  # fmt: skip
    path = written(tmp_path, "shop.jsonl", json.dumps(row))

    (product,) = read_products(path).rows

    assert product.variants == (
        Variant("T1-S", {"size": "S"}, Decimal("39.5"), 0),
        Variant("T1-2", {"size": "L"}, Decimal(49), 4),
    )
    assert product.stock == 4
    assert product.attributes == {"washable": "no", "tags": "warm | wool"}


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        ("14.90", "14.90 EUR"), ("14,90", "14.90 EUR"), ("€ 14,90", "14.90 EUR"), ("1,299.00 USD", "1299.00 USD"),
        ("1.299,00 €", "1299.00 EUR"), ("1,299", "1299 EUR"), ("￥88", "88 CNY"), ("1'299.50 CHF", "1299.50 CHF"),
        ("2.500 KWD", "2.500 KWD"), ("0", "0 EUR"),
    ],
)  # fmt: skip
def test_prices_are_read_however_the_shop_writes_them(tmp_path: Path, price: str, expected: str) -> None:
    path = written(tmp_path, "shop.tsv", f"id\ttitle\tprice\nM1\tMug\t{price}\n")

    (product,) = read_products(path).rows

    assert f"{product.price} {product.currency}" == expected


@pytest.mark.parametrize("price", ["", "free", "-3", "12.3.4", "1.299", "1e3", "99999999999"])
def test_a_price_that_is_none_or_can_be_read_in_two_ways_is_reported_and_the_rest_goes_on(
    tmp_path: Path, price: str
) -> None:
    path = written(tmp_path, "shop.tsv", f"id\ttitle\tprice\nM1\tMug\t{price}\nM2\tCup\t5\n")

    parsed = read_products(path)

    assert [product.id for product in parsed.rows] == ["M2"]
    (problem,) = parsed.problems
    assert (problem.file, problem.line, problem.column) == ("shop.tsv", 2, "price")
    assert parsed.refused == {"M1"}


def test_every_bad_row_says_what_was_expected_what_came_and_where(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "shop.csv",
        "id,title,price,availability,stock,url,currency\n"
        "A,,5,,,,\n"
        "B,Cup,5,maybe,,,\n"
        "C,Cup,5,,many,,\n"
        "D,Cup,5,,,javascript:alert(1),\n"
        "E,Cup,5,,,,euros\n"
        ",Cup,5,,,,\n"
        "G,Cup,5,,,,,one,too,many\n"
        "H,Cup,5,,,,\n"
        "H,Cup,6,,,,\n",
    )

    parsed = read_products(path)

    assert [product.id for product in parsed.rows] == ["H"]
    assert problems(parsed) == [
        "shop.csv:2, title: expected a value, got nothing",
        "shop.csv:3, availability: expected in stock, out of stock or preorder, got 'maybe'",
        "shop.csv:4, stock: expected a whole number of pieces, got 'many'",
        "shop.csv:5, url: expected an address that starts with http://, https:// or /, got 'javascript:alert(1)'",
        "shop.csv:6, currency: expected a code of three letters such as EUR, got 'EUROS'",
        "shop.csv:7, id: expected a value, got nothing",
        "shop.csv:8, line: expected 7 values, got 10",
        "shop.csv:10, id: expected an id that appears once (it was on line 9), got 'H'",
    ]
    assert (parsed.refused, parsed.unnamed) == ({"A", "B", "C", "D", "E", "G"}, True)


def test_a_row_after_a_quoted_line_break_is_reported_on_its_own_line(tmp_path: Path) -> None:
    path = written(tmp_path, "shop.csv", 'id,title,price,description\nA,Cup,5,"two\nlines"\nB,Cup,none,\n')

    parsed = read_products(path)

    assert parsed.rows[0].description == "two\nlines"
    assert parsed.problems[0].line == 4


def test_a_missing_picture_is_reported_and_the_product_is_kept(tmp_path: Path) -> None:
    path = written(tmp_path, "shop.csv", "id,title,price,image\nA,Cup,5,gone.jpg\n")

    parsed = read_products(path)

    assert [product.image for product in parsed.rows] == [""]
    assert problems(parsed) == ["shop.csv:2, image: expected a picture file, got 'gone.jpg', which is not there"]


def test_a_picture_at_a_url_is_taken_only_where_the_settings_allow_it(tmp_path: Path) -> None:
    path = written(tmp_path, "shop.csv", "id,title,price,image\nA,Cup,5,https://example.com/a.jpg\n")

    refused, allowed = read_products(path), read_products(path, allow_urls=True)

    assert (refused.rows[0].image, len(refused.problems)) == ("", 1)
    assert (allowed.rows[0].image, allowed.problems) == ("https://example.com/a.jpg", ())


def test_bytes_that_are_not_utf8_cost_their_row_only(tmp_path: Path) -> None:
    path = written(tmp_path, "shop.csv", b"id,title,price\nA,Caf\xe9,5\nB,Tee,5\n")

    parsed = read_products(path)

    assert [product.id for product in parsed.rows] == ["B"]
    assert (parsed.problems[0].line, parsed.problems[0].column, parsed.refused) == (2, "title", {"A"})
    assert "byte 0xe9 at character 4" in parsed.problems[0].got


def test_a_bad_line_of_json_costs_that_line_only(tmp_path: Path) -> None:
    lines = [
        '{"id": "A", "title": "Cup", "price": 5}',
        '{"id": "B", "title"',
        "[1]",
        '{"id": "D", "title": "x", "price": NaN}',
    ]
    path = written(tmp_path, "shop.jsonl", "\n".join(lines))

    parsed = read_products(path)

    assert [product.id for product in parsed.rows] == ["A"]
    assert [problem.line for problem in parsed.problems] == [2, 3, 4]
    assert (parsed.refused, parsed.unnamed) == ({"B", "D"}, True)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "shop.csv",
            "sku,name\n1,Cup\n",
            r"shop.csv:1: expected the columns id, title, price, .* missing id, title, price",
        ),
        ("shop.csv", "", r"shop.csv:1: expected a line of column names"),
        ("shop.csv", b"id,title,price\n1,\x00,5\n", r"shop.csv:2: expected text in UTF-8, got a binary file"),
        ("shop.csv", b"id,titl\xe9,price\n", r"shop.csv:1: expected UTF-8, got byte 0xe9 at character 8"),
        ("shop.csv", "id,id,title,price\n", r"shop.csv:1: expected each column once, got id twice"),
        ("shop.json", '[{"id": "A"}]', r"shop.json:1: expected one JSON object a line, got a JSON array"),
        ("shop.xml", "<rss><channel><item><g:id>1</item>", r"shop.xml:1: expected well-formed XML"),
        ("shop.xml", "<html><body/></html>", r"expected <item> or <entry> elements of a Merchant feed, got <html>"),
    ],
)
def test_a_file_that_cannot_be_read_at_all_says_why(
    tmp_path: Path, name: str, content: str | bytes, message: str
) -> None:
    path = written(tmp_path, name, content)

    with pytest.raises(BadImport, match=message):
        read_products(path)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadImport, match=r"gone\.csv: expected a readable file, got: No such file"):
        read_products(tmp_path / "gone.csv")


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    with path.open("wb") as file:
        file.truncate(records.MAX_BYTES + 1)

    with pytest.raises(BadImport, match="expected at most 536,870,912 bytes, got 536,870,913"):
        read_products(path)


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("id", "x" * 201, "up to 200 printable characters"),
        ("description", "x" * 20_001, "at most 20,000 characters"),
        ("variants", [{"id": str(i)} for i in range(501)], "at most 500"),
        ("variants", [{"id": "a"}, {"id": "a"}], "a different id for each"),
        ("variants", "red, blue", "a JSON list"),
        ("attributes", [1], "an object of names and values"),
        ("brand", {"name": "Acme"}, "words, a number or a list of them"),
    ],
)
def test_every_limit_of_a_row_is_named(tmp_path: Path, column: str, value: object, expected: str) -> None:
    row = {"id": "A", "title": "Cup", "price": 5, column: value}

    parsed = read_products(written(tmp_path, "shop.jsonl", json.dumps(row)))

    assert parsed.rows == ()
    assert parsed.problems[0].expected == expected


SHOPIFY = (
    "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,"
    "Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,"
    "Image Src,Image Position,Status\n"
    'tee,Tee,"<p>Soft &amp; <b>light</b></p><script>x()</script>",Acme,Shirts,"summer, soft",'
    "true,Size,S,TEE-S,shopify,0,deny,20,https://cdn.example/2.jpg,2,active\n"
    "tee,,,,,,,,M,TEE-M,shopify,3,deny,19.50,https://cdn.example/1.jpg,1,\n"
    "tee,,,,,,,,L,TEE-L,shopify,3,deny,twenty,,,\n"
    "hat,Hat,,Acme,Hats,,true,Title,Default Title,HAT-1,,,deny,12,,,active\n"
    "old,Old,,Acme,Hats,,true,Title,Default Title,OLD-1,,,deny,12,,,draft\n"
)


def test_a_shopify_export_joins_the_rows_of_a_product(tmp_path: Path) -> None:
    parsed = read_products(written(tmp_path, "export.csv", SHOPIFY), currency="USD", allow_urls=True)

    tee, hat = parsed.rows
    assert tee == Product(
        "tee", "Tee", "Soft & light", Decimal("19.50"), "USD", "https://cdn.example/1.jpg", "/products/tee", "Shirts",
        "Acme", "in stock", attributes={"tags": "summer | soft"},
        variants=(
            Variant("TEE-S", {"size": "S"}, Decimal(20), 0), Variant("TEE-M", {"size": "M"}, Decimal("19.50"), 3),
        ),
        stock=3,
    )  # fmt: skip
    assert (hat.attributes, hat.variants, hat.stock) == ({"sku": "HAT-1"}, (), None)
    assert problems(parsed) == ["export.csv:4, variant price: expected a price such as 14.90, got 'twenty'"]


def test_shopifys_newer_column_names_are_read_too(tmp_path: Path) -> None:
    content = "Title,URL handle,SKU,Price,Status\nTee,tee,TEE-S,20,Active\n"

    (product,) = read_products(written(tmp_path, "export.csv", content)).rows

    assert (product.id, product.price, product.attributes) == ("tee", Decimal(20), {"sku": "TEE-S"})


MERCHANT = """<?xml version="1.0"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>Shop</title>
<item>
  <g:id>L1</g:id><title>Lamp</title><description>&lt;p&gt;Bright&lt;/p&gt;</description><link>https://shop.example/l1</link>
  <g:image_link>https://shop.example/l1.jpg</g:image_link>
  <g:price>99.00 EUR</g:price><g:sale_price>79.00 EUR</g:sale_price>
  <g:availability>in_stock</g:availability><g:brand>Acme</g:brand><g:color>white</g:color><g:gtin>4006381333931</g:gtin>
  <g:item_group_id>lamps</g:item_group_id><g:product_type>Home &gt; Lamps</g:product_type>
  <g:shipping><g:country>DE</g:country><g:price>5 EUR</g:price></g:shipping>
</item>
<item><title>Nameless</title><g:price>1 EUR</g:price></item>
</channel></rss>
"""


def test_a_merchant_feed_in_xml_gives_products_in_our_columns(tmp_path: Path) -> None:
    parsed = read_products(written(tmp_path, "feed.xml", MERCHANT), allow_urls=True)

    (lamp,) = parsed.rows
    assert (lamp.id, lamp.title, lamp.description, lamp.price) == ("L1", "Lamp", "Bright", Decimal("79.00"))
    assert (lamp.category, lamp.group, lamp.availability) == ("Lamps", "lamps", "in stock")
    assert (lamp.attributes["colour"], lamp.attributes["gtin"]) == ("white", "4006381333931")
    assert problems(parsed) == ["feed.xml:11, id: expected a value, got nothing"]


def test_a_merchant_feed_in_tsv_gives_products_in_our_columns(tmp_path: Path) -> None:
    content = "id\ttitle\tlink\timage link\tprice\tavailability\nL1\tLamp\thttps://shop.example/l1\t\t9 EUR\tpreorder\n"

    (lamp,) = read_products(written(tmp_path, "feed.txt", content)).rows

    assert (lamp.url, lamp.availability, lamp.price) == ("https://shop.example/l1", "preorder", Decimal(9))


def test_an_xml_bomb_is_refused_without_being_unfolded(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><rss><item><g:id>&b;</g:id></item></rss>'

    with pytest.raises(BadImport, match="expected XML without entities or outside references"):
        read_products(written(tmp_path, "feed.xml", bomb))
