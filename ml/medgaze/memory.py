"""Memory of this process, bytes. Linux reports all of it; elsewhere only the peak since the start is known."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import torch

STATUS, CLEAR, MACHINE = Path("/proc/self/status"), Path("/proc/self/clear_refs"), Path("/proc/meminfo")


def _field(file: Path, name: str) -> int | None:
    if not file.is_file():
        return None
    for line in file.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return None


def held() -> int | None:
    """Resident now."""
    return _field(STATUS, "VmRSS")


def peak(device: torch.device) -> int:
    """The most that was resident since the start or the last :func:`forget_peak`; on a GPU, of its memory."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    known = _field(STATUS, "VmHWM")  # counts from the start of this program, ru_maxrss from that of its parent
    return known or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def forget_peak(device: torch.device) -> None:
    """Count the peak anew, where the system lets a process do so."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    elif CLEAR.exists():
        CLEAR.write_text("5")


def free(device: torch.device) -> int | None:
    """What can be had without swapping."""
    return torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else _field(MACHINE, "MemAvailable")
