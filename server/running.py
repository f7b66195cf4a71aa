"""How a command finds the server that runs on its data folder, and proves that it may give it work."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

_NAME = "server.json"


@dataclass(frozen=True, slots=True)
class Running:
    """A server on this machine. The token lies in a file that only its user can read."""

    url: str
    token: str
    pid: int


def announce(data_dir: Path, url: str, pid: int) -> Running:
    """Leave word that a server runs on this folder."""
    running = Running(url, secrets.token_urlsafe(32), pid)
    path = data_dir / _NAME
    new = path.with_suffix(f".{secrets.token_hex(4)}")
    new.touch(mode=0o600)
    new.write_text(json.dumps(asdict(running)))
    new.replace(path)
    return running


def retract(data_dir: Path) -> None:
    """Take that word back."""
    (data_dir / _NAME).unlink(missing_ok=True)


def find_running(data_dir: Path) -> Running | None:
    """The server that runs on this folder and answers, or None; a note left by one that was killed is not believed."""
    try:
        running = Running(**json.loads((data_dir / _NAME).read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    try:
        answer = httpx.get(
            f"{running.url}/v1/admin/ping", headers={"Authorization": f"Bearer {running.token}"}, timeout=5
        )
    except httpx.HTTPError:
        return None
    return running if answer.status_code == httpx.codes.OK else None
