"""Questions from a table: found by text, created or changed, choices recognised (rules: Q2)."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from accounts.models import User
from contests import names, papers
from contests.bank import next_number
from contests.importing.report import Report
from contests.importing.tables import Row, Table
from contests.models import Attempt, Choice, Contest, Question

LETTERS = "ABCDEF"
HEADINGS = {
    "topic": ("Chủ đề", "Topic"),
    "text": ("Câu hỏi", "Nội dung câu hỏi", "Question"),
    **{letter: (f"Phương án {letter}", f"Choice {letter}", letter) for letter in LETTERS},
    "answer": ("Đáp án", "Answer"),
    "legal_basis": ("Căn cứ pháp lý", "Legal basis"),
    "difficulty": ("Mức độ", "Difficulty"),
    "exclusion_group": ("Nhóm loại trừ", "Exclusion group"),
    "explanation": ("Giải thích", "Explanation"),
}
REQUIRED = ("text", "A", "B", "answer")
EXAMPLE = (
    "Một cửa",
    "Theo Nghị định 61/2018/NĐ-CP, thước đo chất lượng phục vụ là gì?",
    "Số lượng hồ sơ đã tiếp nhận",
    "Sự hài lòng của tổ chức, cá nhân",
    "Số cuộc họp đã tổ chức",
    "Kết quả tự đánh giá của cơ quan",
    "",
    "",
    "B",
    "Nghị định 61/2018/NĐ-CP, Điều 4",
    "Dễ",
    "ND61",
    "",
)
DIFFICULTIES = {
    "de": Question.Difficulty.EASY,
    "easy": Question.Difficulty.EASY,
    "trung binh": Question.Difficulty.MEDIUM,
    "medium": Question.Difficulty.MEDIUM,
    "": Question.Difficulty.MEDIUM,
    "kho": Question.Difficulty.HARD,
    "hard": Question.Difficulty.HARD,
}
PLAIN_FIELDS = (
    "topic",
    "difficulty",
    "legal_basis",
    "explanation",
    "exclusion_group",
    "fixed_order",
)


class QuestionRow(forms.Form):
    topic = forms.CharField(max_length=120, required=False)
    text = forms.CharField(max_length=2000)
    answer = forms.CharField(max_length=20)
    legal_basis = forms.CharField(max_length=300, required=False)
    difficulty = forms.CharField(max_length=20, required=False)
    exclusion_group = forms.CharField(max_length=60, required=False)
    explanation = forms.CharField(max_length=2000, required=False)

    def clean_difficulty(self) -> str:
        key = names.search_key(str(self.cleaned_data["difficulty"]))
        if key not in DIFFICULTIES:
            raise forms.ValidationError(_("Enter easy, medium or hard."))
        return DIFFICULTIES[key]

    def clean_answer(self) -> set[int]:
        letters = re.findall(r"[^\s,;/+]+", str(self.cleaned_data["answer"]).upper())
        if not letters or any(letter not in LETTERS or len(letter) != 1 for letter in letters):
            raise forms.ValidationError(_("Enter the letter of the right choice, for example B."))
        return {LETTERS.index(letter) for letter in letters}


def store(
    table: Table,
    *,
    contest: Contest,
    by: User | None,
    now: dt.datetime,
    practice: bool = False,
) -> Report:
    """Check every row, then write; refused where papers have been drawn from the bank already.

    `practice` loads into the bank to practise on, which shares no question with the other: what
    people have tried must not be asked when it counts (rules: Q1, Q10).
    """
    report = Report()
    elsewhere = dict(
        Question.objects.filter(contest=contest, is_current=True)
        .exclude(is_practice=practice)
        .values_list("search_key", "number")
    )
    checked: list[dict[str, Any]] = []
    lines: dict[str, int] = {}
    for row in table.rows:
        values = _values(table, row, report)
        if values is None:
            continue
        if values["text"] in lines:
            report.refuse(
                table,
                row,
                "text",
                _("Line %(line)s has this question already.") % {"line": lines[values["text"]]},
            )
            continue
        lines[values["text"]] = row.line
        if number := elsewhere.get(names.search_key(values["text"])):
            report.refuse(table, row, "text", in_both_banks(number, practice=practice))
            continue
        checked.append(values)
    if report.ok:
        _write(checked, contest, report, practice=practice)
    if report.ok and (report.created or report.changed) and _in_use(contest, practice=practice):
        report.refuse(
            table,
            table.rows[0],
            "text",
            _("People have drawn papers already; the bank no longer changes by import."),
        )
    return report


def in_both_banks(number: int, *, practice: bool) -> str:
    """Say that the other bank has this text: practice would give away what counts."""
    if practice:
        return _("Question %(number)s of the contest's own bank has this text.") % {
            "number": number
        }
    return _("Question %(number)s of the practice bank has this text.") % {"number": number}


def _in_use(contest: Contest, *, practice: bool) -> bool:
    return Attempt.objects.filter(quiz__contest=contest, quiz__is_practice=practice).exists()


def _values(table: Table, row: Row, report: Report) -> dict[str, Any] | None:
    form = QuestionRow(row.values)
    if not form.is_valid():
        report.refuse_form(table, row, form)
        return None
    values = dict(form.cleaned_data)
    texts = [names.clean_text(row.values[letter]) for letter in LETTERS]
    while texts and not texts[-1]:
        texts.pop()
    problem = ""
    if len(texts) < 2:
        problem = _("At least two choices are needed.")
    elif not all(texts):
        problem = _("A choice in between is empty.")
    elif len({names.search_key(text) for text in texts}) < len(texts):
        problem = _("Two choices are the same.")
    elif any(len(text) > 500 for text in texts):
        problem = _("A choice is longer than 500 characters.")
    if problem:
        report.refuse(table, row, "A", problem)
        return None
    answer = values.pop("answer")
    if max(answer) >= len(texts):
        report.refuse(table, row, "answer", _("The right choice is empty."))
        return None
    keep_last, values["fixed_order"] = papers.recognise_options(texts)
    values["choices"] = [
        (text, position in answer, keep_last[position]) for position, text in enumerate(texts)
    ]
    values["text"] = names.clean_text(values["text"])
    return values


def _write(
    checked: list[dict[str, Any]], contest: Contest, report: Report, *, practice: bool
) -> None:
    bank = {
        question.text: question
        for question in Question.objects.filter(
            contest=contest, is_practice=practice, is_current=True
        ).prefetch_related("choices")
    }
    number = next_number(contest, practice)
    for values in checked:
        choices = values.pop("choices")
        question = bank.get(values["text"])
        if question is None:
            question = Question(
                contest=contest, is_practice=practice, number=number, text=values["text"]
            )
            number += 1
            report.created += 1
        elif _same(question, values, choices):
            report.unchanged += 1
            continue
        else:
            report.changed += 1
        for name in PLAIN_FIELDS:
            setattr(question, name, values[name])
        question.search_key = names.search_key(question.text)
        question.save()
        question.choices.all().delete()
        Choice.objects.bulk_create(
            Choice(
                question=question,
                position=position,
                text=text,
                is_correct=is_correct,
                keep_last=keep,
            )
            for position, (text, is_correct, keep) in enumerate(choices)
        )


def _same(
    question: Question, values: dict[str, Any], choices: list[tuple[str, bool, bool]]
) -> bool:
    stored = sorted(question.choices.all(), key=lambda choice: choice.position)
    return [(c.text, c.is_correct, c.keep_last) for c in stored] == choices and all(
        getattr(question, name) == values[name] for name in PLAIN_FIELDS
    )
