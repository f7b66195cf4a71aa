"""Which models of a hub the settings name, and what is missing of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from retrieval.errors import ModelUnavailable
from retrieval.hub import HubModel, NotFetched, fetch
from server.settings import EMBEDDED, Settings


@dataclass(frozen=True, slots=True)
class Presence:
    """A model's identity where it can be loaded as things are, else what makes it so."""

    identity: str = ""
    mend: str = ""


@dataclass(frozen=True, slots=True)
class HubModels:
    """The hub models of an installation by what they do; those that are not of a hub are missing."""

    by_role: Mapping[str, HubModel]

    @classmethod
    def of(cls, settings: Settings) -> HubModels:
        """What the settings name."""
        named = {
            "text encoder": (settings.text_encoder, settings.text_revision),
            "photo encoder": (settings.photo_encoder, settings.photo_revision),
        }
        if settings.describer == "hub":
            named["describer"] = (settings.describer_model, settings.describer_revision)
        return cls(
            {
                role: HubModel(name, revision, settings.trust_remote_code, settings.local_files_only)
                for role, (name, revision) in named.items()
                if name != EMBEDDED
            }
        )

    def presence(self) -> dict[str, Presence]:
        """What is on this machine, by role; asks no hub."""
        return {role: _presence(model) for role, model in self.by_role.items()}

    def download(self) -> dict[str, str]:
        """Fetch them all; by role, what each one is. Raises `ModelUnavailable` for one that cannot be had."""
        return {role: fetch(model).identity for role, model in self.by_role.items()}


def _presence(model: HubModel) -> Presence:
    try:
        return Presence(fetch(replace(model, local_files_only=True)).identity)
    except NotFetched:
        on_disk = model.local_files_only or Path(model.name).is_absolute()
        mend = "put its files there, or name the folder that has them" if on_disk else "vitrine setup"
        return Presence(mend=mend)
    except ModelUnavailable as error:
        return Presence(mend=str(error))
