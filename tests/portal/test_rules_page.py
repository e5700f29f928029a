"""The rules people read say what the settings say (C4)."""

import datetime as dt
from decimal import Decimal

import pytest

from contests.models import BlueprintRow, Contest, Quiz, SettingChange
from portal.rules_page import Settings, sections
from portal.rules_parts import file_size
from scoring.models import AwardTier, Criterion

MOMENT = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)


def contest_with(**changes) -> Contest:
    windows = {
        "video_opens_at": MOMENT,
        "video_closes_at": MOMENT + dt.timedelta(days=14),
        "judging_opens_at": MOMENT + dt.timedelta(days=20),
        "judging_closes_at": MOMENT + dt.timedelta(days=25),
    }
    return Contest(name="Hội thi", slug="hoi-thi", year=2026, **{**windows, **changes})


class LoadedQuiz(Quiz):
    """A quiz whose blueprint needs no database."""

    class Meta:
        app_label = "contests"
        proxy = True

    def question_count(self) -> int:
        return 15


def quiz_with(**changes) -> Quiz:
    return LoadedQuiz(name="Đợt 1", opens_at=MOMENT, closes_at=MOMENT, **changes)


def rules(contest: Contest, **parts) -> str:
    parts.setdefault("quizzes", [quiz_with()])
    pages = sections(Settings(contest=contest, **parts))
    return "\n".join(text for page in pages for text in (page.heading, *page.paragraphs))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"unit_rule": "mean"}, "Là trung bình kết quả của tất cả thí sinh dự thi"),
        ({"unit_rule": "top_n", "unit_rule_n": 7}, "Là trung bình 7 kết quả cao nhất"),
        ({"unit_rule": "top_n", "unit_rule_n": 7}, "mỗi suất còn thiếu tính 0 điểm"),
        ({"unit_rule": "best"}, "thí sinh có điểm cao nhất"),
        (
            {"unit_rule": "mean_turnout", "turnout_target": 65},
            "dưới 65% thì nhân với tỷ lệ tham gia ÷ 65%",
        ),
        (
            {"min_participants": 4},
            "lấy tổng kết quả của các thí sinh chia cho 4",
        ),
        (
            {"quiz_weight": 30, "video_weight": 70},
            "Tổng điểm = (30 × điểm trắc nghiệm + 70 × điểm video) ÷ 100.",
        ),
        ({"quiz_weight": 30, "video_weight": 70}, "cao nhất có thể đạt là 30"),
        (
            {"unit_chain": ["quiz", "turnout"]},
            "lần lượt xét: điểm trắc nghiệm cao hơn; tỷ lệ tham gia cao hơn.",
        ),
        (
            {"person_chain": ["finished_at", "seconds"]},
            "lần lượt xét: thời điểm nộp bài sớm hơn; thời gian làm bài ngắn hơn, tính bằng giây.",
        ),
        ({"judge_aggregate": "mean"}, "Điểm video là trung bình cộng"),
        ({"judge_aggregate": "median"}, "Điểm video là trung vị"),
        ({"judge_aggregate": "trimmed"}, "bỏ một điểm cao nhất và một điểm thấp nhất"),
        ({"video_min_seconds": 30, "video_max_seconds": 300}, "dài từ 30 giây đến 5 phút"),
        ({"video_max_bytes": 100 * 1024**2}, "không quá 100 MB"),
        ({"videos_per_unit": 2}, "nộp tối đa 2 video"),
        ({"objection_days": 5}, "nhận kiến nghị là 5 ngày"),
        ({"award_needs_both": True}, "tham gia đủ cả phần thi trắc nghiệm và phần thi video"),
        ({"self_registration": True}, "có thể tự đăng ký"),
    ],
)
def test_a_setting_is_printed(changes, said):
    assert said in rules(contest_with(**changes))


