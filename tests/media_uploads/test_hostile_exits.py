"""No way out: what a careless decoder fetches for these files, and that our child fetches nothing.

The careless one opens by name, takes the demuxer that a look at the text suggests and allows what
that asks for. It has to fall for each file, or the file proves nothing. rules: V3
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from socket import AF_INET, SOCK_DGRAM
from socket import socket as any_socket

import av
import pytest

from media_uploads.child import PROJECT, run_inspection
from media_uploads.limits import Limits
from tests.media_uploads import hostile_lists as lists
from tests.media_uploads.hostile import Case
from tests.media_uploads.hostile_refused import LISTS
from tests.media_uploads.hostile_trap import Trap

CARELESS = """
import json, sys
from pathlib import Path
import av
from av.logging import PANIC, set_libav_level
set_libav_level(PANIC)
path, demuxer, options = sys.argv[1], sys.argv[2] or None, json.loads(sys.argv[3])
try:
    with av.open(path, format=demuxer, options=options, timeout=3) as film:
        if demuxer == "sdp":
            print(Path("/proc/net/udp").read_text())
        else:
            print(sum(packet.size > 0 for packet in film.demux()))
except av.FFmpegError as error:
    print(error)
"""
NET_TOO = {"protocol_whitelist": "file,http,tcp,crypto,data,udp,rtp"}
HLS = {**NET_TOO, "allowed_extensions": "ALL", "extension_picky": "0"}
CONCAT = {**NET_TOO, "safe": "0"}
DREF = {"enable_drefs": "1", "use_absolute_path": "1"}
socket = partial(any_socket, AF_INET, SOCK_DGRAM)
WEB, FILE = "http /another-units.mp4", "another-units.mp4"
BY_NAME = {case.name: case for case in LISTS}


@pytest.fixture(scope="module")
def trap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trap]:
    trap = Trap(tmp_path_factory.mktemp("exits"))
    yield trap
    trap.close()


@pytest.mark.parametrize(
    ("name", "demuxer", "options", "fetched"),
    [
        ("hls-http.mp4", "hls", HLS, WEB),
        ("hls-file.mp4", "hls", HLS, FILE),
        ("hls-master.mp4", "hls", HLS, WEB),
        ("hls-key.mp4", "hls", HLS, WEB),
        ("concat-http.mp4", "", CONCAT, WEB),
        ("concat-file.mp4", "", CONCAT, FILE),
        ("pictures-elsewhere.mov", "", DREF, FILE),
    ],
)
def test_a_careless_decoder_fetches_and_our_child_does_not(
    trap: Trap, name: str, demuxer: str, options: dict[str, str], fetched: str
) -> None:
    path = _made(BY_NAME[name], trap)
    trap.arm()
    said = _careless(path, demuxer, options)
    assert fetched in trap.sprung(but=path), said
    trap.arm()
    assert not run_inspection(path, limits=Limits()).accepted
    assert trap.sprung(but=path) == set()


def test_another_units_film_comes_out_of_a_careless_decoder(trap: Trap) -> None:
    """Not only opened: all its pictures are read from a list of two lines."""
    path = _made(BY_NAME["concat-file.mp4"], trap)
    assert int(_careless(path, "", CONCAT)) == int(_careless(trap.canary, "", {})) == 24


def test_a_careless_decoder_listens_on_the_net_and_our_child_does_not(
    trap: Trap, tmp_path: Path
) -> None:
    """An SDP file sends nothing out; it opens a port to whoever sends something in."""
    port = _free_ports()
    path = tmp_path / "session.mp4"
    path.write_text(lists.sdp(port))
    assert f":{port:04X} " in _careless(path, "sdp", NET_TOO)
    assert run_inspection(path, limits=Limits()).code == "not_video"


def test_this_decoder_knows_no_dash() -> None:
    """Where it learns it, the two DASH files of the table have to be proved above too."""
    with pytest.raises(ValueError, match="dash"):
        av.ContainerFormat("dash", "r")


def _free_ports() -> int:
    """A free even port with a free one after it: pictures come there, reports here."""
    for port in range(20_000, 30_000, 2):
        with socket() as one, socket() as next_one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            next_one.bind(("127.0.0.1", port + 1))
            return port
    raise AssertionError("no two free ports")


def _made(case: Case, trap: Trap) -> Path:
    path = trap.folder / case.name
    case.make(path, trap)
    return path


def _careless(path: Path, demuxer: str, options: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-c", CARELESS, str(path), demuxer, json.dumps(options)],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout
