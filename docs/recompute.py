#!/usr/bin/env python3
"""Computes a contest's ranking and awards again from its archive, with Python alone.

    python3 recompute.py ARCHIVE.zip            the ranking and the awards, as text
    python3 recompute.py ARCHIVE.zip --json     every line, as JSON
    python3 recompute.py inputs.json            the same from the one file that matters
    python3 recompute.py PUBLIC.zip             whether the published figures hold

It shares no line with the program it checks: the rules are those of docs/archive.md and
docs/rules.md, whose numbers stand beside the code. All arithmetic is of ratios of whole numbers;
points are rounded half up to two places at three places only: Q, V and the total.

Exit 0; 1 where the archive is damaged, 2 on wrong usage. Needs Python 3.10 or newer.
"""

import argparse
import hashlib
import json
import pathlib
import sys
import zipfile
from fractions import Fraction


class Damaged(Exception):
    """The archive is not what it says it is, or its rows contradict each other."""


# --- reading --------------------------------------------------------------------------------------
def read(path):
    """Return (the inputs, their SHA-256). Every file of an archive is compared with its list."""
    if not zipfile.is_zipfile(path):
        data = pathlib.Path(path).read_bytes()
        return json.loads(data), hashlib.sha256(data).hexdigest()
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        listed = {entry["name"]: entry["sha256"] for entry in manifest["files"]}
        stored = [name for name in archive.namelist() if name != "manifest.json"]
        if sorted(stored) != sorted(listed):
            raise Damaged("its files are not those of its list")
        for name in stored:
            if hashlib.sha256(archive.read(name)).hexdigest() != listed[name]:
                raise Damaged(f"{name} is not what it was")
        data = archive.read(manifest.get("data", "inputs.json"))
    digest = hashlib.sha256(data).hexdigest()
    if digest != manifest["digest"]:
        raise Damaged("the data have another digest than the archive says")
    return json.loads(data), digest


def half_up(value):
    """Two places, halves upward, as text: 129/16 is 8.06, 161/200 is 0.81."""
    hundredths = (value * 200 + 1) // 2
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def mean(values):
    values = list(values)
    return sum(values, Fraction(0)) / len(values) if values else Fraction(0)


def ranked(lines, key):
    """Give each line its place: 1, 2, 2, 4 (S8). `key` may hold None: it comes last."""
    found = sorted(lines, key=lambda line: comparable(key(line)))
    for place, line in enumerate(found, start=1):
        tied = place > 1 and key(line) == key(found[place - 2])
        line["rank"] = found[place - 2]["rank"] if tied else place
    return found


def comparable(key):
    return [(part is None, 0 if part is None else part) for part in key]


# --- people (S1, S5, Q9, Q11) ---------------------------------------------------------------------
def counts(person):
    return person["registered"] and not person["disqualified_reason"]


def percentage(attempt):
    if not attempt["questions"]:
        return Fraction(0)  # every question was dropped
    return Fraction(100 * attempt["correct"], attempt["questions"])


def person_key(chain, line):
    """Percentage first, then the chain; no prediction comes last."""
    parts = {
        "seconds": line["seconds"],
        "prediction": line["gap"],
        "finished_at": line["finished_at"],
    }
    return [-line["percentage"], *(parts[name] for name in chain)]


def people_of(inputs, quiz):
    """One line a person: the attempt that counts (Q1)."""
    chain = inputs["settings"]["person_chain"]
    people = {person["number"]: person for person in inputs["people"]}
    own = {}
    for attempt in inputs["attempts"]:
        if attempt["quiz"] == quiz["slug"]:
            own.setdefault(attempt["person_number"], []).append(attempt)
    actual = predicted(quiz, own, people)

    def line(number, attempt):
        guess = attempt["prediction"]
        return {
            "quiz": quiz["slug"],
            "number": number,
            "person": people[number],
            "attempt": attempt["number"],
            "percentage": percentage(attempt),
            "seconds": attempt["duration_ms"] // 1000,
            "gap": None if actual is None or guess is None else abs(guess - actual),
            "finished_at": attempt["finished_at"],
            "rank": None,
        }

    lines = []
    for number, attempts in own.items():
        attempts.sort(key=lambda attempt: attempt["number"])
        tried = [line(number, attempt) for attempt in attempts]
        if quiz["counted"] == "first":
            lines.append(tried[0])
        elif quiz["counted"] == "last":
            lines.append(tried[-1])
        else:  # the best: the one that would rank first; of equal ones the earliest
            lines.append(min(tried, key=lambda line: comparable(person_key(chain, line))))
    in_order = sorted(lines, key=lambda line: (line["person"]["name_sort_key"], line["number"]))
    return ranked(
        [line for line in in_order if counts(line["person"])],
        lambda line: person_key(chain, line),
    ) + [line for line in in_order if not counts(line["person"])]


