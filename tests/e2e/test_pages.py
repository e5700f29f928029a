"""Every main page, on a phone and at a desk: it fits, it is accessible, it is in Vietnamese.

With PICTURES=1 the contest's page is photographed for the README, with PICTURES=all every page
into var/pictures, to be laid beside the reference.
"""

import os
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page

from accounts.models import User
from contests.models import Attempt
from contests.writers import holder_of
from tests.browser import DESK, PHONE
from tests.e2e.looks import faults
from tests.e2e.scenes import Scene, concluded_contest, object_to, open_contest
from tests.processes import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
README_PICTURE = ROOT / "docs" / "pictures" / "contest.png"
WANTED = os.environ.get("PICTURES", "")


@pytest.fixture
def page_of(
    new_context: Callable[..., BrowserContext], live_server, size: dict[str, int]
) -> Callable[[User | None], Page]:
    """Give everybody a browser of the own, signed in."""
    pages: dict[int | None, Page] = {}

    def page_of(user: User | None) -> Page:
        key = None if user is None else user.pk
        if key not in pages:
            context = new_context(viewport=size)
            if user is not None:
                context.add_cookies([session_cookie(user, live_server.url)])
            pages[key] = context.new_page()
        return pages[key]

    return page_of


def session_cookie(user: User, url: str) -> Any:
    client = Client()
    client.force_login(user)
    assert client.session[SESSION_KEY] == str(user.pk)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": url}


def let_write(attempt: Attempt, page: Page) -> None:
    """Make this browser's session the attempt's writer, as if it had been begun in it."""
    kept = page.context.cookies()
    key = next(c["value"] for c in kept if c["name"] == settings.SESSION_COOKIE_NAME)
    attempt.take_over(holder=holder_of(key), now=timezone.now())


def walk(
    scene: Scene,
    addresses: dict[str, tuple[str, str]],
    page_of: Callable[[User | None], Page],
    size: dict[str, int],
) -> dict[str, list[str]]:
    """Open each address as whoever it is for; return the faults of those pages that have any."""
    people, found = scene.people, {}
    for name, (role, address) in addresses.items():
        page = page_of(people[role])
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, f"{name}: {answer.status} for {address}"
        assert page.url.endswith(address), f"{name} led to {page.url}"
        photograph(page, name, size)
        if wrong := faults(page):
            found[name] = wrong
    return found


def photograph(page: Page, name: str, size: dict[str, int]) -> None:
    """Write the pictures that PICTURES asks for."""
    if WANTED:
        # Posters load when they are scrolled to.
        page.evaluate(
            "() => document.querySelectorAll('img').forEach((i) => (i.loading = 'eager'))"
        )
        page.wait_for_load_state("networkidle")
    if WANTED == "all":
        page.screenshot(
            path=ROOT / "var" / "pictures" / f"{name}-{size['width']}.png", full_page=True
        )
    if WANTED and name == "contest-results" and size == DESK:
        page.screenshot(path=README_PICTURE)
        assert README_PICTURE.stat().st_size <= 200_000


@SIZES
def test_pages_of_an_open_contest(page_of, size):
    scene = open_contest()
    slug, contest = scene.contest.slug, scene.contest.pk
    unit = scene.coordinators[0].coordinated_units.get()
    video = unit.videos.get().public_id
    running, finished = scene.attempts["running"].pk, scene.attempts["finished"].pk
    addresses = {
        "home": ("visitor", "/"),
        "contest-open": ("visitor", f"/{slug}/"),
        "units": ("visitor", f"/{slug}/units/"),
        "privacy": ("visitor", f"/{slug}/privacy/"),
        "register": ("visitor", f"/{slug}/register/"),
        "code-sign-in": ("visitor", f"/{slug}/sign-in/"),
        "staff-sign-in": ("visitor", "/sign-in/"),
        "results-awaited": ("visitor", f"/{slug}/results/"),
        "quiz-start": ("fresh", f"/{slug}/quiz/"),
        "quiz-paper": ("running", f"/{slug}/attempts/{running}/"),
        "quiz-confirm": ("running", f"/{slug}/attempts/{running}/confirm/"),
        "quiz-receipt": ("finished", f"/{slug}/attempts/{finished}/result/"),
        "desk": ("coordinator", f"/unit/{unit.pk}/"),
        "codes": ("coordinator", f"/unit/{unit.pk}/people/codes/"),
        "marking-list": ("judge", "/admin/scoring/scoresheet/"),
        "marking": ("judge", f"/admin/scoring/scoresheet/video/{video}/"),
        "admin-judge": ("judge", "/admin/"),
        "admin-home": ("organizer", "/admin/"),
        "admin-contests": ("organizer", "/admin/contests/contest/"),
        "admin-contest": ("organizer", f"/admin/contests/contest/{contest}/change/"),
        "admin-units": ("organizer", f"/admin/contests/unit/?contest={contest}"),
        "admin-unit": ("organizer", f"/admin/contests/unit/{unit.pk}/change/"),
        "admin-people": ("organizer", f"/admin/contests/participant/?contest={contest}"),
        "admin-questions": ("organizer", f"/admin/contests/question/?contest={contest}"),
        "admin-import": ("organizer", f"/admin/contests/contest/{contest}/import/people/"),
        "admin-results-draft": ("organizer", f"/admin/scoring/resultset/{contest}/"),
        "admin-progress": ("organizer", f"/admin/scoring/scoresheet/progress/{slug}/"),
    }
    let_write(scene.attempts["running"], page_of(scene.people["running"]))
    assert walk(scene, addresses, page_of, size) == {}


