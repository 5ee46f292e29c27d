"""A seccomp filter: what the caller asks of the kernel beyond its own memory and files is refused (EPERM).

No further process, program, signal, socket, look into another process, mount or kernel facility that a reader of files
has no use for. See the kernel's Documentation/userspace-api/seccomp_filter.rst; numbers from its system call tables.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

_PR_GET_SECCOMP, _PR_SET_SECCOMP, _FILTER = 21, 22, 2
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # BPF: a word of the call, comparisons, a verdict
_KILL, _REFUSE, _ALLOW = 0x80000000, 0x00050000 | errno.EPERM, 0x7FFF0000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # where they stand in struct seccomp_data
_X32 = 0x40000000  # from here on x86-64 has the calls of a second interface

_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_PRLIMIT = {"x86_64": 302, "aarch64": 261}
# Refused, with the numbers on x86-64 and on aarch64 (None: it has no such call).
_CALLS: dict[str, tuple[int | None, int | None]] = {
    # further processes, threads and programs
    "clone": (56, 220), "fork": (57, None), "vfork": (58, None), "clone3": (435, 435), "execve": (59, 221),
    "execveat": (322, 281),
    # signals, and a look into other processes
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "pidfd_send_signal": (424, 424), "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438), "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "process_madvise": (440, 440), "kcmp": (312, 272),
    # sockets, queues and memory shared with others
    "socket": (41, 198), "socketpair": (53, 199), "bind": (49, 200), "listen": (50, 201), "connect": (42, 203),
    "sendto": (44, 206), "shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180),
    # mounts, roots, namespaces
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97),
    "setns": (308, 268), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "mount_setattr": (442, 442), "open_by_handle_at": (304, 265),
    # the kernel's own workings
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104),
    "reboot": (169, 142), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
}  # fmt: skip


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def available() -> bool:
    """Whether the kernel filters, and this machine's numbers are known."""
    return platform.machine() in _AUDIT and _libc().prctl(_PR_GET_SECCOMP, 0, 0, 0, 0) >= 0


def refuse() -> None:
    """From now on; it cannot be taken back. Needs no_new_privs. Raises OSError."""
    lines = _program(platform.machine())
    program = _Program(len(lines), b"".join(lines))
    if _libc().prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp: " + os.strerror(ctypes.get_errno()))


def _program(machine: str) -> list[bytes]:
    """Other machines' calls kill, named ones are refused, limits may be set of oneself alone, the rest is allowed."""
    column = list(_AUDIT).index(machine)
    lines = [
        _line(_LOAD, _ARCHITECTURE),
        _line(_EQUAL, _AUDIT[machine], 1, 0),
        _line(_RETURN, _KILL),
        _line(_LOAD, _NUMBER),
    ]
    if machine == "x86_64":
        lines += [_line(_AT_LEAST, _X32, 0, 1), _line(_RETURN, _KILL)]
    for number in (numbers[column] for numbers in _CALLS.values()):
        lines += [_line(_EQUAL, number, 0, 1), _line(_RETURN, _REFUSE)] if number is not None else []
    lines += [_line(_EQUAL, _PRLIMIT[machine], 0, 3), _line(_LOAD, _FIRST_ARGUMENT)]
    return [*lines, _line(_EQUAL, 0, 1, 0), _line(_RETURN, _REFUSE), _line(_RETURN, _ALLOW)]


def _line(code: int, value: int, if_so: int = 0, if_not: int = 0) -> bytes:
    """struct sock_filter: a comparison skips so many lines."""
    return struct.pack("=HBBI", code, if_so, if_not, value)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
