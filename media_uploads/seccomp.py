"""What the kernel itself refuses the child that reads strangers' files: the net and programs.

FFmpeg's own options already leave it no way out; this holds where FFmpeg is the one deceived.
"""

import ctypes
import errno
import platform
import struct
import sys

PR_SET_NO_NEW_PRIVS = 38
PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2
SECCOMP_RET_ALLOW = 0x7FFF0000
SECCOMP_RET_ERRNO = 0x00050000
DENY = SECCOMP_RET_ERRNO | errno.EACCES

# Classic BPF: load a word of `struct seccomp_data`, jump if equal or at least, answer.
LOAD, JUMP_IF_EQUAL, JUMP_IF_AT_LEAST, ANSWER = 0x20, 0x15, 0x35, 0x06
CALL_NUMBER, ARCHITECTURE = 0, 4
# Numbers from here on are x86_64's second table (x32), which no program here uses.
SECOND_TABLE = 0x40000000

# By machine: its audit number, then socket, connect, execve, execveat, ptrace, io_uring_setup
# (a ring opens sockets without the call) and pidfd_getfd (takes those of another process).
# `clone` stays: the encoders have threads.
CALLS = {
    "x86_64": (0xC000003E, (41, 42, 59, 322, 101, 425, 438)),
    "aarch64": (0xC00000B7, (198, 203, 221, 281, 117, 425, 438)),
}


class _Program(ctypes.Structure):
    """`struct sock_fprog`: how many instructions, and where."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def forbid_sockets_and_programs() -> bool:
    """From now on no new socket and no other program in this process; it cannot be taken back.

    Returns False where the kernel or the machine knows no such filter. Threads that run already
    are not held: call it before the first.
    """
    known = CALLS.get(platform.machine())
    if known is None or sys.platform != "linux":
        return False
    code = _filter(*known)
    program = _Program(len(code) // 8, code)
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl.argtypes = (ctypes.c_int, *[ctypes.c_ulong] * 4)
    if prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    # The address of `program`, as a number like the other arguments.
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(program), 0, 0) == 0


def _filter(architecture: int, calls: tuple[int, ...]) -> bytes:
    """EACCES for `calls` and for every other table of numbers, all else allowed."""
    checks = [(JUMP_IF_AT_LEAST, SECOND_TABLE), *((JUMP_IF_EQUAL, call) for call in calls)]
    steps = [
        (LOAD, 0, 0, ARCHITECTURE),
        (JUMP_IF_EQUAL, 0, len(checks) + 2, architecture),
        (LOAD, 0, 0, CALL_NUMBER),
        # A match jumps over the checks that follow it and over the permission.
        *((jump, len(checks) - at, 0, value) for at, (jump, value) in enumerate(checks)),
        (ANSWER, 0, 0, SECCOMP_RET_ALLOW),
        (ANSWER, 0, 0, DENY),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