@SIZES
def test_pages_of_a_contest_with_results(page_of, size):
    scene = concluded_contest()
    slug, pk = scene.contest.slug, scene.contest.pk
    video = scene.contest.units.get(code="DV01").videos.get().public_id
    holds, revoked = scene.contest.certificates.filter(award__scope="person").order_by("number")[:2]
    revoked.revoke(by=scene.organizers[0], reason="Cấp nhầm người", now=timezone.now())
    winner = scene.contest.result_sets.get().people.get(position=1).number
    addresses = {
        "home-results": ("visitor", "/"),
        "contest-results": ("visitor", f"/{slug}/"),
        "results": ("visitor", f"/{slug}/results/"),
        "unit-sum": ("visitor", f"/{slug}/results/DV15/"),
        "unit-explained": ("organizer", f"/{slug}/results/DV15/in-full/"),
        "person-explained": ("organizer", f"/{slug}/people/{winner}/result/"),
        "statistics": ("visitor", f"/{slug}/statistics/"),
        "units-46": ("visitor", f"/{slug}/units/"),
        "gallery": ("visitor", f"/{slug}/videos/"),
        "gallery-video": ("visitor", f"/{slug}/videos/{video}/"),
        "verify-search": ("visitor", "/verify/"),
        "verify": ("visitor", f"/verify/{holds.code}/"),
        "verify-revoked": ("visitor", f"/verify/{revoked.code}/"),
        "admin-results": ("organizer", f"/admin/scoring/resultset/{pk}/"),
        "admin-certificates": ("organizer", f"/admin/scoring/resultset/{pk}/certificates/"),
        "admin-revoke": ("organizer", f"/admin/scoring/resultset/{pk}/certificates/1/revoke/"),
        "admin-analysis": ("organizer", f"/admin/scoring/scoresheet/analysis/{slug}/"),
    }
    assert walk(scene, addresses, page_of, size) == {}


@SIZES
def test_pages_of_objections(page_of, size):
    scene = concluded_contest()
    contest, unit = scene.contest, scene.contest.units.get(code="DV15")
    objection = object_to(contest, unit=unit)
    listed = f"/admin/scoring/resultset/{contest.pk}/objections/"
    addresses = {
        "objections-visitor": ("visitor", f"/{contest.slug}/objections/"),
        "objections": ("coordinator", f"/{contest.slug}/objections/"),
        "objection-withdraw": (
            "coordinator",
            f"/{contest.slug}/objections/{objection.pk}/withdraw/",
        ),
        "results-provisional": ("visitor", f"/{contest.slug}/results/"),
        "desk-objections": ("coordinator", f"/unit/{unit.pk}/"),
        "admin-objections": ("organizer", listed),
        "admin-objection": ("organizer", f"{listed}{objection.pk}/"),
        "admin-results-objections": ("organizer", f"/admin/scoring/resultset/{contest.pk}/"),
    }
    assert walk(scene, addresses, page_of, size) == {}


@pytest.mark.parametrize("size", [PHONE], ids=["phone"])
def test_faults_are_found(page_of, size):
    """The checks see what they are there for, on a page with every fault."""
    page = page_of(None)
    page.goto("/")
    page.evaluate(
        """() => {
             document.documentElement.lang = "en";
             const wide = document.createElement("canvas");
             wide.width = 900;
             document.querySelector("main").append(wide);
             const said = ["Save", "Nov. 6, 2020", "2020-11-06", "6/11/2020", "81.75", "5 p.m."];
             for (const text of said) {
               const line = document.createElement("p");
               line.textContent = text;
               document.querySelector("main").append(line);
             }
             const picture = document.createElement("img");
             picture.src = "/static/img/favicon.svg";
             document.querySelector("main").append(picture);
           }"""
    )
    said = "\n".join(faults(page))
    for part in (
        "its language is en",
        "px wide in a window of 390 px",
        "axe: image-alt",
        "English words: Save",
        "a date as yyyy-mm-dd: 2020-11-06",
        "English name: Nov",
        "not as dd/mm/yyyy: 6/11/2020",
        "decimal point: 81.75",
        "twelve-hour clock",
    ):
        assert part in said