@pytest.mark.parametrize(
    ("changes", "unsaid"),
    [
        ({"unit_rule": "mean"}, "kết quả cao nhất của đơn vị"),
        ({"min_participants": 1}, "chia cho 1"),
        ({"award_needs_both": False}, "tham gia đủ cả"),
        ({"self_registration": False}, "tự đăng ký"),
        ({"unit_chain": []}, "bằng tổng điểm thì"),
        ({"quiz_weight": 100, "video_weight": 0}, "Video cần đạt"),
        ({"video_chain": []}, "bằng điểm thì lần lượt xét"),
    ],
)
def test_what_is_not_set_is_not_printed(changes, unsaid):
    assert unsaid not in rules(contest_with(**changes))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Đợt 1: 15 câu hỏi, làm trong 10 phút. Mỗi người thi một lượt."),
        ({"duration_seconds": 90}, "làm trong 1 phút 30 giây"),
        ({"attempts_allowed": 3, "counted": "best"}, "tối đa 3 lượt; lấy lượt cao nhất"),
        ({"attempts_allowed": 3, "counted": "first"}, "tối đa 3 lượt; lấy lượt đầu tiên"),
        ({"attempts_allowed": 0, "counted": "last"}, "không giới hạn; lấy lượt cuối cùng"),
        ({"prediction_kind": "perfect"}, "bao nhiêu người trả lời đúng tất cả"),
        ({"prediction_kind": "finished"}, "bao nhiêu lượt thi hoàn thành"),
    ],
)
def test_a_quiz_is_printed(changes, said):
    assert said in rules(contest_with(), quizzes=[quiz_with(**changes)])


def test_the_prediction_breaks_ties_only_where_one_is_asked():
    assert "dự đoán" not in rules(contest_with())
    asked = rules(contest_with(), quizzes=[quiz_with(prediction_kind="perfect")])
    assert "số dự đoán gần đúng hơn" in asked


def test_criteria_and_awards_are_printed_in_their_order():
    said = rules(
        contest_with(),
        criteria=[
            Criterion(name="Nội dung", max_marks=Decimal(60)),
            Criterion(name="Kỹ thuật", max_marks=Decimal("39.5")),
        ],
        tiers=[
            AwardTier(scope="unit", name="Giải Nhất", count=1),
            AwardTier(scope="unit", name="Giải Ba", count=2),
            AwardTier(scope="person", name="Giải cá nhân", count=5),
        ],
    )
    assert "Nội dung (60 điểm); Kỹ thuật (39,5 điểm)" in said
    assert "Giải tập thể: 1 Giải Nhất; 2 Giải Ba." in said
    assert "Giải cá nhân: 5 Giải cá nhân." in said
    assert "chưa công bố cơ cấu giải thưởng" not in said


def test_changes_after_freezing_carry_date_values_and_reason():
    change = SettingChange(
        at=dt.datetime(2026, 12, 2, 18, tzinfo=dt.UTC),
        target="judge_aggregate",
        before="mean",
        after="median",
        reason="Theo Công văn số 12",
    )
    said = rules(contest_with(), changes=[change])
    # 18:00 UTC is the next day in Viet Nam.
    assert "03/12/2026" in said
    assert "Lý do: Theo Công văn số 12" in said
    assert "median" not in said
    assert "Nội dung điều chỉnh" not in rules(contest_with())


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (2 * 1024**3, "2 GB"),
        (1024**3 + 200 * 1024**2, "1,1 GB"),
        (200 * 1024**2, "200 MB"),
        (1500, "1 KB"),
    ],
)
def test_sizes_are_rounded_down(size, said):
    assert file_size(size) == said


@pytest.mark.django_db
def test_the_page_counts_the_questions_of_the_blueprint(client):
    from tests.portal.cast import Stage

    stage = Stage()
    BlueprintRow.objects.filter(quiz=stage.quiz).update(count=12)
    said = client.get(f"/{stage.contest.slug}/").content.decode()
    assert "12 câu hỏi, làm trong 10 phút" in said
