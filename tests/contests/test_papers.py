"""Papers: drawn from a seed, by the blueprint (rules: Q1, Q2)."""

import itertools
import time
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contests.papers import (
    BankChoice,
    BankQuestion,
    BankTooSmall,
    BlueprintRow,
    PaperQuestion,
    Shortage,
    draw,
    feasible,
    recognise_keep_last,
    recognise_options,
)

CHOICES = tuple(BankChoice(id=position + 10, position=position) for position in range(4))


def question(number, topic="", difficulty="", group="", **more):
    return BankQuestion(
        id=more.pop("id", number + 1000),
        number=number,
        topic=topic,
        difficulty=difficulty,
        exclusion_group=group,
        choices=more.pop("choices", CHOICES),
        **more,
    )


def paper_of(bank, *rows, seed="s", shuffle_questions=False, shuffle_choices=False):
    return draw(
        bank,
        [BlueprintRow(*row) for row in rows],
        seed=seed,
        shuffle_questions=shuffle_questions,
        shuffle_choices=shuffle_choices,
    )


def numbers(paper):
    return [item.question_id - 1000 for item in paper]


PLAIN = [question(number) for number in range(1, 31)]


def test_the_same_seed_gives_the_same_paper_on_every_machine():
    paper = paper_of(
        PLAIN, ("", "", 3), seed="lượt 1", shuffle_questions=True, shuffle_choices=True
    )
    # Worked out apart from the code: another Python or computer must draw this very paper.
    assert paper == (
        PaperQuestion(1010, (13, 12, 11, 10)),
        PaperQuestion(1015, (11, 10, 13, 12)),
        PaperQuestion(1008, (10, 12, 11, 13)),
    )


def test_database_ids_and_the_order_of_rows_do_not_matter():
    rows = [("", "", 5)]
    options = {"seed": 5, "shuffle_questions": True, "shuffle_choices": True}
    here = paper_of(PLAIN, *rows, **options)
    moved = [
        replace(item, id=item.id + 77, choices=tuple(reversed(item.choices)))
        for item in reversed(PLAIN)
    ]
    there = paper_of(moved, *rows, **options)
    assert [item.question_id + 77 for item in here] == [item.question_id for item in there]
    assert [item.choice_ids for item in here] == [item.choice_ids for item in there]


def test_another_seed_gives_another_paper():
    papers = {paper_of(PLAIN, ("", "", 15), seed=seed) for seed in range(50)}
    assert len(papers) == 50


def test_two_questions_of_one_number_are_refused():
    with pytest.raises(ValueError, match="same number"):
        paper_of([question(1), question(1, id=5)], ("", "", 1))


def test_each_row_gets_its_topic_and_difficulty():
    bank = [
        question(index, topic, difficulty)
        for index, (topic, difficulty, _) in enumerate(
            itertools.product(("A", "B"), ("easy", "hard"), range(5))
        )
    ]
    kinds = {item.number: (item.topic, item.difficulty) for item in bank}
    paper = paper_of(bank, ("A", "easy", 2), ("B", "", 3), ("", "hard", 4))
    drawn = [kinds[number] for number in numbers(paper)]
    assert drawn[:2] == [("A", "easy")] * 2
    assert [topic for topic, _ in drawn[2:5]] == ["B"] * 3
    assert [difficulty for _, difficulty in drawn[5:]] == ["hard"] * 4
    assert len(set(numbers(paper))) == 9


def test_unshuffled_questions_stand_by_row_and_number():
    bank = [question(number, "AB"[number % 2]) for number in range(1, 21)]
    drawn = numbers(paper_of(bank, ("B", "", 4), ("A", "", 4)))
    assert drawn[:4] == sorted(drawn[:4])
    assert all(number % 2 == 1 for number in drawn[:4])
    assert drawn[4:] == sorted(drawn[4:])
    assert all(number % 2 == 0 for number in drawn[4:])


def test_shuffled_questions_take_every_place():
    places = {
        (numbers(paper_of(PLAIN[:4], ("", "", 4), seed=seed, shuffle_questions=True))).index(1)
        for seed in range(60)
    }
    assert places == {0, 1, 2, 3}


def test_unshuffled_choices_stand_by_position():
    mixed = tuple(reversed(CHOICES))
    (item,) = paper_of([question(1, choices=mixed)], ("", "", 1))
    assert item.choice_ids == (10, 11, 12, 13)


def test_choices_marked_keep_last_stay_last_in_their_order():
    choices = (
        BankChoice(10, 0),
        BankChoice(11, 1, keep_last=True),
        BankChoice(12, 2),
        BankChoice(13, 3, keep_last=True),
    )
    seen = {
        paper_of([question(1, choices=choices)], ("", "", 1), seed=seed, shuffle_choices=True)[
            0
        ].choice_ids
        for seed in range(40)
    }
    assert seen == {(10, 12, 11, 13), (12, 10, 11, 13)}


