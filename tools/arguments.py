"""What the arguments of every tool have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Arguments(BaseModel):
    """The arguments of a tool; an unknown one is an error, so that a brain cannot smuggle in an identity."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