def predicted(quiz, own, people):
    """What the prediction question asked for, over the people who count (Q11)."""
    if quiz["prediction_kind"] == "none":
        return None
    counting = [attempts for number, attempts in own.items() if counts(people[number])]
    if quiz["prediction_kind"] == "finished":
        return sum(len(attempts) for attempts in counting)

    def perfect(attempt):
        return attempt["questions"] > 0 and attempt["correct"] == attempt["questions"]

    def has_perfect(attempts):
        ordered = sorted(attempts, key=lambda attempt: attempt["number"])
        picked = {"first": ordered[:1], "last": ordered[-1:]}.get(quiz["counted"], ordered)
        return any(perfect(attempt) for attempt in picked)

    return sum(has_perfect(attempts) for attempts in counting)


def person_eligible(line):
    person = line["person"]
    return counts(person) and not person["ineligible_reason"]


# --- videos (M2, M5, S7) --------------------------------------------------------------------------
def videos_of(inputs):
    """The videos in order, and the aggregate that applied to all of them."""
    settings = inputs["settings"]
    criteria = [c["key"] for c in sorted(inputs["criteria"], key=lambda c: (c["order"], c["key"]))]
    units = {unit["code"]: unit for unit in inputs["units"]}
    sheets = {}
    for sheet in inputs["sheets"]:
        if not sheet["excused_reason"]:
            marks = [Fraction(sheet["marks"][key]) for key in criteria]
            sheets.setdefault((sheet["unit_code"], sheet["slot"]), []).append(marks)

    lines = []
    for video in sorted(inputs["videos"], key=lambda video: (video["unit_code"], video["slot"])):
        given = sheets.get((video["unit_code"], video["slot"]), [])
        lines.append({**video, "sheets": given, "rank": None})
    method = settings["judge_aggregate"]
    if method == "trimmed" and any(
        len(line["sheets"]) < 5 for line in lines if not line["disqualified_reason"]
    ):
        method = "mean"
    for line in lines:
        totals = sorted(sum(marks, Fraction(0)) for marks in line["sheets"])
        line["exact"] = aggregate(totals, method)
        line["criteria"] = [mean(of_one) for of_one in zip(*line["sheets"], strict=True)]
        line["points"] = half_up(line["exact"])
        line["eligible"] = not (
            line["disqualified_reason"]
            or line["ineligible_reason"]
            or units[line["unit_code"]]["disqualified_reason"]
            or not line["sheets"]
        )

    def key(line):
        by_criterion = line["criteria"] if "criteria" in settings["video_chain"] else []
        return [-line["exact"], *(-marks for marks in by_criterion)]

    inside = [line for line in lines if line["sheets"] and not line["disqualified_reason"]]
    outside = [line for line in lines if not line["sheets"] or line["disqualified_reason"]]
    return ranked(inside, key) + outside, method


def aggregate(totals, method):
    """Points from the sorted totals of the sheets that count; 0 without any."""
    if method == "median" and totals:
        middle = len(totals) // 2
        return totals[middle] if len(totals) % 2 else mean(totals[middle - 1 : middle + 1])
    if method == "trimmed" and len(totals) >= 5:
        return mean(totals[1:-1])
    return mean(totals)


# --- units (S2-S4, S6) ----------------------------------------------------------------------------
def unit_quiz_points(settings, headcount, percentages):
    """A unit's points in one quiz by the contest's rule, unrounded (S2)."""
    if not percentages:
        return Fraction(0)
    rule, least = settings["unit_rule"], settings["min_participants"]
    total = sum(percentages, Fraction(0))
    held_back = total / least if len(percentages) < least else None
    if rule in ("top_n", "mean_turnout") and not headcount:
        raise Damaged(f"the rule {rule} needs every unit's headcount")
    if rule == "top_n":
        seats = min(settings["unit_rule_n"], headcount)
        points = sum(sorted(percentages)[::-1][:seats], Fraction(0)) / seats
        return points if held_back is None else min(points, held_back)
    if rule == "best":
        return max(percentages) if held_back is None else min(max(percentages), held_back)
    average = total / max(len(percentages), least)
    if rule == "mean_turnout":
        target = Fraction(settings["turnout_target"]) / 100
        return average * min(Fraction(1), turnout(len(percentages), headcount) / target)
    return average


