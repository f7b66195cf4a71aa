"""`vitrine serve --demo` in a process of its own, as a shop would run it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

START_SECONDS = 180.0


def prepared_models() -> Path:
    """The folder of the exported text encoder, which `make test` names."""
    folder = Path(os.environ.get("VITRINE_TEST_MODELS", "var/models"))
    if not (folder / "minilm-int8.onnx").exists():
        pytest.fail(f"expected the text encoder in {folder}; `make test` or `vitrine setup` prepares it")
    return folder


class ShopProcess:
    """A server on a folder; it can be stopped, killed and started again on what it left behind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://localhost:{self.port}"
        if not (folder / "models").exists():
            (folder / "models").symlink_to(prepared_models().absolute())
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "server", "--data-dir", str(self.folder), "serve", "--demo"]
        self.process = subprocess.Popen([*command, "--port", str(self.port)], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.printed = [self.process.stdout.readline() for _ in range(3)]
        self._until("/health")

    def until_ready(self) -> None:
        """Wait until the models are loaded."""
        self._until("/ready")

    def terminate(self) -> int:
        """What Ctrl-C or an operator does; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(40)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def vitrine(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command on the same folder."""
        return run_vitrine(self.folder, *arguments)

    def _until(self, path: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"the server ended with {self.process.returncode}"
            try:
                if httpx.get(self.url + path, timeout=2).status_code == httpx.codes.OK:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise TimeoutError(f"{path} was not well within {START_SECONDS:g} seconds")


def run_vitrine(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command on a data folder, with what it printed."""
    command = [sys.executable, "-m", "server", "--data-dir", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)


def json_of(result: subprocess.CompletedProcess[str]) -> Any:
    """What a command printed as JSON; its error if it failed."""
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)
