"""The decision on awards and the summary report of the newest set, as files (rules: A6)."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from contests.models import Contest
from scoring.admin.minutes import WORD
from scoring.admin.organized import attached, organized
from scoring.documents import papers, pdf
from scoring.models import ResultSet

FORMS = {"docx": (WORD, papers.as_docx), "pdf": (pdf.CONTENT_TYPE, papers.as_pdf)}
NAMES = {"decision": "quyet-dinh", "report": "bao-cao"}


@organized
@require_safe
def paper(request: HttpRequest, contest: Contest, kind: str, form: str) -> HttpResponse:
    """One paper of the newest set; back to the desk where a name has a letter no font has."""
    result_set = ResultSet.objects.newest(contest)
    if kind not in NAMES or form not in FORMS or result_set is None:
        raise Http404
    content_type, draw = FORMS[form]
    try:
        content = draw(result_set, kind)
    except pdf.Unprintable as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:scoring_results", contest_id=contest.pk)
    response = HttpResponse(content, content_type=content_type)
    name = f"{NAMES[kind]}-{contest.slug}-{result_set.number}.{form}"
    attached(response, name)
    return response
