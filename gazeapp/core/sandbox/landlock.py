"""Landlock (Linux 5.13 and later): which files the caller may still open. What is not named here is out of its reach.

See the kernel's Documentation/userspace-api/landlock.rst. An access that an older kernel cannot restrict is left out.
"""

from __future__ import annotations

import ctypes
import os
import site
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_VERSION_FLAG, _PATH_BENEATH = 1, 1
_WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_FILE, _MAKE_REG, _TRUNCATE = (1 << bit for bit in (1, 2, 3, 5, 8, 14))
_FS_BITS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # rights on files that each version of the interface knows
_NET_BITS, _SCOPE_BITS = 2, 2  # TCP bind and connect from version 4; abstract sockets and signals from version 6
READ = _READ_FILE | _READ_DIR
WORK = READ | _WRITE_FILE | _REMOVE_FILE | _MAKE_REG | _TRUNCATE
ROOT = Path(__file__).resolve().parents[3]


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """Of the kernel's interface; 0 where it has none, or does not let us use it."""
    return max(int(_libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_FLAG))), 0)


def restrict(film: Path, work: Path) -> None:
    """From now on the caller reads one file and the libraries, and writes in ``work``. Raises OSError."""
    abi = version()
    known = (1 << _FS_BITS[min(abi, max(_FS_BITS))]) - 1
    attributes = _Ruleset(
        known, (1 << _NET_BITS) - 1 if abi >= 4 else 0, (1 << _SCOPE_BITS) - 1 if abi >= 6 else 0
    )  # fmt: skip
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    rules = _call(_CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(size), ctypes.c_uint32(0))
    try:
        for path in libraries():
            _allow(rules, path, READ & known)
        _allow(rules, film, _READ_FILE)
        _allow(rules, work, WORK & known)
        _call(_RESTRICT_SELF, ctypes.c_int(rules), ctypes.c_uint32(0))
    finally:
        os.close(rules)


def libraries() -> list[Path]:
    """Python's own, installed packages, shared libraries, and our two packages that read files: not their folder,
    where the key and the database may lie."""
    python = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    shared = [
        "/lib",
        "/lib64",
        "/usr/lib",
        "/usr/lib64",
        "/usr/local/lib",
        f"{sys.base_prefix}/lib",
        "/etc/ld.so.cache",
    ]
    named: Iterable[str] = (*python, *site.getsitepackages(), *shared)
    return [path for path in {*map(Path, named), ROOT / "gazeapp", ROOT / "ml"} if path.exists()]


def _allow(rules: int, path: Path, access: int) -> None:
    if not path.is_dir():
        access &= _READ_FILE
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        beneath = _Beneath(access, handle)
        _call(_ADD_RULE, ctypes.c_int(rules), ctypes.c_int(_PATH_BENEATH), ctypes.byref(beneath), ctypes.c_uint32(0))
    finally:
        os.close(handle)


def _call(number: int, *arguments: object) -> int:
    got = int(_libc().syscall(number, *arguments))
    if got < 0:
        raise OSError(ctypes.get_errno(), "Landlock: " + os.strerror(ctypes.get_errno()))
    return got


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
