"""The audit log in words: every act the program writes has its name in Vietnamese."""

import ast
import datetime as dt
import re
from pathlib import Path

import pytest
from django.contrib import admin
from django.utils import translation

from accounts import acts, audit
from contests.admin.scope import OwnContestsAdmin
from contests.importing.running import KINDS, PRACTICE
from tests.make import make_contest, make_organizer

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("accounts", "contests", "media_uploads", "scoring", "portal")
CODE = re.compile(r"[a-z_]+\.[a-z_]+")
NOW = dt.datetime(2026, 5, 4, 2, 0, tzinfo=dt.UTC)
# Acts whose code is put together where they are written: the expression, and what stands for it.
DECIDED = ("unit", "participant", "videosubmission")
PUT_TOGETHER = {
    "f'{self.opts.model_name}.{act}'": {
        f"{model._meta.model_name}.{act}"
        for model, page in admin.site._registry.items()
        if isinstance(page, OwnContestsAdmin)
        for act in ("add", "change", "delete")
        if model.__name__ not in ("Attempt", "Flag", "KeyChange", "SettingChange")
    },
    "f'{target._meta.model_name}.{act}'": {
        f"{model}.{act}"
        for model in DECIDED
        for act in ("disqualify", "reinstate", "set_ineligible", "set_eligible")
    },
    "f'video.{act}'": {f"video.{act}" for act in ("refuse", "accept_again", "show", "hide")},
    "f'{kind.name}.import'": {f"{kind}.import" for kind in (*KINDS, PRACTICE.name)},
}


def written():
    """Every act in the source: texts as they are, and the expressions that make the others."""
    texts, made = set(), set()
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name not in ("record", "_log"):
                continue
            for given in [*node.args, *(word.value for word in node.keywords)]:
                if isinstance(given, ast.JoinedStr) and "." in ast.unparse(given):
                    made.add(ast.unparse(given))
                for part in ast.walk(given):
                    if isinstance(part, ast.Constant) and CODE.fullmatch(str(part.value)):
                        texts.add(part.value)
    return texts, {text for text in made if text.startswith("f'") and " " not in text}


def test_every_act_that_is_written_has_a_name():
    texts, made = written()
    assert {"attempt.take_over", "extra_time.give", "question.mend_key", "flag.settle"} <= texts
    assert made == set(PUT_TOGETHER)
    codes = texts.union(*PUT_TOGETHER.values())
    assert len(codes) > 50
    assert [code for code in sorted(codes) if acts.in_words(code) == code] == []


def test_no_name_is_left_in_english():
    for word in (*acts.NOUNS.values(), *acts.VERBS.values()):
        with translation.override("en"):
            english = str(word)
        assert str(word) != english or english == "Video"


@pytest.mark.parametrize("code", ["", "x", "unit.", ".change", "unit.gone", "what.change", "a.b.c"])
def test_a_code_nobody_named_is_shown_as_it_is(code):
    assert acts.in_words(code) == code


@pytest.mark.django_db
def test_the_log_is_listed_and_filtered_in_words(client):
    contest = make_contest()
    client.force_login(make_organizer(contest))
    for action in ("unit.disqualify", "code.reissued", "gone.by"):
        audit.record(
            action=action, target="row 1", actor=None, contest=contest.slug, reason="x", now=NOW
        )
    page = client.get("/admin/accounts/auditentry/").text
    for said in ("Đơn vị: hủy kết quả", "Mã dự thi: cấp lại", "gone.by"):
        assert said in page
    found = client.get("/admin/accounts/auditentry/", {"act": "code.reissued"}).context["cl"]
    assert [entry.action for entry in found.queryset] == ["code.reissued"]
    entry = found.queryset.get()
    assert "Mã dự thi: cấp lại" in client.get(f"/admin/accounts/auditentry/{entry.pk}/change/").text
    for odd in ("\0", "x" * 3000, "1", "unit.change"):
        assert not client.get("/admin/accounts/auditentry/", {"act": odd}).context["cl"].queryset