def test_choices_of_a_fixed_order_question_are_not_shuffled():
    bank = [question(1, fixed_order=True)]
    seen = {
        paper_of(bank, ("", "", 1), seed=seed, shuffle_choices=True)[0].choice_ids
        for seed in range(40)
    }
    assert seen == {(10, 11, 12, 13)}


def test_every_order_of_the_choices_occurs():
    bank = [question(1)]
    seen = Counter(
        paper_of(bank, ("", "", 1), seed=seed, shuffle_choices=True)[0].choice_ids
        for seed in range(2400)
    )
    assert len(seen) == 24
    assert min(seen.values()) > 60  # 100 expected each


def test_questions_of_one_exclusion_group_never_meet():
    bank = [question(number, "AB"[number % 2], group=f"g{number // 4}") for number in range(40)]
    for seed in range(200):
        drawn = numbers(paper_of(bank, ("A", "", 5), ("B", "", 5), seed=seed))
        assert len({number // 4 for number in drawn}) == 10


def test_a_paper_is_found_where_careless_drawing_would_get_stuck():
    # A's only free group is g1 if B may keep g2, and so on along the chain.
    bank = [
        question(1, "A", group="g1"),
        question(2, "B", group="g1"),
        question(3, "B", group="g2"),
        question(4, "C", group="g2"),
        question(5, "C", group="g3"),
    ]
    for seed in range(50):
        drawn = paper_of(bank, ("C", "", 1), ("B", "", 1), ("A", "", 1), seed=seed)
        assert numbers(drawn) == [5, 3, 1]


def test_a_narrow_row_is_served_before_a_wide_one():
    bank = [question(1, "A"), question(2, "B")]
    for seed in range(20):
        assert numbers(paper_of(bank, ("", "", 1), ("A", "", 1), seed=seed)) == [2, 1]


def test_a_bank_too_small_names_the_row_and_what_is_missing():
    bank = [question(1, "A"), question(2, "A", group="g"), question(3, "A", group="g")]
    blueprint = [BlueprintRow("", "", 1), BlueprintRow("A", "", 3), BlueprintRow("B", "", 2)]
    expected = [
        Shortage(index=0, row=blueprint[0], missing=1),
        Shortage(index=1, row=blueprint[1], missing=1),
        Shortage(index=2, row=blueprint[2], missing=2),
    ]
    with pytest.raises(BankTooSmall, match="row 2: 1 missing") as refusal:
        draw(bank, blueprint, seed=1, shuffle_questions=True, shuffle_choices=True)
    assert list(refusal.value.shortages) == expected
    assert feasible(bank, blueprint) == expected
    assert feasible(bank, [BlueprintRow("A", "", 2)]) == []


def test_a_row_of_a_negative_count_is_refused():
    with pytest.raises(ValueError, match="fewer than 0"):
        BlueprintRow("", "", -1)


@pytest.mark.parametrize(
    "rows", [[("", "", 3)], [("A", "", 2), ("", "", 2)], [("A", "easy", 1), ("", "easy", 2)]]
)
def test_every_question_a_row_allows_is_drawn_by_some_seed(rows):
    bank = [
        question(number, "AB"[number % 2], ("easy", "hard")[number // 2 % 2], f"g{number // 3}")
        for number in range(18)
    ]
    allowed = {
        item.number
        for item in bank
        if any(
            topic in ("", item.topic) and level in ("", item.difficulty) for topic, level, _ in rows
        )
    }
    drawn = {number for seed in range(400) for number in numbers(paper_of(bank, *rows, seed=seed))}
    assert drawn == allowed


def test_equal_questions_are_drawn_equally_often():
    seen = Counter(
        number
        for seed in range(3000)
        for number in numbers(paper_of(PLAIN, ("", "", 10), seed=seed))
    )
    assert len(seen) == 30
    # 1,000 expected each, standard deviation 26: five of them either way.
    assert min(seen.values()) > 870
    assert max(seen.values()) < 1130


questions = st.lists(
    st.tuples(st.sampled_from("AB"), st.sampled_from("xy"), st.sampled_from(["", "g", "h", "i"])),
    max_size=7,
)
blueprints = st.lists(
    st.tuples(st.sampled_from(["", "A", "B"]), st.sampled_from(["", "x"]), st.integers(0, 3)),
    max_size=3,
)


def is_paper(chosen, rows):
    """Whether these questions, in this order, fill the rows one after the other."""
    wanted = [(topic, level) for topic, level, count in rows for _ in range(count)]
    groups = [item.exclusion_group for item in chosen if item.exclusion_group]
    return len(groups) == len(set(groups)) and all(
        topic in ("", item.topic) and level in ("", item.difficulty)
        for item, (topic, level) in zip(chosen, wanted, strict=True)
    )


@given(questions, blueprints, st.integers())
def test_a_paper_is_drawn_exactly_when_one_exists(raw, rows, seed):
    bank = [question(number, *kind) for number, kind in enumerate(raw)]
    size = sum(count for _, _, count in rows)
    if size > 5:
        return
    exists = any(is_paper(chosen, rows) for chosen in itertools.permutations(bank, size))
    assert (feasible(bank, [BlueprintRow(*row) for row in rows]) == []) == exists
    if exists:
        drawn = [bank[number] for number in numbers(paper_of(bank, *rows, seed=seed))]
        assert len({item.number for item in drawn}) == size
        assert is_paper(drawn, rows)
    else:
        with pytest.raises(BankTooSmall):
            paper_of(bank, *rows, seed=seed)


def test_drawing_15_of_300_takes_about_a_millisecond_at_most():
    bank = [question(number, f"T{number % 5}", group=f"g{number // 3}") for number in range(300)]
    rows = [BlueprintRow(f"T{index}", "", 3) for index in range(5)]
    fastest = min(
        _seconds(
            lambda seed=seed: draw(
                bank, rows, seed=seed, shuffle_questions=True, shuffle_choices=True
            )
        )
        for seed in range(30)
    )
    assert fastest < 0.002  # 0.0003 measured


def _seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


@pytest.mark.parametrize(
    "text",
    [
        "Tất cả các ý trên",
        "Tất cả các phương án trên đều đúng.",
        "TẤT CẢ ĐỀU ĐÚNG",
        "Tất cả các cơ quan nêu trên",
        "Tất cả các nội dung trên đây",
        "Toàn bộ các nội dung nêu trên",
        "Tất cả",
        "Cả ba phương án trên",
        "Cả 3 đáp án trên đều đúng",
        "Cả hai",
        "Các ý trên đều sai",
        "Không có phương án nào đúng",
        "Không có đáp án nào đúng",
        "Không đáp án nào đúng",
        "Không phương án nào trong các phương án trên",
        "Không thuộc các trường hợp trên",
        "Phương án khác",
        "Ý kiến khác",
        "All of the above",
    ],
)
def test_option_that_speaks_of_the_others_is_kept_last(text):
    assert recognise_keep_last(text) == (True, False)


@pytest.mark.parametrize(
    "text",
    [
        "Cả A và B",
        "Cả A, B, C đều đúng",
        "A và C đúng",
        "Phương án A và B",
        "Cả a và b đều sai",
        "Cả (a) và (b)",
        "Chỉ A đúng",
        "Chỉ có A và B",
        "A đúng, B sai",
        "Cả 3 phương án A, B, C",
        "Ý A và ý B",
        "Cả A và C đều không đúng",
        "Cả A & B",
    ],
)
def test_option_that_names_letters_fixes_the_order(text):
    assert recognise_keep_last(text) == (True, True)


@pytest.mark.parametrize(
    "text",
    [
        "Sở Nội vụ",
        "Cả nước",
        "A",
        "Nhóm A và nhóm B",
        "Dự án nhóm A",
        "Bên A và bên B",
        "Điểm a và điểm b khoản 1 Điều 5",
        "Tất cả các cơ quan cấp trên",
        "Tất cả các lĩnh vực trên địa bàn tỉnh",
        "Tất cả các xã, phường, thị trấn",
        "5 ngày",
        "Hai năm",
        "03 phương án",
        "Không quá 03 ngày",
        "Không có thời hạn",
        "Đúng",
        "Sai",
        "",
    ],
)
def test_ordinary_option_is_left_free(text):
    assert recognise_keep_last(text) == (False, False)


@pytest.mark.parametrize(
    ("texts", "keep_last", "fixed_order"),
    [
        (["3 ngày", "5 ngày", "7 ngày", "9 ngày"], [0, 0, 0, 0], False),
        (["3 ngày", "5 ngày", "7 ngày", "Tất cả các ý trên"], [0, 0, 0, 1], False),
        (["x", "y", "Cả hai ý trên đều đúng", "Cả hai ý trên đều sai"], [0, 0, 1, 1], False),
        (["x", "y", "z", "Cả A và B"], [0, 0, 0, 1], True),
        (["x", "y", "Cả hai ý trên", "z"], [0, 0, 1, 0], True),  # speaks of x and y only
        (["x", "y", "z", "Hai ý trên"], [0, 0, 0, 1], True),
        (["x", "Tất cả các ý trên", "y", "z"], [0, 1, 0, 0], True),
    ],
)
def test_order_is_fixed_where_moving_an_option_would_change_it(texts, keep_last, fixed_order):
    assert recognise_options(texts) == (tuple(map(bool, keep_last)), fixed_order)