def turnout(people, headcount):
    """Of the headcount, at most all; None where there is no headcount."""
    return min(Fraction(1), Fraction(people, headcount)) if headcount else None


def units_of(inputs, quizzes, videos):
    settings, lines = inputs["settings"], []
    people, films = {}, {}
    for line in (line for of_quiz in quizzes.values() for line in of_quiz):
        if counts(line["person"]):
            people.setdefault(line["person"]["unit_code"], []).append(line)
    for video in videos:
        if not video["disqualified_reason"]:
            films.setdefault(video["unit_code"], []).append(video)
    for unit in sorted(inputs["units"], key=lambda unit: unit["code"]):
        own, shown = people.get(unit["code"], []), films.get(unit["code"], [])
        by_quiz = [
            unit_quiz_points(
                settings,
                unit["headcount"],
                [line["percentage"] for line in own if line["quiz"] == quiz],
            )
            for quiz in quizzes
        ]
        quiz_points = half_up(mean(by_quiz))
        video_points = half_up(max((video["exact"] for video in shown), default=Fraction(0)))
        weighted = (
            Fraction(settings["quiz_weight"]) * Fraction(quiz_points)
            + Fraction(settings["video_weight"]) * Fraction(video_points)
        ) / 100
        took_part = len({line["number"] for line in own})
        needed = settings["eligible_needs_both"]
        lacks = (not took_part and not shown) or (needed and not (took_part and shown))
        lines.append(
            {
                **unit,
                "rank": None,
                "quiz_points": quiz_points,
                "video_points": video_points,
                "total": half_up(weighted),
                "turnout": turnout(took_part, unit["headcount"]),
                "mean_seconds": mean(line["seconds"] for line in own) if own else None,
                "eligible": not (unit["disqualified_reason"] or unit["ineligible_reason"] or lacks),
            }
        )

    def key(line):
        parts = {
            "video": -Fraction(line["video_points"]),
            "quiz": -Fraction(line["quiz_points"]),
            "turnout": None if line["turnout"] is None else -line["turnout"],
            "mean_seconds": line["mean_seconds"],
        }
        return [-Fraction(line["total"]), *(parts[name] for name in settings["unit_chain"])]

    inside = [line for line in lines if not line["disqualified_reason"]]
    return ranked(inside, key) + [line for line in lines if line["disqualified_reason"]]


# --- awards (A1, A2) ------------------------------------------------------------------------------
def awards_of(inputs, units, quizzes, videos):
    """Return (awards, undecided ties). A tie across a tier's edge needs a decision of its own."""
    ladders = {("unit", None): [(u["rank"], u["code"]) for u in units if u["eligible"]]}
    for quiz, lines in quizzes.items():
        eligible = [line for line in lines if person_eligible(line)]
        ladders["person", quiz] = [(line["rank"], line["number"]) for line in eligible]
    ladders["video", None] = [
        (v["rank"], (v["unit_code"], v["slot"])) for v in videos if v["eligible"]
    ]
    awards, ties = [], []
    for (scope, quiz), standing in ladders.items():
        queue = []
        for rank, entry in standing:
            if not queue or queue[-1][0] != rank:
                queue.append((rank, []))
            queue[-1][1].append(entry)
        waiting = 0  # seats that belong to people about whom nobody has decided
        plan = [t for t in inputs["tiers"] if (t["scope"], t["quiz"]) == (scope, quiz)]
        for tier in sorted(plan, key=lambda tier: tier["order"]):
            kept = min(waiting, tier["count"])
            waiting, seats = waiting - kept, tier["count"] - kept
            while seats and queue:
                rank, group = queue.pop(0)
                winners = group
                if len(group) > seats:
                    chosen = decided(inputs, tier, group, seats)
                    if chosen is None:
                        tied = sorted(group)
                        ties.append({"tier": tier, "seats": seats, "entries": tied})
                        waiting = len(group) - seats
                        break
                    winners = [entry for entry in group if entry in chosen]
                    queue.insert(0, (rank, [entry for entry in group if entry not in chosen]))
                awards += [{"tier": tier, "rank": rank, "entry": entry} for entry in winners]
                seats -= len(winners)
    return awards, ties


