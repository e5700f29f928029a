"""HTTP/1.1 over one kept-alive socket that never blocks: requests as bytes, answers read whole."""

import errno
import gzip
import socket
from dataclasses import dataclass
from urllib.parse import urlencode

HOST = "localhost"


class Broken(Exception):
    """The server closed the connection amid an answer, or what it sent is not HTTP."""


@dataclass(slots=True, frozen=True)
class Answer:
    """One whole answer."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str:
        """Return the first header of that name, or ""."""
        wanted = name.lower().encode() + b":"
        for line in self.head.split(b"\r\n")[1:]:
            if line.lower().startswith(wanted):
                return line[len(wanted) :].strip().decode()
        return ""

    def cookies(self) -> dict[str, str]:
        """Return the cookies that are set by this answer."""
        found = {}
        for line in self.head.split(b"\r\n")[1:]:
            if line.lower().startswith(b"set-cookie:"):
                name, _, rest = line[11:].strip().decode().partition("=")
                found[name] = rest.partition(";")[0]
        return found

    def text(self) -> str:
        packed = self.header("content-encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode()


class Reader:
    """Puts one answer together out of pieces as they come."""

    __slots__ = ("_body_at", "_end", "_got")

    def __init__(self) -> None:
        self._got = b""
        self._body_at = 0
        self._end: int | None = None  # None while unknown, -1 for a body in chunks.

    def feed(self, piece: bytes) -> Answer | None:
        """Take a piece; return the answer once it is whole. Raises Broken."""
        self._got += piece
        if not self._body_at:
            head_end = self._got.find(b"\r\n\r\n")
            if head_end < 0:
                return None
            self._body_at = head_end + 4
            self._end = _body_end(self._got[: head_end + 2].lower(), self._body_at)
        if self._end == -1:
            body = _unchunked(self._got, self._body_at)
            return None if body is None else self._finish(body)
        assert self._end is not None
        if len(self._got) < self._end:
            return None
        return self._finish(self._got[self._body_at : self._end])

    def _finish(self, body: bytes) -> Answer:
        answer = Answer(int(self._got[9:12]), self._got[: self._body_at - 4], body)
        self.__init__()  # type: ignore[misc]
        return answer


def _body_end(head: bytes, body_at: int) -> int:
    if not head.startswith(b"http/1."):
        raise Broken(head[:40])
    if head[9:12] in (b"204", b"304"):
        return body_at
    if b"\r\ntransfer-encoding: chunked\r\n" in head:
        return -1
    at = head.find(b"\r\ncontent-length:")
    if at < 0:
        raise Broken("neither length nor chunks")
    return body_at + int(head[at + 17 : head.index(b"\r\n", at + 2)])


def _unchunked(got: bytes, at: int) -> bytes | None:
    pieces: list[bytes] = []
    while True:
        line_end = got.find(b"\r\n", at)
        if line_end < 0:
            return None
        size = int(got[at:line_end], 16)
        after = line_end + 2 + size + 2
        if len(got) < after:
            return None
        if size == 0:
            return b"".join(pieces)
        pieces.append(got[line_end + 2 : line_end + 2 + size])
        at = after


class Wire:
    """One connection to a port of this host; one request at a time."""

    __slots__ = ("_port", "_reader", "_source", "reopened", "socket")

    def __init__(self, port: int, source: str = "") -> None:
        self._port, self._source = port, source
        self.reopened = 0
        self.socket = self._open()
        self._reader = Reader()

    def _open(self) -> socket.socket:
        source = (self._source, 0) if self._source else None
        opened = socket.create_connection(("127.0.0.1", self._port), 30, source)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.setblocking(False)
        return opened

    def send(self, request: bytes) -> None:
        """Send a request of one packet's size. Raises Broken."""
        try:
            sent = self.socket.send(request)
        except OSError as error:
            raise Broken(errno.errorcode.get(error.errno or 0, "?")) from error
        if sent != len(request):
            raise Broken("the socket took half a request")

    def receive(self) -> Answer | None:
        """Take what has come; return the answer once it is whole. Raises Broken."""
        try:
            piece = self.socket.recv(262_144)
        except BlockingIOError:
            return None
        except OSError as error:
            raise Broken(errno.errorcode.get(error.errno or 0, "?")) from error
        if not piece:
            raise Broken("closed by the server")
        return self._reader.feed(piece)

    def close(self) -> None:
        self.socket.close()


def get(path: str, *, cookies: str = "") -> bytes:
    return _request("GET", path, cookies, "Accept-Encoding: gzip\r\n", b"")


def post_form(path: str, fields: dict[str, str], *, cookies: str = "") -> bytes:
    kind = "Accept-Encoding: gzip\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    return _request("POST", path, cookies, kind, urlencode(fields).encode())


def post_json(path: str, body: bytes, *, cookies: str = "") -> bytes:
    return _request("POST", path, cookies, "Content-Type: application/json\r\n", body)


def _request(method: str, path: str, cookies: str, headers: str, body: bytes) -> bytes:
    cookie = f"Cookie: {cookies}\r\n" if cookies else ""
    length = f"Content-Length: {len(body)}\r\n" if method == "POST" else ""
    head = f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\n{cookie}{headers}{length}\r\n"
    return head.encode() + body
