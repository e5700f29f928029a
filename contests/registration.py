"""People join a contest: one by one on its page, or many from a unit's roster (rules: P1-P6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.db import IntegrityError, transaction
from django.db.models import Max, Q

from accounts.codes import IssuedCode
from accounts.models import User
from contests import access, identity, names
from contests.barring import Mark, barred_marks, marks_of
from contests.models import Contest, Flag, Participant, Unit


class AlreadyRegistered(Exception):
    """The phone number or staff code takes part in this contest already (rules: P3)."""


class Excluded(Exception):
    """Who organizes, judges or is on the exclusion list cannot take part (rules: P4)."""


class RowsRefused(Exception):
    """Some people of a roster cannot be enrolled; `problems` maps their index to the reason."""

    def __init__(self, problems: dict[int, AlreadyRegistered | Excluded]) -> None:
        super().__init__(problems)
        self.problems = problems


@dataclass(frozen=True)
class Person:
    """What is asked of a person (rules: P2); `phone` or `staff_code` is there, the rest may not."""

    unit: Unit
    full_name: str
    phone: str = ""
    staff_code: str = ""
    email: str = ""
    birth_date: dt.date | None = None
    position: str = ""
    workplace: str = ""


def is_open(contest: Contest, *, now: dt.datetime) -> bool:
    """Whether people may register themselves: announced, switched on, the last quiz not closed."""
    if not (contest.is_announced and contest.self_registration):
        return False
    if contest.is_published or contest.archived_at:
        return False
    window = contest.window_of_quizzes()
    return window is None or now < window[1]


@transaction.atomic
def enrol(
    *,
    contest: Contest,
    unit: Unit,
    full_name: str,
    phone: str,
    staff_code: str,
    email: str,
    birth_date: dt.date | None,
    position: str,
    workplace: str,
    source: str,
    by: User | None,
    now: dt.datetime,
) -> Participant:
    """Add one person to `contest`; confirmed at once unless self-registered (rules: P6).

    Raises AlreadyRegistered (rules: P3), Excluded (rules: P4), and InvalidPhone or
    InvalidStaffCode of `contests.identity`. The same name and birth date in the unit is flagged.
    """
    person = Person(
        unit=unit,
        full_name=full_name,
        phone=phone,
        staff_code=staff_code,
        email=email,
        birth_date=birth_date,
        position=position,
        workplace=workplace,
    )
    try:
        (participant,) = enrol_many(contest=contest, people=[person], source=source, by=by, now=now)
    except RowsRefused as refused:
        raise refused.problems[0] from None
    return participant


@transaction.atomic
def enrol_many(
    *,
    contest: Contest,
    people: Sequence[Person],
    source: str = Participant.Source.ROSTER,
    by: User | None,
    now: dt.datetime,
) -> list[Participant]:
    """Add `people` in their order, all or none, with a fixed number of queries.

    Raises RowsRefused with every person who cannot be enrolled, and InvalidPhone or
    InvalidStaffCode of `contests.identity` for a number that nobody checked before.
    """
    # The lock numbers people without gaps and lets nobody register twice at one moment.
    Contest.objects.select_for_update().get(pk=contest.pk)
    cleaned = [_cleaned(person) for person in people]
    _refuse(contest, cleaned)
    last = contest.participants.aggregate(last=Max("number"))["last"] or 0
    users = User.objects.bulk_create(
        [User.objects.new_without_password(full_name=person.full_name) for person in cleaned]
    )
    confirmed = source != Participant.Source.SELF
    rows = [
        Participant(
            contest=contest,
            unit=person.unit,
            user=user,
            number=last + place,
            full_name=person.full_name,
            phone=person.phone,
            staff_code=person.staff_code,
            email=person.email,
            birth_date=person.birth_date,
            position=person.position,
            workplace=person.workplace,
            source=source,
            registered_at=now,
            confirmed_at=now if confirmed else None,
            confirmed_by=by if confirmed else None,
        )
        for place, (person, user) in enumerate(zip(cleaned, users, strict=True), start=1)
    ]
    for row in rows:
        row.set_keys()
    try:
        with transaction.atomic():
            Participant.objects.bulk_create(rows)
    except IntegrityError as error:
        # Somebody edited a number past the lock: still one person, once (rules: P3).
        raise RowsRefused({index: AlreadyRegistered() for index in range(len(rows))}) from error
    _flag_same_names(rows, now=now)
    return rows


@transaction.atomic
def register(
    *, contest: Contest, person: Person, now: dt.datetime
) -> tuple[Participant, IssuedCode]:
    """Register the person at the keyboard, who has just consented, and issue the code.

    One transaction: without consent nothing is stored (rules: P5). Raises as `enrol` does.
    """
    participant = enrol(
        contest=contest,
        unit=person.unit,
        full_name=person.full_name,
        phone=person.phone,
        staff_code=person.staff_code,
        email=person.email,
        birth_date=person.birth_date,
        position=person.position,
        workplace=person.workplace,
        source=Participant.Source.SELF,
        by=None,
        now=now,
    )
    access.give_consent(participant, now=now)
    return participant, access.issue_first(participant=participant, by=None, now=now)


def _cleaned(person: Person) -> Person:
    return replace(
        person,
        full_name=names.clean_text(person.full_name),
        phone=identity.normalise_phone(person.phone) if person.phone else "",
        staff_code=identity.normalise_staff_code(person.staff_code) if person.staff_code else "",
        email=person.email.strip(),
        position=names.clean_text(person.position),
        workplace=names.clean_text(person.workplace),
    )


def _refuse(contest: Contest, people: Sequence[Person]) -> None:
    """Raise RowsRefused with everybody who is barred or there already, also within `people`."""
    barred = barred_marks(contest)
    taken: set[Mark] = set()
    for phone, staff_code in _sharing(contest, people):
        taken |= marks_of(phone, staff_code)
    problems: dict[int, AlreadyRegistered | Excluded] = {}
    for index, person in enumerate(people):
        marks = marks_of(person.phone, person.staff_code)
        if marks & barred:
            problems[index] = Excluded()
        elif marks & taken:
            problems[index] = AlreadyRegistered()
        taken |= marks
    if problems:
        raise RowsRefused(problems)


def _sharing(contest: Contest, people: Sequence[Person]) -> Iterable[tuple[str, str]]:
    """The numbers in use: for one person the ones in question, for a roster all of the contest."""
    registered = contest.participants.values_list("phone", "staff_code")
    if len(people) == 1:
        wanted = Q(pk=None)
        for field, value in marks_of(people[0].phone, people[0].staff_code):
            wanted |= Q(**{field: value})
        registered = registered.filter(wanted)
    return registered


def _flag_same_names(rows: Sequence[Participant], *, now: dt.datetime) -> None:
    """Flag whoever shares name and birth date with another of the unit (rules: P3)."""
    dated = {(row.unit_id, row.birth_date) for row in rows if row.birth_date}
    if not dated:
        return
    numbers: dict[tuple[int, dt.date | None, bytes], list[int]] = {}
    for unit_id, born, key, number in Participant.objects.filter(
        unit_id__in={unit_id for unit_id, _ in dated}, birth_date__in={born for _, born in dated}
    ).values_list("unit_id", "birth_date", "name_sort_key", "number"):
        numbers.setdefault((unit_id, born, bytes(key)), []).append(number)
    flags = []
    for row in rows:
        if row.birth_date:
            same = numbers[(row.unit_id, row.birth_date, bytes(row.name_sort_key))]
            earlier = [str(number) for number in sorted(same) if number < row.number]
            if earlier:
                flags.append(
                    Flag(
                        participant=row,
                        kind=Flag.Kind.SAME_NAME,
                        note=", ".join(earlier)[:200],
                        raised_at=now,
                    )
                )
    Flag.objects.bulk_create(flags)
