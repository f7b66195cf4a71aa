"""Order numbers as people write them, brought to the form that the shop prints: `#W10428`."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from pydantic import BeforeValidator, Field

EXAMPLE = "#W10428"

# People read some digits of a printed number as letters.
_LOOKALIKES = str.maketrans("OoIl", "0011")
_WHOLE = re.compile(r"#?[Ww]?(\d[\dOoIl]{2,11})")
_IN_TEXT = re.compile(
    r"""(?<![A-Za-z0-9_-])
    (?: \# \s? (?:[Ww][\s.-]?)?
      | [Ww] [\s.-]?
      | (?i: order | number | no\.? | nr\.? | 订单号? | 单号 | 编号 ) [\s:：是为]* (?:[Ww][\s.-]?)? )
    (\d[\dOoIl]{2,11})
    (?! [A-Za-z0-9_-] | [.,]\d )""",
    re.VERBOSE,
)


def normalise(text: str) -> str:
    """`#W10428` for "w 10428", "#w-10428", "10428" or full-width "Ｗ１０４２８"; `ValueError` for anything else."""
    squeezed = re.sub(r"[\s\-.]", "", unicodedata.normalize("NFKC", text))
    match = _WHOLE.fullmatch(squeezed)
    if match is None:
        raise ValueError(f"an order number looks like {EXAMPLE}")
    return f"#W{match[1].translate(_LOOKALIKES)}"


def found_in(text: str) -> tuple[str, ...]:
    """The order numbers that a message names, each once. A bare number counts only after a word such as order."""
    numbers = (match[1] for match in _IN_TEXT.finditer(unicodedata.normalize("NFKC", text)))
    return tuple(dict.fromkeys(normalise(number) for number in numbers))


def _normalised(value: object) -> object:
    return normalise(value) if isinstance(value, str) else value


OrderNumber = Annotated[
    str,
    BeforeValidator(_normalised),
    Field(max_length=40, description=f"The order's number, such as {EXAMPLE}"),
]
