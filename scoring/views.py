"""Files of a stored result set over HTTP: public tables for everybody, all for the organizers."""

from __future__ import annotations

from urllib.parse import quote

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from contests.models import Contest
from scoring.documents import FORMATS, PUBLIC_TABLES, TABLES, render
from scoring.models import ResultSet


@require_safe
def contest_download(request: HttpRequest, slug: str, table: str, form: str) -> HttpResponse:
    """One table as a file. Organizers get the newest set or `?set=N`, others the published one.

    404 for an unknown table or format, and for whatever this person may not have (rules: A5, P7).
    """
    if table not in TABLES or form not in FORMATS:
        raise Http404
    result_set = _set_for(request.user, slug, table, request.GET.get("set", ""))
    if result_set is None:
        raise Http404
    response = HttpResponse(
        render(result_set, name=table, form=form), content_type=FORMATS[form].CONTENT_TYPE
    )
    response.headers["Content-Disposition"] = _disposition(result_set, table, form)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store, private"
    return response


def _set_for(user: User | AnonymousUser, slug: str, table: str, number: str) -> ResultSet | None:
    if number and not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    if isinstance(user, User):
        organized = Contest.objects.for_organizer(user).filter(slug=slug).first()
        if organized is not None:
            sets = ResultSet.objects.filter(contest=organized)
            return sets.filter(number=number).first() if number else sets.newest(organized)
    contest = Contest.objects.announced().filter(slug=slug).first()
    if contest is None or not contest.is_published or table not in PUBLIC_TABLES:
        return None
    published = ResultSet.objects.published(contest)
    if published is None or (number and published.number != int(number)):
        return None
    return published


def _disposition(result_set: ResultSet, table: str, form: str) -> str:
    """Return the header: a plain name for old programs, and the Vietnamese one (RFC 6266)."""
    plain = f"{result_set.contest.slug}-{table}-{result_set.number}.{form}"
    title = _("%(title)s, result set %(number)s") % {
        "title": TABLES[table][0],
        "number": result_set.number,
    }
    named = quote(f"{title}.{form}", safe="")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{named}"
