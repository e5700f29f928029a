"""A line that breaks: a proxy on this host that cuts connections after so many bytes."""

import contextlib
import socket
import threading
from collections.abc import Iterator, Sequence

READ_BYTES = 64 * 1024


class CuttingLine:
    """Passes bytes on to `port`; each place in `cuts` (bytes sent so far) ends what is open."""

    def __init__(self, port: int, cuts: Sequence[int]) -> None:
        self.target = port
        self.cuts = sorted(cuts, reverse=True)
        self.sent = 0
        self.cut = 0
        self.lock = threading.Lock()
        self.open: set[socket.socket] = set()
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.server.close()
        self._break()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _address = self.server.accept()
                threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            near.close()
            return
        with self.lock:
            self.open |= {near, far}
        back = threading.Thread(target=self._pass, args=(far, near, False), daemon=True)
        back.start()
        self._pass(near, far, True)
        back.join()
        with self.lock:
            self.open -= {near, far}
        near.close()
        far.close()

    def _pass(self, source: socket.socket, target: socket.socket, up: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(READ_BYTES):
                if up and self._counted(len(data)):
                    self._break()
                    return
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _counted(self, length: int) -> bool:
        """Count; True where a cut is due, and then these bytes are lost."""
        with self.lock:
            self.sent += length
            if self.cuts and self.sent >= self.cuts[-1]:
                self.cuts.pop()
                self.cut += 1
                return True
        return False

    def _break(self) -> None:
        with self.lock:
            broken = list(self.open)
        for end in broken:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def cutting_line(port: int, cuts: Sequence[int]) -> Iterator[CuttingLine]:
    line = CuttingLine(port, cuts)
    try:
        yield line
    finally:
        line.close()
