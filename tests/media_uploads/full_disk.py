"""Works where there is no room: python -m tests.media_uploads.full_disk VIDEO ROOM ANSWER.

Tries to make the copy of a video, then saves an answer of the quiz.

Runs in a mount namespace of its own and lays a small file system over MEDIA_ROOT there; where this
host lets nobody mount, the encoder gets as little room by its limit on the size of a file.
Prints what the row says after each try, how the save was answered, and the files that are left.
"""

import contextlib
import ctypes
import json
import os
import shutil
import sys
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

_CLONE_NEWUSER, _CLONE_NEWNS, _MS_PRIVATE, _MS_REC = 0x10000000, 0x00020000, 1 << 18, 1 << 14
_libc = ctypes.CDLL(None, use_errno=True)


def mounted(folder: Path, *, room: int) -> bool:
    """Lay a file system of `room` bytes over `folder`, with its content, for this process alone."""
    user, group = os.geteuid(), os.getegid()
    if _libc.unshare(_CLONE_NEWNS if user == 0 else _CLONE_NEWNS | _CLONE_NEWUSER) != 0:
        return False
    if user != 0:
        # In a user namespace, where anybody may mount, we are still who we were.
        for name, text in (
            ("uid_map", f"{user} {user} 1"),
            ("setgroups", "deny"),
            ("gid_map", f"{group} {group} 1"),
        ):
            (Path("/proc/self") / name).write_text(text)
    with tempfile.TemporaryDirectory() as aside:
        shutil.copytree(folder, aside, dirs_exist_ok=True)
        if _libc.mount(b"none", b"/", None, _MS_PRIVATE | _MS_REC, None) != 0:
            return False
        options = f"size={room}".encode()
        if _libc.mount(b"none", os.fsencode(folder), b"tmpfs", 0, options) != 0:
            return False
        shutil.copytree(aside, folder, dirs_exist_ok=True)
    return True


def main() -> None:
    video_pk, room, answer = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    folder = Path(os.environ["MEDIA_ROOT"])
    is_mounted = mounted(folder, room=room)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.test import Client

    from contests.clock import database_now
    from media_uploads import processing
    from media_uploads.child import ENCODING_FENCE
    from media_uploads.models import MAX_TRIES, VideoSubmission

    if not is_mounted:
        fence = replace(ENCODING_FENCE, file_bytes=50_000)
        processing.run_encoding = partial(processing.run_encoding, fence=fence)
    said = []
    for _try in range(MAX_TRIES):
        video = VideoSubmission.objects.get(pk=video_pk)
        processing.encode_submission(video, now=database_now())
        said.append([video.state, video.tries, video.failure])
    filler = folder / "filler"
    if is_mounted:
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
    client = Client(headers={"host": "localhost"})
    saved = client.post("/api/answers/", answer, content_type="application/json").status_code
    filler.unlink(missing_ok=True)
    processing.sweep_files(now=database_now())
    left = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    told = {"mounted": is_mounted, "said": said, "saved": saved, "left": left}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
