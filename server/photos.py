"""Makes a customer's photo safe: sniffed, bounded before decoding, re-encoded without its metadata, upright.

`sanitise` is what runs in the worker process; nothing a customer sends is ever decoded in the server's own process.
"""

from __future__ import annotations

import contextlib
import io
import resource
import warnings
from dataclasses import dataclass
from typing import Literal

from PIL import Image, ImageFile, ImageOps

Format = Literal["JPEG", "PNG", "WEBP", "HEIF"]

MIN_SIDE = 8
MAX_SIDE = 16_000
MAX_JPEG_SCANS = 32  # a phone's progressive JPEG has about ten; each scan is a pass over every pixel
KEPT_SIDE = 1536
THUMBNAIL_SIDE = 320
MEMORY_BYTES = 2 * 1024**3
HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


class PhotoRejected(ValueError):
    """The photo is damaged, too large or of a kind we do not take; the text says what was expected and what came."""

    code = "photo_rejected"


class UnsupportedMedia(PhotoRejected):
    """The bytes are not a photo of a kind we take."""

    code = "unsupported_media"


class PhotoTooLarge(PhotoRejected):
    """Too many bytes or pixels."""

    code = "too_large"


@dataclass(frozen=True, slots=True)
class CleanPhoto:
    """A re-encoded JPEG of at most 1,536 pixels a side and its thumbnail, with no metadata."""

    jpeg: bytes
    thumbnail: bytes
    width: int
    height: int


def sniff(head: bytes) -> Format:
    """The kind of picture by its first bytes, or `UnsupportedMedia`. Names and declared types are not believed."""
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS:
        return "HEIF"
    raise UnsupportedMedia("expected a JPEG, PNG, WebP or HEIC photo; the bytes are of another kind")


def sanitise(data: bytes, max_megapixels: float) -> CleanPhoto:
    """Decode, turn upright, scale and re-encode a photo; raises `PhotoRejected` for whatever cannot be shown."""
    kind = sniff(data[:32])
    if kind == "JPEG":
        _bound_scans(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _reencode(data, kind, max_megapixels)
    except PhotoRejected:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise PhotoTooLarge(f"expected at most {max_megapixels:g} megapixels; the photo unpacks to more") from None
    except Exception as error:  # Pillow's plugins raise whatever a damaged file provokes
        raise PhotoRejected(f"expected a whole {kind} photo; it is damaged ({type(error).__name__})") from None


def confine_worker() -> None:
    """Called once in the worker process: bounds its memory and forbids it to write files."""
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    Image.MAX_IMAGE_PIXELS = None  # the caller's own bound is checked before anything is decoded
    with contextlib.suppress(ImportError):
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _bound_scans(data: bytes) -> None:
    scans = data.count(b"\xff\xda")
    if scans > MAX_JPEG_SCANS:
        raise PhotoRejected(f"expected a JPEG with at most {MAX_JPEG_SCANS} scans, got {scans}")


def _reencode(data: bytes, kind: Format, max_megapixels: float) -> CleanPhoto:
    with Image.open(io.BytesIO(data), formats=[kind]) as picture:
        width, height = picture.size
        if width * height > max_megapixels * 1e6:
            raise PhotoTooLarge(f"expected at most {max_megapixels:g} megapixels, got {width * height / 1e6:.1f}")
        if min(width, height) < MIN_SIDE or max(width, height) > MAX_SIDE:
            raise PhotoRejected(f"expected sides of {MIN_SIDE} to {MAX_SIDE} pixels, got {width}×{height}")
        # JPEG can decode straight to a fraction of its size; the box must have the photo's own shape to be used.
        ratio = min(1.0, KEPT_SIDE / max(width, height))
        picture.draft("RGB", (max(1, round(width * ratio)), max(1, round(height * ratio))))
        upright = ImageOps.exif_transpose(picture)
        pixels = _flatten(upright)
    pixels.thumbnail((KEPT_SIDE, KEPT_SIDE), Image.Resampling.LANCZOS)
    small = pixels.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    return CleanPhoto(_jpeg(pixels, 88), _jpeg(small, 80), *pixels.size)


def _flatten(picture: Image.Image) -> Image.Image:
    """RGB pixels and nothing else: transparency on white, no palette, no metadata."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        rgba = picture.convert("RGBA")
        white = Image.new("RGB", rgba.size, "white")
        white.paste(rgba, mask=rgba.getchannel("A"))
        return white
    rgb = picture.convert("RGB")
    clean = Image.new("RGB", rgb.size)
    clean.paste(rgb)
    return clean


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
