"""Loads both demonstration contests, step by step; a load that was cut off is begun again."""

from __future__ import annotations

import datetime as dt

from accounts.models import User
from contests.importing.running import KINDS, PRACTICE, run
from contests.models import Contest
from portal.demo import removal, sign_ins, soc_trang, trial
from portal.demo.soc_trang import Progress

NOTICES = {soc_trang.SLUG: soc_trang.NOTICE, trial.SLUG: trial.NOTICE}


class NotADemonstration(Exception):
    """A real contest or person bears a demonstration's name: `args[0]`, a slug or sign-in name."""


def load(*, fresh: bool, now: dt.datetime, progress: Progress) -> bool:
    """Load both contests; False where they are there and `fresh` was not asked for.

    The last step of all announces Sóc Trăng 2020; without it a load was cut off and begins again.
    """
    there = Contest.objects.filter(slug__in=NOTICES)
    for contest in there:
        if contest.notice != NOTICES[contest.slug]:
            raise NotADemonstration(contest.slug)
    if username := sign_ins.somebody_else():
        raise NotADemonstration(username)
    if not fresh and there.filter(slug=soc_trang.SLUG, is_announced=True).exists():
        return False
    for contest in there:
        removal.remove(contest)
    staff, signs = sign_ins.create_staff()
    sign_ins.keep(signs, load_trial(staff, now=now, progress=progress))
    load_soc_trang(staff, progress)
    return True


def load_soc_trang(staff: sign_ins.Staff, progress: Progress) -> Contest:
    """Load 2020 from the organizer's files and the dice; everything after is computed."""
    first, second = staff.organizers
    contest = soc_trang.create_contest(organizers=staff.organizers)
    before_opening = contest.video_opens_at - dt.timedelta(days=10)
    for kind in ("units", "questions"):
        import_file(contest, kind, by=first, now=before_opening)
        progress("Nhập tệp", 1 if kind == "units" else 2, 2)
    soc_trang.mark_ineligible(contest)
    soc_trang.enrol_people(contest, by=first)
    soc_trang.take_quiz(contest, progress)
    soc_trang.hand_in_videos(contest, by=first, progress=progress)
    soc_trang.mark_videos(contest, judges=staff.judges, progress=progress)
    soc_trang.conclude(contest, first=first, second=second)
    contest.units.filter(code="DV15").update(coordinator=staff.coordinators[1])
    contest.is_announced = True
    contest.save(update_fields=["is_announced"])
    return contest


def load_trial(
    staff: sign_ins.Staff, *, now: dt.datetime, progress: Progress
) -> list[dict[str, str]]:
    """Load the rehearsal; return the sign-ins of one participant a unit."""
    organizer = staff.organizers[0]
    contest = trial.create_contest(organizers=staff.organizers, now=now)
    trial.add_units(contest, coordinators=staff.coordinators)
    import_file(contest, "questions", by=organizer, now=now)
    trial.add_practice(contest)
    import_file(contest, "practice", by=organizer, now=now)
    # Papers are drawn of announced contests only.
    Contest.objects.filter(pk=contest.pk).update(is_announced=True)
    contest.refresh_from_db()
    participants = trial.enrol_people(contest, by=organizer, now=now)
    soc_trang.seat(contest, staff.judges)
    trial.hand_in_videos(contest, by=staff.coordinators[0], now=now, progress=progress)
    return trial.issue_codes(participants, now=now)


def import_file(contest: Contest, name: str, *, by: User, now: dt.datetime) -> None:
    """Import one of the organizer's files by the program's own importer."""
    path = soc_trang.files() / f"{name}.csv"
    report = run(
        {**KINDS, "practice": PRACTICE}[name],
        contest=contest,
        data=path.read_bytes(),
        filename=path.name,
        dry_run=False,
        by=by,
        now=now,
    )
    if not report.ok:
        raise RuntimeError(f"{path.name}: {report.problems[0]}")
