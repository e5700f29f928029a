"""Hands films in beside a running program, or tells how they are: python -m tests.drills.films.

A process of its own, whose settings name that program's database, files and queue.
"""

import datetime as dt
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

RATE, SECONDS = 10, 12


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    asked = json.loads(sys.argv[1])
    sys.stdout.write(json.dumps(hand_in(**asked)) + "\n")


def hand_in(*, count: int, slug: str) -> dict[str, Any]:
    """Hand in this many films, each of a unit of its own, as a finished upload does."""
    from django.conf import settings
    from django.test import Client
    from django.utils import timezone

    from media_uploads.models import receive
    from media_uploads.tasks import ring
    from tests.media_uploads.builders import a_contest, a_unit
    from tests.media_uploads.samples import film

    now, day = timezone.now(), dt.timedelta(days=1)
    contest = a_contest(
        slug,
        video_opens_at=now - day,
        video_closes_at=now + day,
        judging_opens_at=now + 2 * day,
        judging_closes_at=now + 3 * day,
    )
    originals = Path(settings.MEDIA_ROOT) / "originals"
    originals.mkdir(mode=0o700, exist_ok=True)
    # Larger than a copy may be, so that making one takes seconds.
    master = Path(settings.MEDIA_ROOT) / f"{slug}.mp4"
    film(master, size=(1920, 1080), rate=RATE, pictures=RATE * SECONDS, sound=True)
    handed = []
    for number in range(count):
        unit = a_unit(contest, f"DV{number:02d}")
        name = f"originals/{slug}-{number}"
        shutil.copy(master, Path(settings.MEDIA_ROOT) / name)
        video = receive(
            unit=unit,
            title=f"Phim {number}",
            slot=1,
            original=name,
            original_name=master.name,
            size=master.stat().st_size,
            by=unit.coordinator,
            started_at=now,
            now=now,
        )
        ring(video)
        client = Client()
        client.force_login(unit.coordinator)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        handed.append({"video": video.pk, "unit": unit.pk, "session": session})
    master.unlink()
    return {"films": handed, "media": str(settings.MEDIA_ROOT)}


if __name__ == "__main__":
    main()
