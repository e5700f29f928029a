"""The supervisor with its real programs: they start together, answer, and end together."""

import http.client
import json
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from config import processes
from tests.processes import Child, wait_until

# Processes of the web server; of the worker, with its pool and beat; of the video worker.
SIZES = [2, 3, 3]
GROUP_FIELD = 2  # of /proc/<pid>/stat after the name: state, parent, group


def living(group: int) -> list[str]:
    """Return the command lines of the processes of a group that have not ended."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            command = stat.with_name("cmdline").read_text().replace("\0", " ")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields[0] != "Z" and int(fields[GROUP_FIELD]) == group:
            found.append(command)
    return found


def children(parent: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def free_port() -> int:
    return a_free_port()


def bare_environment(folder: Path, port: int) -> dict[str, str]:
    """Return what a person without any server has: SQLite and the filesystem broker in a folder."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return {**kept, "DATA_DIR": str(folder), "PORT": str(port), "PYTHONUNBUFFERED": "1"}


def asked(port: int, path: str) -> tuple[int, object]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


@pytest.fixture
def served(tmp_path: Path, free_port: int) -> Iterator[Child]:
    """The whole program, with the workers' pools and beat at work."""
    child = Child("manage.py", "serve", env=bare_environment(tmp_path, free_port))
    try:
        child.wait_for(f"http://127.0.0.1:{free_port}/")
        groups = children(child.process.pid)
        wait_until(lambda: [len(living(group)) for group in groups] == SIZES)
        yield child
    finally:
        child.end(by=signal.SIGINT)


def test_ctrl_c_ends_the_server_and_the_worker_with_all_their_processes(served: Child) -> None:
    groups = children(served.process.pid)

    assert served.end(by=signal.SIGINT) == 0

    assert [living(group) for group in groups] == [[], [], []]


@pytest.mark.parametrize(("number", "name"), [(0, "web"), (1, "worker"), (2, "videos")])
def test_a_killed_program_is_started_again_and_the_others_go_on(
    served: Child, free_port: int, number: int, name: str
) -> None:
    before = children(served.process.pid)

    os.kill(before[number], signal.SIGKILL)

    def again() -> list[int]:
        return [pid for pid in children(served.process.pid) if pid not in before]

    assert name in served.wait_for("-9")
    wait_until(lambda: len(again()) == 1)
    wait_until(lambda: len(living(again()[0])) == SIZES[number])
    wait_until(lambda: processes.answers("127.0.0.1", free_port))
    assert living(before[number]) == []
    others = set(before) - {before[number]}
    assert others < set(children(served.process.pid))


def test_a_killed_web_worker_is_replaced(served: Child, free_port: int) -> None:
    web, *_workers = children(served.process.pid)
    (process,) = children(web)

    os.kill(process, signal.SIGKILL)

    wait_until(lambda: len(children(web)) == 1 and children(web) != [process])
    wait_until(lambda: processes.answers("127.0.0.1", free_port))
    assert served.process.poll() is None


def test_a_program_that_never_lives_long_ends_the_rest_and_the_exit_code_tells(
    served: Child,
) -> None:
    killed: set[int] = set()
    groups = set(children(served.process.pid))

    def kill_the_newest() -> bool:
        for pid in set(children(served.process.pid)) - killed:
            if "--beat" in Path(f"/proc/{pid}/cmdline").read_text():
                killed.add(pid)
                groups.add(pid)
                os.kill(pid, signal.SIGKILL)
        return served.process.poll() is not None

    wait_until(kill_the_newest, seconds=120)

    assert served.process.wait(30) == 1
    assert len(killed) > processes.SHORT_LIVES - 1
    assert "worker" in served.lines[-1]
    assert [living(group) for group in groups] == [[] for _ in groups]


def test_a_killed_supervisor_takes_the_server_and_the_worker_along(served: Child) -> None:
    groups = children(served.process.pid)

    served.end(by=signal.SIGKILL)

    wait_until(lambda: [living(group) for group in groups] == [[], [], []])


def test_a_busy_port_is_a_message_with_a_free_one(tmp_path: Path, free_port: int) -> None:
    with socket.create_server(("127.0.0.1", free_port)):
        child = Child("manage.py", "serve", env=bare_environment(tmp_path, free_port))
        assert child.process.wait(30) == 1
    child.end()
    assert f"make run PORT={free_port + 1}" in child.text
    assert "Traceback" not in child.text


def test_a_second_supervisor_of_a_data_folder_is_refused(tmp_path: Path, free_port: int) -> None:
    with processes.sole_supervisor(tmp_path / "serve.lock", 8123):
        child = Child("manage.py", "serve", env=bare_environment(tmp_path, free_port))
        assert child.process.wait(30) == 1
    child.end()
    assert "8123" in child.text
    assert str(tmp_path) in child.text
    assert "Traceback" not in child.text


def test_answers_can_have_a_server_of_their_own(tmp_path: Path, free_port: int) -> None:
    saves_port = a_free_port()
    env = {**bare_environment(tmp_path, free_port), "SAVES_PORT": str(saves_port)}
    child = Child("manage.py", "serve", env=env)
    try:
        child.wait_for(f"http://127.0.0.1:{free_port}/")
        _web, saves, *_workers = groups = children(child.process.pid)
        assert asked(saves_port, "/api/attempts/1/") == (403, {"error": "not_signed_in"})
        assert asked(saves_port, "/") == (404, {"error": "not_found"})

        os.kill(saves, signal.SIGKILL)

        assert "saves" in child.wait_for("-9")
        wait_until(lambda: processes.answers("127.0.0.1", saves_port))
        groups += children(child.process.pid)
    finally:
        child.end(by=signal.SIGINT)
    assert [living(group) for group in groups] == [[] for _ in groups]


@pytest.mark.parametrize(("same", "code"), [(False, 1), (True, 2)], ids=["busy", "the same"])
def test_a_second_port_that_cannot_be_had_is_named(
    tmp_path: Path, free_port: int, same: bool, code: int
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        wanted = free_port if same else busy.getsockname()[1]
        env = {**bare_environment(tmp_path, free_port), "SAVES_PORT": str(wanted)}
        child = Child("manage.py", "serve", env=env)
        assert child.process.wait(30) == code
    child.end()
    assert ("SAVES_PORT" if same else str(wanted)) in child.text
    assert "Traceback" not in child.text


@pytest.mark.parametrize("port", ["http", "0", "65536", "٨٠"])
def test_a_port_that_is_none_is_named(tmp_path: Path, port: str) -> None:
    child = Child("manage.py", "serve", env={**bare_environment(tmp_path, 1), "PORT": port})
    assert child.process.wait(30) == 2
    child.end()
    assert "PORT: expected a number from 1 to 65535" in child.text


def test_videos_wait_for_everybody_else(served: Child) -> None:
    _web, worker, videos = children(served.process.pid)
    for group, niceness in ((worker, 0), (videos, processes.VIDEO_NICENESS)):
        assert os.getpriority(os.PRIO_PROCESS, group) == niceness
