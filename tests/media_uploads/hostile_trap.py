"""What hostile files point to: another unit's film and an address, both noticing who comes."""

from __future__ import annotations

import ctypes
import os
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import AF_INET, SOCK_DGRAM, socket
from typing import Any

from tests.media_uploads.hostile_films import Recipe, Sound, shoot

IN_OPEN = 0x20
IN_NONBLOCK = os.O_NONBLOCK
EVENT = struct.Struct("iIII")


class Openings:
    """Which files of a folder anybody opens, from now on (inotify)."""

    def __init__(self, folder: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._inbox = libc.inotify_init1(IN_NONBLOCK)
        watched = libc.inotify_add_watch(self._inbox, os.fsencode(folder), IN_OPEN)
        assert self._inbox >= 0, os.strerror(ctypes.get_errno())
        assert watched >= 0, os.strerror(ctypes.get_errno())

    def seen(self) -> set[str]:
        """The names opened since the last time this was asked; "" is the folder itself."""
        names = set()
        with suppress(BlockingIOError):
            while events := os.read(self._inbox, 65536):
                names |= set(_names(events))
        return names

    def close(self) -> None:
        os.close(self._inbox)


def _names(events: bytes) -> Iterator[str]:
    at = 0
    while at < len(events):
        length = EVENT.unpack_from(events, at)[3]
        at += EVENT.size + length
        yield events[at - length : at].rstrip(b"\0").decode()


class Trap:
    """A folder with another unit's film in it, and a server on the loopback that has it too."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.canary = folder / "another-units.mp4"
        shoot(self.canary, Recipe())
        self.visits: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self._openings = Openings(folder)
        # Nobody sends here: it stands for a port where pictures would come in.
        self.rtp = socket(AF_INET, SOCK_DGRAM)
        self.rtp.bind(("127.0.0.1", 0))
        self.rtp.setblocking(False)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{self.canary.name}"

    @property
    def rtp_port(self) -> int:
        return int(self.rtp.getsockname()[1])

    @cached_property
    def good(self) -> bytes:
        """A good MP4 whose index comes last: the root of most lies."""
        return self._made("true.mp4", Recipe(sounds=(Sound(),)))

    @cached_property
    def index_first(self) -> bytes:
        return self._made(
            "true-first.mp4", Recipe(sounds=(Sound(),), mux={"movflags": "+faststart"})
        )

    @cached_property
    def matroska(self) -> bytes:
        return self._made("true.mkv", Recipe(sounds=(Sound(),)))

    def _made(self, name: str, recipe: Recipe) -> bytes:
        path = self.folder / name
        shoot(path, recipe)
        return path.read_bytes()

    def arm(self) -> None:
        """Forget what was seen so far."""
        self._openings.seen()
        self.visits.clear()

    def sprung(self, *, but: Path | None = None) -> set[str]:
        """Files opened, addresses visited and packets sent since `arm`, `but` the file itself."""
        names = self._openings.seen() - {"", but.name if but else ""}
        with suppress(BlockingIOError):
            self.rtp.recv(1)
            names.add("rtp")
        return names | set(self.visits)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._openings.close()
        self.rtp.close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        content, visits = self.canary.read_bytes(), self.visits

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                visits.append(f"http {self.path}")
                with suppress(ConnectionError):
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)

            def log_message(self, *args: Any) -> None:
                """Nobody reads it."""

        return Handler
