"""Practice quizzes: a bank of their own, open to everybody, and no part of what counts."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import AuditEntry
from contests import registration
from contests.models import (
    Contest,
    Exclusion,
    Participant,
    Phase,
    Question,
    Quiz,
    SettingChange,
    StartRefused,
)
from contests.models.quizzes import bank_of
from scoring.models import AwardTier
from scoring.models.results import Scope
from tests.contests.admin_pages import DAY, at, change, errors, submit
from tests.contests.quizzes import HOUR, MINUTE, make_bank, make_participant, make_quiz, start
from tests.make import make_contest, make_judge, make_organizer

pytestmark = pytest.mark.django_db

HEAD = "Chủ đề,Câu hỏi,Phương án A,Phương án B,Đáp án"


def make_practice(contest: Contest, questions: int = 3, **fields) -> Quiz:
    """Give the contest a practice bank and a quiz that draws all of it; open now."""
    make_bank(contest, questions)
    Question.objects.filter(contest=contest, is_practice=False).update(is_practice=True)
    return make_quiz(
        contest, questions=questions, slug="thi-thu", name="Làm quen", is_practice=True, **fields
    )


@pytest.fixture
def contest() -> Contest:
    return make_contest()


@pytest.fixture
def practice(contest) -> Quiz:
    return make_practice(contest)


@pytest.fixture
def ranked(contest, practice) -> Quiz:
    """The quiz that counts, with a bank of the same numbers; it opens tomorrow."""
    make_bank(contest, 3)
    now = timezone.now()
    return make_quiz(contest, opens_at=now + DAY, closes_at=now + 2 * DAY)


@pytest.fixture
def lý(contest, client):
    user = make_organizer(contest, "Trần Thị Lý")
    client.force_login(user)
    return user


def csv(*rows: str) -> bytes:
    return "\n".join((HEAD, *rows)).encode()


# --- two banks ------------------------------------------------------------------------------------


def test_a_paper_is_drawn_from_its_own_bank_alone(contest, practice, ranked) -> None:
    Quiz.objects.filter(pk=ranked.pk).update(opens_at=timezone.now() - HOUR)
    ranked.refresh_from_db()

    for quiz, is_practice in ((practice, True), (ranked, False)):
        drawn = {item["q"] for item in start(quiz).paper}
        own = contest.questions.filter(is_practice=is_practice)
        assert drawn == set(own.values_list("pk", flat=True))


def test_a_bank_that_is_too_small_is_not_filled_from_the_other(contest, practice, ranked) -> None:
    practice.blueprint.update(count=4)

    with pytest.raises(StartRefused, match="Đề của phần thi"):
        start(practice)
    assert len(bank_of(contest.pk, practice=True)) == len(bank_of(contest.pk)) == 3


def test_numbers_are_counted_bank_by_bank(client, lý, contest, practice, ranked) -> None:
    url = f"{at('question', 'add')}?contest={contest.pk}"
    choices = {"choice_A": "Sở", "choice_B": "Phòng", "right": ["B"]}

    assert submit(client, url, text="Ai làm thử?", is_practice="on", **choices).status_code == 302
    assert submit(client, url, text="Ai làm thật?", **choices).status_code == 302

    made = contest.questions.filter(number=4).values_list("is_practice", "text")
    assert set(made) == {(True, "Ai làm thử?"), (False, "Ai làm thật?")}
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.create(contest=contest, is_practice=True, number=4, text="x")


def test_what_people_have_tried_is_not_asked_when_it_counts(client, lý, contest, practice) -> None:
    url = f"{at('question', 'add')}?contest={contest.pk}"
    text = practice.contest.questions.get(number=1).text
    choices = {"choice_A": "Sở", "choice_B": "Phòng", "right": ["B"]}

    said = errors(submit(client, url, text=text, **choices))

    assert said["text"] == ["Câu số 1 trong ngân hàng thi thử đã có nội dung này."]
    assert not contest.questions.filter(is_practice=False).exists()


def test_a_question_stays_in_its_bank(client, lý, contest, practice) -> None:
    question = contest.questions.get(number=1)

    submit(client, change("question", question.pk), text="Câu mới?", is_practice="")

    question.refresh_from_db()
    assert (question.text, question.is_practice) == ("Câu mới?", True)


def test_the_list_of_questions_tells_the_banks_apart(client, lý, contest, practice, ranked) -> None:
    def shown(**query: str) -> list[str]:
        page = client.get(at("question"), query)
        return [page.context["cl"].model_admin.shown_number(q) for q in page.context["cl"].queryset]

    assert shown() == ["1", "2", "3", "thi thử 1", "thi thử 2", "thi thử 3"]
    assert shown(bank="practice") == ["thi thử 1", "thi thử 2", "thi thử 3"]
    assert shown(bank="contest") == ["1", "2", "3"]
    assert len(shown(bank="x")) == 6


# --- the import -----------------------------------------------------------------------------------


def test_the_command_loads_the_practice_bank_and_a_second_run_changes_nothing(
    contest, tmp_path, capsys
) -> None:
    make_bank(contest, 2)
    file = tmp_path / "thu.csv"
    file.write_bytes(csv("Số,Thử một?,Có,Không,A", "Số,Thử hai?,Có,Không,B"))

    for said in ("2 dòng mới, 0 dòng thay đổi", "0 dòng mới, 0 dòng thay đổi, 2 dòng giữ nguyên"):
        call_command("import_questions", contest.slug, str(file), "--practice")
        assert said in capsys.readouterr().out

    loaded = contest.questions.filter(is_practice=True).order_by("number")
    assert list(loaded.values_list("number", "text")) == [(1, "Thử một?"), (2, "Thử hai?")]
    assert contest.questions.filter(is_practice=False).count() == 2
    entry = AuditEntry.objects.get(action="practice_questions.import")
    assert entry.after == {"created": 2, "changed": 0}


@pytest.mark.parametrize("practice_first", [True, False])
def test_a_question_of_the_other_bank_is_refused_with_its_line(
    contest, tmp_path, capsys, practice_first
) -> None:
    first, second = (["--practice"], []) if practice_first else ([], ["--practice"])
    file = tmp_path / "thu.csv"
    file.write_bytes(csv("Số,Một?,Có,Không,A"))
    call_command("import_questions", contest.slug, str(file), *first)
    file.write_bytes(csv("Số,Hai?,Có,Không,A", "Số,Một?,Có,Không,A"))

    with pytest.raises(CommandError):
        call_command("import_questions", contest.slug, str(file), *second)

    assert "3: Câu hỏi: Câu số 1 trong ngân hàng" in capsys.readouterr().err
    assert contest.questions.count() == 1


def test_papers_of_practice_do_not_shut_the_bank_that_counts(
    contest, practice, ranked, tmp_path
) -> None:
    start(practice)
    file = tmp_path / "them.csv"
    file.write_bytes(csv("Số,Thêm một câu?,Có,Không,A"))

    call_command("import_questions", contest.slug, str(file))
    file.write_bytes(csv("Số,Thêm câu thử?,Có,Không,A"))
    with pytest.raises(CommandError):
        call_command("import_questions", contest.slug, str(file), "--practice")

    assert contest.questions.filter(is_practice=False).count() == 4
    assert contest.questions.filter(is_practice=True).count() == 3


def test_the_import_page_has_a_tick_for_questions_alone(client, lý, contest) -> None:
    def page(kind: str) -> str:
        return f"/admin/contests/contest/{contest.pk}/import/{kind}/"

    file = SimpleUploadedFile("thu.csv", csv("Số,Thử một?,Có,Không,A"))
    client.post(page("questions"), {"file": file, "store": "yes", "practice": "on"})

    assert contest.questions.get().is_practice
    assert "Nhập vào ngân hàng thi thử" in client.get(page("questions")).text
    for kind in ("units", "people"):
        assert 'name="practice"' not in client.get(page(kind)).text


# --- who may try, and what it does to the contest -------------------------------------------------


def test_who_may_not_compete_may_try(contest, practice, ranked) -> None:
    excluded = make_participant(contest, "Lê Văn Cấm")
    Exclusion.objects.create(contest=contest, full_name="Lê Văn Cấm", phone=excluded.phone)
    judge = make_participant(contest, "Võ Minh Khoa")
    user = make_judge(contest).user
    user.phone = judge.phone
    user.save()
    out = make_participant(contest, "Trần Văn Hủy", disqualified_reason="Thi hộ")
    opened = ranked.opens_at + MINUTE

    for person in (excluded, judge, out):
        assert start(practice, person=person).is_running
        with pytest.raises(StartRefused):
            start(ranked, person=person, now=opened)


def test_practice_opens_no_contest_and_freezes_nothing(contest, practice, ranked) -> None:
    now = timezone.now()
    Contest.objects.filter(pk=contest.pk).update(
        video_opens_at=now + DAY,
        video_closes_at=now + 2 * DAY,
        judging_opens_at=now + 3 * DAY,
        judging_closes_at=now + 4 * DAY,
    )
    contest.refresh_from_db()

    assert practice.is_open(now)
    assert contest.phase(now) == Phase.ANNOUNCED
    assert not contest.settings_are_frozen(now)
    assert contest.window_of_quizzes() == (ranked.opens_at, ranked.closes_at)
    assert contest.phase(ranked.opens_at) == Phase.OPEN
    assert contest.settings_are_frozen(ranked.opens_at)


def test_registration_ends_with_the_last_quiz_that_counts(contest, ranked) -> None:
    late = ranked.closes_at + 30 * DAY
    Quiz.objects.filter(is_practice=True).update(closes_at=late)

    assert registration.is_open(contest, now=ranked.closes_at - dt.timedelta(seconds=1))
    assert not registration.is_open(contest, now=ranked.closes_at)


def test_keys_of_practice_wait_for_the_last_practice_quiz_alone(contest, practice, ranked) -> None:
    later = make_quiz(contest, slug="thu-2", is_practice=True, closes_at=practice.closes_at + HOUR)

    assert not practice.keys_are_open(later.closes_at - MINUTE)
    assert practice.keys_are_open(later.closes_at + MINUTE)
    assert not ranked.keys_are_open(later.closes_at + MINUTE)


# --- the administration ---------------------------------------------------------------------------


def test_a_quiz_with_attempts_stays_what_it_is(client, lý, contest, practice) -> None:
    start(practice)

    said = errors(submit(client, change("quiz", practice.pk), is_practice=""))

    assert said == {
        "is_practice": [
            "Phần thi này đã có lượt thi hoặc giải thưởng nên không đổi được giữa thi thử và thi"
            " chính thức."
        ]
    }
    practice.refresh_from_db()
    assert practice.is_practice


def test_a_quiz_with_awards_cannot_be_practice(client, lý, contest, ranked) -> None:
    AwardTier.objects.create(
        contest=contest, scope=Scope.PERSON, quiz=ranked, order=1, name="Giải Nhất", count=1
    )

    assert "is_practice" in errors(submit(client, change("quiz", ranked.pk), is_practice="on"))


def test_awards_name_no_practice_quiz(client, lý, contest, practice, ranked) -> None:
    url = f"/admin/scoring/awardtier/add/?contest={contest.pk}"
    typed = {"scope": "person", "order": "1", "name": "Giải Nhất", "count": "1"}

    assert "quiz" in errors(submit(client, url, quiz=practice.pk, **typed))
    assert submit(client, url, quiz=ranked.pk, **typed).status_code == 302


def test_once_a_quiz_has_opened_none_changes_its_kind(client, lý, contest, practice) -> None:
    make_bank(contest, 3)
    ranked = make_quiz(contest)

    for quiz, ticked in ((ranked, "on"), (practice, "")):
        said = errors(submit(client, change("quiz", quiz.pk), is_practice=ticked, reason="x"))
        assert "không đổi được phần thi nào là thi chính thức" in said["is_practice"][0]


def test_without_attempts_and_before_the_opening_it_may_change(
    client, lý, contest, practice
) -> None:
    Quiz.objects.update(opens_at=timezone.now() + HOUR, closes_at=timezone.now() + DAY)

    assert submit(client, change("quiz", practice.pk), is_practice="").status_code == 302

    practice.refresh_from_db()
    assert not practice.is_practice


def test_a_frozen_contest_changes_practice_without_a_reason(client, lý, contest, practice) -> None:
    make_bank(contest, 3)
    make_quiz(contest)
    url = change("quiz", practice.pk)

    answer = submit(client, url, duration_seconds="900", **{"blueprint-0-count": "2"})

    assert answer.status_code == 302, errors(answer)
    opens = timezone.localtime() + DAY
    typed = {"name": "Thêm", "slug": "them", "is_practice": "on", "blueprint-0-count": "2"}
    for name, moment in (("opens_at", opens), ("closes_at", opens + DAY)):
        typed |= {f"{name}_0": f"{moment:%d/%m/%Y}", f"{name}_1": "08:00"}
    answer = submit(client, f"{at('quiz', 'add')}?contest={contest.pk}", **typed)
    assert answer.status_code == 302, errors(answer)
    assert contest.quizzes.get(slug="them").blueprint.get().count == 2
    assert not SettingChange.objects.exists()
    # One that counts still needs its reason.
    del typed["is_practice"]
    answer = submit(client, f"{at('quiz', 'add')}?contest={contest.pk}", **typed)
    assert "reason" in errors(answer)


def test_a_practice_question_changes_without_a_reason_until_it_is_on_a_paper(
    client, lý, contest, practice
) -> None:
    make_bank(contest, 3)
    make_quiz(contest)
    question = contest.questions.get(is_practice=True, number=1)
    url = change("question", question.pk)

    assert submit(client, url, text="Câu mới?").status_code == 302
    start(practice)
    assert "reason" in errors(submit(client, url, text="Câu khác?"))


def test_the_blueprint_offers_and_misses_what_is_in_its_own_bank(
    client, lý, contest, practice
) -> None:
    contest.questions.update(topic="Chủ đề thử")
    make_bank(contest, 3)
    contest.questions.filter(is_practice=False).update(topic="Chủ đề thật")
    practice.blueprint.update(count=4)

    page = client.get(change("quiz", practice.pk))

    inline = page.context["inline_admin_formsets"][0].formset
    topics = {value for value, _label in inline.forms[0].fields["topic"].choices}
    assert topics == {"", "Chủ đề thử"}
    assert "Ngân hàng thiếu 1 câu" in page.text


def test_lists_of_people_and_units_do_not_count_practice(client, lý, contest, practice) -> None:
    person = make_participant(contest)
    attempt = start(practice, person=person)
    attempt.submit(now=timezone.now())

    def found(state: str) -> int:
        return client.get(at("participant"), {"state": state}).context["cl"].result_count

    assert (found("finished"), found("not_started")) == (0, 1)
    page = client.get(at("participant"))
    assert page.context["cl"].model_admin.attempt_states(page.context["cl"].result_list[0]) == "–"
    assert client.get(at("unit")).context["cl"].result_list[0].finished_count in (0, None)
    assert "Thi thử: Làm quen: " in client.get(change("participant", person.pk)).text


# --- the participant's pages ----------------------------------------------------------------------


@pytest.fixture
def person(client, contest) -> Participant:
    person = make_participant(contest)
    client.force_login(person.user)
    return person


def test_the_quiz_page_puts_what_counts_first_and_labels_practice(
    client, contest, practice, ranked, person
) -> None:
    text = client.get(f"/{contest.slug}/quiz/").text

    assert text.index(f'id="quiz-{ranked.slug}"') < text.index(f'id="quiz-{practice.slug}"')
    assert text.count("Thi thử</span>") == 1
    assert text.count("Chỉ để làm quen.") == 1
    assert "Bắt đầu làm thử" in text


def test_the_result_of_practice_says_that_it_does_not_count(
    client, contest, practice, person
) -> None:
    attempt = start(practice, person=person)
    attempt.submit(now=timezone.now())
    address = f"/{contest.slug}/attempts/{attempt.pk}/result/"
    counts = "bài thi được tính cho đơn vị"

    text = client.get(address).text

    assert "Đây là bài thi thử, kết quả không được tính." in text
    assert "0 / 3" in text
    assert counts not in text
    # The same page of a quiz that counts says the opposite.
    Quiz.objects.update(is_practice=False)
    text = client.get(address).text
    assert counts in text
    assert "thi thử" not in text


def test_the_score_of_practice_waits_where_there_are_several_attempts(
    client, contest, practice, person
) -> None:
    Quiz.objects.update(attempts_allowed=0)
    attempt = start(practice, person=person)
    attempt.submit(now=timezone.now())
    address = f"/{contest.slug}/attempts/{attempt.pk}/result/"

    text = client.get(address).text
    assert "Số câu đúng</dt>" not in text
    assert "Số câu đúng được hiện sau khi phần thi đóng." in text
    Quiz.objects.update(closes_at=timezone.now() - MINUTE)
    assert "Số câu đúng</dt><dd>0 / 3" in client.get(address).text
