"""The charts of the statistics in Chromium: nothing in them lies over another, figures unfold."""

import datetime as dt

import pytest
from playwright.sync_api import Page, expect

from tests.browser import DESK, PHONE
from tests.e2e.looks import faults, sideways
from tests.portal.cast import Stage, make_attempt, make_person

pytestmark = pytest.mark.django_db(transaction=True)
SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
DAY = dt.timedelta(days=1)
# Pairs of texts of one picture that touch each other, and texts that leave the window.
TOUCHING = """() => {
  const found = [];
  for (const picture of document.querySelectorAll(".columns-plot, .columns-axis")) {
    const texts = [...picture.querySelectorAll("text")]
      .map((text) => [text.textContent, text.getBoundingClientRect()])
      .filter(([, box]) => box.width);
    texts.forEach(([said, a], place) => {
      if (a.left < 0 || a.right > innerWidth) found.push(`${said} leaves the window`);
      for (const [other, b] of texts.slice(place + 1))
        if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
          found.push(`${said} touches ${other}`);
    });
  }
  return found;
}"""


def open_statistics(new_context, stage: Stage, size: dict[str, int]) -> Page:
    page = new_context(viewport=size).new_page()
    page.goto(f"/{stage.contest.slug}/statistics/")
    return page


@SIZES
@pytest.mark.parametrize("days", [1, 15, 45, 60])
def test_no_figure_lies_over_another(new_context, live_server, size, days):
    stage = Stage()
    people = [make_person(stage.first, f"Lê Thị {place}") for place in range(20)]
    for place, person in enumerate(people):
        # The last day has something too; twelve minutes and sixteen results are used.
        ended = stage.quiz.opens_at + (days - 1) * DAY * place / 19
        seconds = 36 * (place + 1)
        make_attempt(
            person,
            stage.quiz,
            started_at=ended - dt.timedelta(seconds=seconds),
            finished_at=ended,
            duration_ms=seconds * 1000,
            correct=place % 16,
        )
    stage.publish()
    page = open_statistics(new_context, stage, size)
    assert page.locator(".columns-plot").count() == 5
    assert page.evaluate(TOUCHING) == []
    assert sideways(page) == []


@SIZES
def test_the_figures_below_a_picture_unfold(new_context, live_server, size):
    stage = Stage()
    for name in ("Một", "Hai", "Ba"):
        make_attempt(make_person(stage.first, f"Lê Thị {name}"), stage.quiz)
    stage.publish()
    page = open_statistics(new_context, stage, size)
    summary = page.get_by_text("Xem bảng số liệu: Số người theo số câu đúng")
    table = page.get_by_role("table", name="Số người theo số câu đúng")
    expect(table).to_be_hidden()
    summary.click()
    expect(table).to_be_visible()
    expect(table.get_by_role("row", name="14 4 80,0 %")).to_be_visible()
    assert faults(page) == []
