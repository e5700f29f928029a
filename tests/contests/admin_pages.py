"""Pages of the administration as a browser fills them in: open, change some fields, save."""

import datetime as dt

from django.utils import timezone

from accounts import audit
from contests.models import Conflict, Exclusion, Flag, SettingChange
from tests.contests.quizzes import make_participant, make_quiz, start
from tests.make import make_judge, make_unit, make_user

DAY = dt.timedelta(days=1)


def at(model, *rest):
    return "/".join(["/admin/contests", model, *(str(part) for part in rest), ""])


def change(model, pk):
    return at(model, pk, "change")


def typed(form, **changes):
    """What a browser would send of a bound page's form, with some fields changed."""
    data = {}
    for bound in form:
        value = bound.value()
        widget = bound.field.widget
        if hasattr(widget, "decompress") and not isinstance(value, list):
            value = widget.decompress(value)
            for place, part in enumerate(value):
                shown = widget.widgets[place].format_value(part)
                data[f"{bound.html_name}_{place}"] = "" if shown is None else shown
        elif hasattr(widget, "decompress"):
            for place, part in enumerate(widget.decompress(value)):
                data[f"{bound.html_name}_{place}"] = part
        elif value is True:
            data[bound.html_name] = "on"
        elif value is not None and value is not False:
            data[bound.html_name] = value
    return {**data, **changes}


def submit(client, url, **changes):
    """Open a page, change some fields and save."""
    page = client.get(url)
    data = typed(page.context["adminform"].form, **changes)
    for inline in page.context["inline_admin_formsets"]:
        for form in [inline.formset.management_form, *inline.formset.forms]:
            data = {**typed(form), **data}
    return client.post(url, data)


def errors(response):
    """The mistakes a page shows, by field."""
    assert response.status_code == 200, "it was stored"
    found = dict(response.context["adminform"].form.errors)
    for inline in response.context["inline_admin_formsets"]:
        if inline.formset.non_form_errors():
            found["inline"] = inline.formset.non_form_errors()
    return found


def made_by(organizer, full_name, **fields):
    """An account without seat or unit that this organizer made: others may not give it one."""
    user = make_user(full_name, **fields)
    audit.record(
        action="user.created",
        target=f"user {user.username}",
        actor=organizer,
        after={"user": user.pk},
        now=timezone.now(),
    )
    return user


def one_of_each(contest):
    """A row of every kind in a contest, by model name."""
    quiz = (
        make_quiz(contest, questions=2) if not contest.quizzes.exists() else contest.quizzes.get()
    )
    unit = make_unit(contest)
    attempt = start(quiz, person=make_participant(contest, unit=unit))
    judge = make_judge(contest)
    now = timezone.now()
    return {
        "unit": unit,
        "participant": attempt.participant,
        "exclusion": Exclusion.objects.create(
            contest=contest, full_name="Lê Văn Cấm", staff_code=f"X{contest.exclusions.count()}"
        ),
        "judge": judge,
        "conflict": Conflict.objects.create(
            judge=judge, unit=unit, reason="Người nhà", declared_at=now
        ),
        "question": contest.questions.order_by("pk").last(),
        "quiz": quiz,
        "attempt": attempt,
        "flag": Flag.objects.create(
            participant=attempt.participant, kind=Flag.Kind.SAME_NAME, raised_at=now
        ),
        "settingchange": SettingChange.objects.create(
            contest=contest, at=now, by=make_user(), target="quiz_weight", reason="Vì"
        ),
    }
