"""What a shopper may send as a photo, and what happens to everything else."""

from __future__ import annotations

import io
import struct
import zlib

import pillow_heif
import pytest
from PIL import Image

from server.photos import MAX_JPEG_SCANS, PhotoRejected, PhotoTooLarge, UnsupportedMedia, sanitise

MEGAPIXELS = 40.0
pillow_heif.register_heif_opener(thumbnails=False)


def _picture(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    picture = Image.new("RGB", (width, height), (200, 30, 30))
    picture.paste((30, 30, 200), (0, 0, width // 2, height // 2))
    return picture.convert(mode)


def _bytes(picture: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def _open(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def _png_header(width: int, height: int, *, depth: int = 1, colour: int = 0) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_photos_of_the_four_kinds_come_out_as_jpegs(kind: str) -> None:
    clean = sanitise(_bytes(_picture(), kind), MEGAPIXELS)

    assert (clean.width, clean.height) == (64, 48)
    assert _open(clean.jpeg).format == "JPEG"
    assert _open(clean.thumbnail).size == (64, 48)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_photos_of_every_colour_mode_come_out_as_rgb(mode: str) -> None:
    clean = sanitise(_bytes(_picture(mode=mode), "PNG"), MEGAPIXELS)

    assert _open(clean.jpeg).mode == "RGB"


def test_a_cmyk_photo_comes_out_as_rgb() -> None:
    clean = sanitise(_bytes(_picture(mode="CMYK"), "JPEG"), MEGAPIXELS)

    assert _open(clean.jpeg).mode == "RGB"


def test_what_is_transparent_becomes_white() -> None:
    clean = sanitise(_bytes(Image.new("RGBA", (32, 32), (0, 0, 0, 0)), "PNG"), MEGAPIXELS)

    assert _open(clean.jpeg).getpixel((16, 16)) == (255, 255, 255)


def test_metadata_and_place_are_gone_and_the_photo_is_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees
    exif[0x010F] = "PhoneMaker"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    sent = _bytes(_picture(64, 48), "JPEG", exif=exif, comment=b"<script>alert(1)</script>") + b"PK\x03\x04appended"

    clean = sanitise(sent, MEGAPIXELS)

    assert (clean.width, clean.height) == (48, 64)
    assert dict(_open(clean.jpeg).getexif()) == {}
    assert all(secret not in clean.jpeg for secret in (b"PhoneMaker", b"script", b"PK\x03\x04", b"Exif"))


def test_a_large_photo_is_scaled_down_and_keeps_its_shape() -> None:
    clean = sanitise(_bytes(_picture(4000, 2000), "JPEG"), MEGAPIXELS)

    assert (clean.width, clean.height) == (1536, 768)
    assert _open(clean.thumbnail).size == (320, 160)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"%PDF-1.7",
        b"\x00\x00\x00\x20ftypisom",
        _bytes(_picture(mode="P"), "GIF"),
        _bytes(_picture(), "BMP"),
        _bytes(_picture(), "TIFF"),
    ],
    ids=["empty", "text", "svg", "pdf", "mp4", "gif", "bmp", "tiff"],
)
def test_what_is_no_photo_is_refused_by_its_first_bytes(data: bytes) -> None:
    with pytest.raises(UnsupportedMedia, match="expected a JPEG, PNG, WebP or HEIC"):
        sanitise(data, MEGAPIXELS)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_a_photo_cut_short_is_refused(kind: str, kept: float) -> None:
    noise = Image.effect_noise((256, 256), 80).convert("RGB")
    whole = _bytes(noise, kind)

    with pytest.raises(PhotoRejected):
        sanitise(whole[: int(len(whole) * kept)], MEGAPIXELS)


def test_a_bomb_of_pixels_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(PhotoTooLarge, match="expected at most 40 megapixels"):
        sanitise(_png_header(30_000, 30_000), MEGAPIXELS)


def test_a_photo_just_over_the_pixel_limit_is_refused_and_one_at_it_is_not() -> None:
    photo = _bytes(_picture(1000, 1000), "JPEG")

    assert sanitise(photo, 1.0).width == 1000
    with pytest.raises(PhotoTooLarge, match=r"at most 0\.9 megapixels"):
        sanitise(photo, 0.9)


def test_a_jpeg_with_endless_scans_is_refused() -> None:
    photo = _bytes(_picture(), "JPEG", progressive=True)
    scan = photo[photo.rindex(b"\xff\xda") : -2]

    with pytest.raises(PhotoRejected, match=f"at most {MAX_JPEG_SCANS} scans"):
        sanitise(photo[:-2] + scan * MAX_JPEG_SCANS + b"\xff\xd9", MEGAPIXELS)


@pytest.mark.parametrize("size", [(4, 100), (100, 4), (20_000, 10)])
def test_a_sliver_of_a_photo_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(PhotoRejected, match="expected sides of 8 to 16000 pixels"):
        sanitise(_bytes(_picture(*size), "PNG"), MEGAPIXELS)


def test_a_png_whose_text_chunk_unpacks_to_megabytes_does_no_harm() -> None:
    body = b"comment\0\0" + zlib.compress(b"a" * 60_000_000)
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    photo = _bytes(_picture(), "PNG")

    with pytest.raises(PhotoRejected):
        sanitise(photo[:33] + chunk + photo[33:], MEGAPIXELS)
