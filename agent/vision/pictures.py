"""Opens photos for the models, no larger than they need them."""

from __future__ import annotations

from PIL import Image, UnidentifiedImageError

from agent.errors import PhotoUnreadable
from agent.vision.reading import Photo


def opened(photo: Photo, longest: int) -> Image.Image:
    """The photo in RGB, its longer side at most `longest` pixels. Raises PhotoUnreadable."""
    try:
        with Image.open(photo.path) as file:
            file.draft("RGB", (longest, longest))
            picture = file.convert("RGB")
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise PhotoUnreadable(f"photo {photo.id}: expected a whole JPEG, PNG or WebP file: {error}") from error
    picture.thumbnail((longest, longest), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return picture
