"""How much the quiz page weighs on its way to a phone, compressed as the program serves it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test.testcases import LiveServerThread
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page

from contests.models import Participant
from contests.writers import holder_of
from portal.demo.loading import import_file
from tests.browser import PHONE
from tests.contests.quizzes import make_participant, make_quiz, start
from tests.e2e.taking import sign_in
from tests.make import make_contest, make_organizer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

KB = 1000
BY_CONTENT = re.compile(r"\.[0-9a-f]{12}\.\w+$")
FIRST, NEXT = 150 * KB, 15 * KB


@pytest.fixture
def person() -> Participant:
    """Somebody about to take a paper of fifteen questions as long as those of 2020."""
    contest = make_contest()
    import_file(contest, "questions", by=make_organizer(contest), now=timezone.now())
    return make_participant(make_quiz(contest, questions=15).contest)


@pytest.fixture
def server(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[str]:
    """The program with its files collected, named by content and compressed, as it is run."""
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "config.static.StaticFiles"},
    }
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = False
    call_command("collectstatic", interactive=False, verbosity=0)
    thread = LiveServerThread("127.0.0.1", static_handler=lambda program: program)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    assert thread.error is None, thread.error
    yield f"http://{thread.host}:{thread.port}"
    thread.terminate()


@pytest.fixture
def phone(browser: Browser, server: str) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=server, viewport=PHONE)
    yield context
    context.close()


def weigh(page: Page, visit: Callable[[], Any]) -> dict[str, int]:
    """Return address → bytes that came over the line for it, headers included."""
    addresses: dict[str, str] = {}
    weights: dict[str, int] = {}
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")

    def note_address(event: dict[str, Any]) -> None:
        addresses[event["requestId"]] = event["request"]["url"]

    def note_weight(event: dict[str, Any]) -> None:
        weights[addresses[event["requestId"]]] = int(event["encodedDataLength"])

    devtools.on("Network.requestWillBeSent", note_address)
    devtools.on("Network.loadingFinished", note_weight)
    visit()
    page.wait_for_load_state("networkidle")
    page.evaluate("() => document.fonts.ready")
    return weights


def test_the_first_visit_and_the_next_one_are_light(
    phone: BrowserContext, server: str, person: Participant, record_property: Any
) -> None:
    session_key = sign_in(phone, person, server)
    attempt = start(person.contest.quizzes.get(), person=person, holder=holder_of(session_key))
    address = f"/{person.contest.slug}/attempts/{attempt.pk}/"

    page = phone.new_page()
    first = weigh(page, lambda: page.goto(address))
    assert page.locator(".q-card").count() == 15
    assert page.locator("#quiz").get_attribute("data-mode") == "write"
    page.close()
    again = phone.new_page()
    following = weigh(again, lambda: again.goto(address))

    record_property("bytes", {"first": sum(first.values()), "next": sum(following.values())})
    # A script, a style or a typeface that did not come would make it look light.
    assert len([name for name in first if name.endswith(".js")]) >= 6
    assert len([name for name in first if name.endswith(".woff2")]) >= 4
    assert sum(first.values()) <= FIRST, first
    assert sum(following.values()) <= NEXT, following
    unnamed = [name for name in first if "/static/" in name and not BY_CONTENT.search(name)]
    assert unnamed == []