def decided(inputs, tier, group, seats):
    """Return whom the decisions about exactly this edge and these entries chose, or None."""
    found = []
    for decision in inputs["decisions"]:
        edge = (decision["scope"], decision["quiz"], decision["tier_order"])
        entries = [entry_of(entry) for entry in decision["entries"]]
        chosen = [entry_of(entry) for entry in decision["chosen"]]
        if (
            edge == (tier["scope"], tier["quiz"], tier["order"])
            and sorted(entries) == sorted(group)
            and len(chosen) == len(set(chosen)) == seats
            and set(chosen) <= set(group)
        ):
            found.append(set(chosen))
    return found[0] if found and all(one == found[0] for one in found) else None


def entry_of(stored):
    return tuple(stored) if isinstance(stored, list) else stored


# --- all of it ------------------------------------------------------------------------------------
def compute(inputs):
    """Return units, people by quiz, videos, awards and ties, each in the order of its list."""
    in_order = sorted(inputs["quizzes"], key=lambda quiz: (quiz["order"], quiz["slug"]))
    quizzes = {quiz["slug"]: people_of(inputs, quiz) for quiz in in_order}
    videos, method = videos_of(inputs)
    units = units_of(inputs, quizzes, videos)
    awards, ties = awards_of(inputs, units, quizzes, videos)
    return {
        "judge_aggregate": method,
        "units": [
            {
                "rank": unit["rank"],
                "code": unit["code"],
                "quiz_points": unit["quiz_points"],
                "video_points": unit["video_points"],
                "total": unit["total"],
                "turnout": text(unit["turnout"]),
                "mean_seconds": text(unit["mean_seconds"]),
                "eligible": bool(unit["eligible"]),
            }
            for unit in units
        ],
        "people": [
            {
                "quiz": quiz,
                "rank": line["rank"],
                "number": line["number"],
                "attempt": line["attempt"],
                "percentage": text(line["percentage"]),
                "seconds": line["seconds"],
                "prediction_gap": line["gap"],
                "eligible": bool(person_eligible(line)),
            }
            for quiz, lines in quizzes.items()
            for line in lines
        ],
        "videos": [
            {
                "rank": video["rank"],
                "unit_code": video["unit_code"],
                "slot": video["slot"],
                "points": video["points"],
                "exact_points": text(video["exact"]),
                "sheets": len(video["sheets"]),
                "eligible": bool(video["eligible"]),
            }
            for video in videos
        ],
        "awards": [
            named(award["tier"], rank=award["rank"], entry=award["entry"]) for award in awards
        ],
        "ties": [named(tie["tier"], seats=tie["seats"], entries=tie["entries"]) for tie in ties],
    }


# --- a public archive -----------------------------------------------------------------------------
def differences_of(data):
    """Return each published figure and place that does not follow from what is told beside it.

    A unit with fewer than five people has no pairs: its quiz points are taken as published, and
    its mean time, which nobody is told, decides nothing here.
    """
    found, settings = [], data["settings"]

    def compare(what, published, again):
        if published != again:
            found.append(f"{what}: {published}, computed {again}")

    best = {}
    for video in data["videos"]:
        totals = sorted(Fraction(total) for total in video["totals"])
        video["exact"] = aggregate(totals, settings["applied_aggregate"])
        compare(f"video {video['unit_code']}", video["points"], half_up(video["exact"]))
        if not video["disqualified"]:
            best[video["unit_code"]] = max(best.get(video["unit_code"], 0), video["exact"])
    for unit in data["units"]:
        pairs = unit["results"]
        if pairs is not None:
            by_quiz = [
                unit_quiz_points(
                    settings,
                    unit["headcount"],
                    [percentage({"correct": c, "questions": q}) for c, q, _ in pairs[quiz]],
                )
                for quiz in data["quizzes"]
            ]
            compare(f"{unit['code']}, quiz", unit["quiz_points"], half_up(mean(by_quiz)))
        points = half_up(Fraction(best.get(unit["code"], 0)))
        compare(f"{unit['code']}, video", unit["video_points"], points)
        weighted = (
            Fraction(settings["quiz_weight"]) * Fraction(unit["quiz_points"])
            + Fraction(settings["video_weight"]) * Fraction(unit["video_points"])
        ) / 100
        compare(f"{unit['code']}, total", unit["total"], half_up(weighted))
    units = [unit for unit in data["units"] if unit["rank"]]
    videos = [video for video in data["videos"] if video["rank"]]
    found += misplaced(units, [public_unit_key(settings, unit) for unit in units])
    found += misplaced(videos, [public_video_key(data, video) for video in videos])
    return found


