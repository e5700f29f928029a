"""What comes over the wire is read whole, in whatever pieces it comes."""

import gzip
import socket
import threading
from collections.abc import Iterator

import pytest

from bench.load import as_fast_as_answered, at_fixed_rate
from bench.wire import Answer, Broken, Reader, post_form, post_json

LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Name: a\r\n\r\nhello"
CHUNKS = b"HTTP/1.1 302 Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"


@pytest.mark.parametrize(("raw", "status"), [(LENGTH, 200), (CHUNKS, 302)])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_an_answer_in_pieces(raw: bytes, status: int, size: int) -> None:
    reader = Reader()
    answers = [reader.feed(raw[at : at + size]) for at in range(0, len(raw), size)]

    assert answers[:-1] == [None] * (len(answers) - 1)
    assert (answers[-1].status, answers[-1].body) == (status, b"hello")


def test_one_answer_after_the_other() -> None:
    reader = Reader()

    assert [reader.feed(raw).status for raw in (LENGTH, CHUNKS, LENGTH)] == [200, 302, 200]


def test_an_answer_without_a_body() -> None:
    assert Reader().feed(b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n").body == b""


@pytest.mark.parametrize("raw", [b"SSH-2.0\r\n\r\n", b"HTTP/1.1 200 OK\r\nDate: x\r\n\r\n"])
def test_what_is_not_understood_is_no_answer(raw: bytes) -> None:
    with pytest.raises(Broken):
        Reader().feed(raw)


def test_headers_cookies_and_packed_text() -> None:
    head = (
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nset-cookie: b=x=y\r\nContent-Encoding: gzip"
    )
    answer = Answer(200, head, gzip.compress("câu hỏi".encode()))

    assert answer.cookies() == {"a": "1", "b": "x=y"}
    assert answer.header("CONTENT-ENCODING") == "gzip"
    assert answer.header("location") == ""
    assert answer.text() == "câu hỏi"


def test_requests_carry_their_length_and_cookies() -> None:
    request = post_form("/a/", {"x": "ô"}, cookies="s=1")
    head, _, body = request.partition(b"\r\n\r\n")

    assert head.startswith(b"POST /a/ HTTP/1.1\r\nHost: localhost\r\nCookie: s=1\r\n")
    assert body == b"x=%C3%B4"
    assert b"Content-Length: 8" in head


@pytest.fixture
def port() -> Iterator[int]:
    """A server that answers each request with 200, and every third one of a connection with 409."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_accept, args=(server,), daemon=True).start()
        yield server.getsockname()[1]


def _accept(server: socket.socket) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=_answer, args=(connection,), daemon=True).start()


def _answer(connection: socket.socket) -> None:
    with connection:
        number = 0
        while connection.recv(65536):
            number += 1
            status = b"409 Conflict" if number % 3 == 0 else b"200 OK"
            connection.sendall(b"HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n" % status)


def _saves(count: int) -> Iterator[bytes]:
    return (post_json("/", b"{}") for _ in range(count))


def test_every_request_of_every_connection_is_sent_once_and_counted(port: int) -> None:
    measured = as_fast_as_answered(port, [_saves(6), _saves(3)])

    assert dict(measured.statuses) == {200: 6, 409: 3}
    assert len(measured.times) == 9
    assert measured.other_than(200) == 3


def test_at_a_fixed_rate_as_many_are_sent_as_were_due(port: int) -> None:
    measured = at_fixed_rate(port, [_saves(20) for _ in range(5)], rate=200, seconds=0.3)

    assert measured.statuses.total() == len(measured.times) == 60
    assert measured.statuses[409] == 20


def test_a_request_counts_from_when_it_was_due_not_from_when_it_was_sent() -> None:
    """One connection, an answer that is held back: those that queue behind it are late too."""
    held = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                for number in range(5):
                    connection.recv(65536)
                    if number == 0:
                        held.wait(0.5)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        measured = at_fixed_rate(server.getsockname()[1], [_saves(5)], rate=100, seconds=0.05)
        thread.join()

    # Due at 0, 10, 20, 30, 40 ms and answered after 500 ms at the earliest.
    assert len(measured.times) == 5
    assert min(measured.times) > 0.4
