"""Videos behind a real nginx of our template: in parts, to whom the program lets. rules: M3"""

import getpass
import http.client
import shutil
import signal
import string
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from config.processes import answers
from media_uploads.models import VideoSubmission
from tests.drills.cluster import dying_with_us, free_port
from tests.media_uploads.builders import a_contest, a_ready_video, a_unit
from tests.processes import ROOT, wait_until


@pytest.fixture
def nginx(live_server, settings, media: Path, tmp_path: Path) -> Iterator[int]:
    """nginx before the program; yields its port."""
    settings.MEDIA_ACCEL = "/protected-media/"
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    assert found, "nginx is not installed; see deploy/ci-packages.txt"
    port, upstream = free_port(), urlsplit(live_server.url).netloc
    folder = tmp_path / "nginx"
    folder.mkdir()
    given = {
        **{"RUN_AS": getpass.getuser(), "LISTEN": f"127.0.0.1:{port}", "SERVER_NAME": "localhost"},
        **{"UPSTREAM": upstream, "SAVES_UPSTREAM": upstream, "STATIC_ROOT": str(ROOT / "static")},
        **{"MEDIA_ROOT": str(media), "RUN_DIR": str(folder), "LOG_DIR": str(folder)},
        "ACCESS_LOG": "off",
    }
    template = string.Template((ROOT / "deploy" / "nginx.conf.template").read_text())
    configuration = folder / "nginx.conf"
    configuration.write_text(template.safe_substitute(given))
    process = subprocess.Popen(
        [found, "-p", str(folder), "-c", str(configuration), "-g", "daemon off;"],
        stderr=subprocess.DEVNULL,
        preexec_fn=dying_with_us(signal.SIGTERM),
    )
    try:
        wait_until(lambda: answers("127.0.0.1", port))
        yield port
    finally:
        process.terminate()
        process.wait(30)


def got(port: int, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        link.request("GET", path, headers=headers)
        answer = link.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        link.close()


@pytest.mark.django_db(transaction=True)
def test_nginx_sends_parts_of_a_copy_and_never_an_original(nginx: int, media: Path) -> None:
    content = bytes(range(256)) * 40
    video = a_ready_video(a_unit(a_contest()), content)
    kept = {"copy": f"copies/{video.public_id}.mp4", "poster": f"posters/{video.public_id}.jpg"}
    for field, name in kept.items():
        (media / name).parent.mkdir(exist_ok=True)
        (media / getattr(video, field)).rename(media / name)
    (media / "originals").mkdir()
    (media / "originals" / "secret.mp4").write_bytes(content)
    VideoSubmission.objects.filter(pk=video.pk).update(**kept)
    client = Client()
    client.force_login(video.unit.coordinator)
    signed_in = {"Cookie": f"sessionid={client.cookies['sessionid'].value}"}
    path = reverse("video_copy", kwargs={"public_id": video.public_id})

    status, headers, body = got(nginx, path, **signed_in, Range="bytes=250-259")

    assert (status, body) == (206, content[250:260])
    assert headers["Content-Range"] == "bytes 250-259/10240"
    assert headers["Content-Type"] == "video/mp4"
    assert headers["Cache-Control"] == "private, no-cache"
    assert headers["Content-Disposition"] == "inline"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].endswith("sandbox")
    poster = reverse("video_poster", kwargs={"public_id": video.public_id})
    assert got(nginx, poster, **signed_in)[2] == content[:100]
    # Nobody else, and by no other address: not those of nginx, not another file by the program's.
    assert got(nginx, path)[0] == 404
    for guessed in (kept["copy"], "originals/secret.mp4", "copies/../originals/secret.mp4"):
        assert got(nginx, f"/protected-media/{guessed}", **signed_in)[0] == 404
    VideoSubmission.objects.filter(pk=video.pk).update(copy="originals/secret.mp4")
    status, _headers, body = got(nginx, path, **signed_in)
    assert status == 404
    assert content not in body