def public_unit_key(settings, unit):
    share = turnout(unit["participants"], unit["headcount"])
    seconds = [pair[2] for of_quiz in (unit["results"] or {}).values() for pair in of_quiz]
    parts = {
        "video": -Fraction(unit["video_points"]),
        "quiz": -Fraction(unit["quiz_points"]),
        "turnout": (1,) if share is None else (0, -share),
        "mean_seconds": None
        if unit["results"] is None
        else ((0, mean(seconds)) if seconds else (1,)),
    }
    return [-Fraction(unit["total"]), *(parts[name] for name in settings["unit_chain"])]


def public_video_key(data, video):
    names = [row["key"] for row in data["criteria"]]
    if "criteria" not in data["settings"]["video_chain"]:
        names = []
    return [-video["exact"], *(-Fraction(*video["criteria"][name]) for name in names)]


def misplaced(lines, keys):
    """Return who stands where the keys do not put them; a part that is None is not known."""
    found = []
    for place, (line, key) in enumerate(zip(lines, keys, strict=True)):
        expected = place + 1
        if place:
            before, rank = keys[place - 1], lines[place - 1]["rank"]
            known = [(a, b) for a, b in zip(before, key, strict=True) if a != b or a is None]
            first = next(((a, b) for a, b in known), None)
            if first is None:
                expected = rank
            elif None in first:
                expected = line["rank"]
            elif first[0] > first[1]:
                expected = f"before {rank}"
        if line["rank"] != expected:
            called = line.get("code") or line["unit_code"]
            found.append(f"{called}: rank {line['rank']}, computed {expected}")
    return found


def print_public(data):
    print("\nXếp hạng đơn vị: hạng, mã, tên, điểm trắc nghiệm, điểm video, tổng điểm")
    for unit in data["units"]:
        points = (unit["quiz_points"], unit["video_points"], unit["total"])
        print(unit["rank"] or "–", unit["code"], unit["name"], *points, sep="\t")
    print("\nGiải thưởng: giải, hạng, đối tượng")
    for award in data["awards"]:
        of = "" if award["scope"] == "unit" else f" · {award['unit_name']}"
        print(award["tier"], award["rank"], award["name"] + of, sep="\t")


def text(value):
    return None if value is None else f"{value.numerator}/{value.denominator}"


def named(tier, **fields):
    return {
        "scope": tier["scope"],
        "quiz": tier["quiz"],
        "tier": tier["name"],
        "tier_order": tier["order"],
        **fields,
    }


def print_ranking(inputs, result):
    names = {unit["code"]: unit["name"] for unit in inputs["units"]}
    people = {person["number"]: person for person in inputs["people"]}
    print("\nXếp hạng đơn vị: hạng, mã, tên, điểm trắc nghiệm, điểm video, tổng điểm")
    for unit in result["units"]:
        points = (unit["quiz_points"], unit["video_points"], unit["total"])
        print(unit["rank"] or "–", unit["code"], names[unit["code"]], *points, sep="\t")
    print("\nGiải thưởng: giải, hạng, đối tượng")
    for award in result["awards"]:
        entry = award["entry"]
        if award["scope"] == "unit":
            called = names[entry]
        elif award["scope"] == "person":
            called = f"{people[entry]['name']} · {names[people[entry]['unit_code']]}"
        else:
            titles = {(v["unit_code"], v["slot"]): v["title"] for v in inputs["videos"]}
            called = f"{titles[entry]} · {names[entry[0]]}"
        print(award["tier"], award["rank"], called, sep="\t")
    for tie in result["ties"]:
        print("Chưa quyết định", tie["tier"], tie["entries"], sep="\t")


def tell_public(data, digest, *, as_json):
    found = differences_of(data)
    if as_json:
        print(json.dumps({"digest": digest, "differences": found}, ensure_ascii=False))
    else:
        print(f"SHA-256 của dữ liệu công khai: {digest}")
        print_public(data)
    for difference in found:
        print(difference, file=sys.stderr)
    return int(bool(found))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("archive", help="an archive (.zip) or its inputs.json")
    parser.add_argument("--json", action="store_true", help="print every line as JSON")
    options = parser.parse_args()
    try:
        inputs, digest = read(options.archive)
        if "result_set" in inputs:
            return tell_public(inputs, digest, as_json=options.json)
        result = compute(inputs)
    except (OSError, zipfile.BadZipFile, Damaged) as error:
        print(f"{options.archive}: {error}", file=sys.stderr)
        return 1
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # Rows without a field, of another kind, or that refer to nothing.
        print(f"{options.archive}: damaged: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps({"digest": digest, **result}, ensure_ascii=False))
        return 0
    print(f"SHA-256 của dữ liệu đầu vào: {digest}")
    print_ranking(inputs, result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
