"""Models of a hub: fetched as whole folders of safe weights, and known by the commit or the content they came from.

Everything is loaded from the fetched folder afterwards, so that a hub's name and a folder on disk take the same path
and no library downloads anything on its own.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import snapshot_download

from retrieval.errors import ModelUnavailable

_WANTED = ("*.json", "*.txt", "*.model", "*.jinja", "*.safetensors", "*.onnx")
_CODE = ("*.py",)
_OTHER_RUNTIMES = ("onnx/*", "openvino/*")  # conversions that some repositories carry beside their own weights
_SAFE = (".safetensors", ".onnx")
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")


@dataclass(frozen=True, slots=True)
class HubModel:
    """A model as the settings name it: `owner/name` on the hub, or a folder that holds the same files.

    `revision` is a branch, a tag or a commit, empty for the main branch. `trust_remote_code` runs Python that the
    model's own repository brings. `local_files_only` never asks the hub.
    """

    name: str
    revision: str = ""
    trust_remote_code: bool = False
    local_files_only: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """A model on this disk. `identity` changes when its files do, so that an index can tell who made it."""

    model: HubModel
    folder: Path
    identity: str


class NotFetched(ModelUnavailable):
    """The model is neither on this machine nor to be had from the hub now."""


def fetch(model: HubModel, *, cache: Path | None = None) -> Fetched:
    """The model's folder, downloaded to `cache` (default: the hub library's own, which `HF_HOME` moves) if need be.

    Raises `NotFetched` where it is not to be had, and `ModelUnavailable` where its weights are pickles: loading one
    runs whatever code it holds.
    """
    folder = Path(model.name).expanduser()
    if folder.is_dir():
        _check_weights(model, folder)
        return Fetched(model, folder, f"{folder.resolve().name}@{_digest(folder)}")
    try:
        snapshot = snapshot_download(
            model.name,
            revision=model.revision or None,
            cache_dir=cache,
            local_files_only=model.local_files_only,
            allow_patterns=[*_WANTED, *(_CODE if model.trust_remote_code else ())],
            ignore_patterns=list(_OTHER_RUNTIMES),
        )
    except (OSError, ValueError) as error:
        wanted = f"{model.name} at {model.revision or 'its main branch'}"
        where = "among the downloaded models" if model.local_files_only else "on the hub"
        raise NotFetched(f"expected the model {wanted} {where} or as a folder, found none: {error}") from error
    folder = Path(snapshot)
    _check_weights(model, folder)
    return Fetched(model, folder, f"{model.name}@{folder.name[:12]}")


def advice(error: Exception) -> str:
    """What to do about a model that does not load, where that is known; the library's own words, else."""
    words = " ".join(str(error).split())
    if "trust_remote_code" in words:
        return "it brings Python code of its own; VITRINE_TRUST_REMOTE_CODE=1 allows that, if you trust its authors"
    if "torchvision" in words.lower():
        return "it needs the package torchvision, of the release and the build that belong to the installed torch"
    return words[:500]


def _check_weights(model: HubModel, folder: Path) -> None:
    """Every folder that has weights must have them in a format that cannot run code."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    safe = {path.parent for path in files if path.suffix in _SAFE}
    pickled = next((path for path in files if path.suffix in _PICKLES and path.parent not in safe), None)
    if pickled is None and safe:
        return
    found = f"found {pickled.relative_to(folder)}" if pickled else "found none"
    raise ModelUnavailable(
        f"expected the weights of {model.name} as safetensors, {found}; pickled weights can run code and are never "
        "loaded. Name a revision that has safetensors (on the hub, often the conversion under refs/pr/…)"
    )


def _digest(folder: Path) -> str:
    """What a folder's weights and configuration are, in twelve digits."""
    sha = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix in (*_SAFE, ".json")):
        sha.update(path.relative_to(folder).as_posix().encode())
        with path.open("rb") as file:
            sha.update(hashlib.file_digest(file, "sha256").digest())
    return sha.hexdigest()[:12]
