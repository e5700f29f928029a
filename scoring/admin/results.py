"""The organizers' results desk: refresh, publish, final by two people, ties, objections, verify."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from accounts.models import User
from contests.clock import database_now
from contests.models import Contest
from scoring import documents, results
from scoring.admin import certificates
from scoring.admin import desk_of_results as parts
from scoring.admin.ceremony import ceremony_of, set_to_celebrate
from scoring.admin.objections import objection_page, objections_page
from scoring.admin.papers import paper
from scoring.admin.what_if import what_if
from scoring.forms_results import CorrectionForm, FinalForm, TieForm
from scoring.models import ResultSet
from scoring.models.results import objection_deadline
from scoring.verification import verify

LIST = "admin:scoring_resultset_changelist"
DESK = "admin:scoring_results"
ROWS_OF_A_PAGE = 100


def organizer_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Set the contest from the organizer's own; 404 for another, no cache (rules: A5)."""

    @wraps(view)
    def wrapped(
        model_admin: ResultSetAdmin, request: HttpRequest, contest_id: int, **kwargs: Any
    ) -> HttpResponse:
        if not model_admin.has_view_permission(request):
            raise PermissionDenied
        contest = get_object_or_404(Contest.objects.for_organizer(_user(request)), pk=contest_id)
        return view(model_admin, request, contest, **kwargs)

    return wrapped


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@admin.register(ResultSet)
class ResultSetAdmin(admin.ModelAdmin):
    """Result sets are made by verbs only; the stock add, change and delete are shut (A3, A4)."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ResultSet | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ResultSet | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> Any:
        return ResultSet.objects.filter(
            contest__in=Contest.objects.for_organizer(_user(request))
        ).order_by("contest", "-number")

    def get_urls(self) -> list[URLPattern]:
        def own(suffix: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
            return path(f"<int:contest_id>/{suffix}", self.admin_site.admin_view(view), name=name)

        # The stock pages of one row would show a set outside its desk: not offered.
        return [
            path(
                "",
                self.admin_site.admin_view(self.contests_page),
                name="scoring_resultset_changelist",
            ),
            own("", self.desk, "scoring_results"),
            own("refresh/", self.refresh, "scoring_results_refresh"),
            own("publish/", self.publish, "scoring_results_publish"),
            own("request-final/", self.request_final, "scoring_results_request_final"),
            own("approve-final/", self.approve_final, "scoring_results_approve_final"),
            own("ties/", self.decide_tie, "scoring_results_tie"),
            own("verify/", self.verify, "scoring_results_verify"),
            own("objections/", self.objections, "scoring_results_objections"),
            own("objections/<int:pk>/", self.objection, "scoring_results_objection"),
            own("ranking/<slug:name>/", self.ranking, "scoring_results_ranking"),
            own("certificates/", certificates.certificates_page, "scoring_results_certificates"),
            own("certificates/issue/", certificates.issue, "scoring_results_issue"),
            own("certificates/all.pdf", certificates.all_pdf, "scoring_results_all_pdf"),
            own("certificates/all.zip", certificates.all_zip, "scoring_results_all_zip"),
            own("certificates/<int:number>.pdf", certificates.one_pdf, "scoring_results_one_pdf"),
            own("certificates/<int:number>/revoke/", certificates.revoke, "scoring_results_revoke"),
            own("what-if/", what_if, "scoring_results_what_if"),
            own("papers/<slug:kind>.<slug:form>", paper, "scoring_results_paper"),
            own("ceremony/", self.ceremony, "scoring_results_ceremony"),
        ]

    def contests_page(self, request: HttpRequest) -> HttpResponse:
        """Choose a contest; the only one opens at once."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        mine = Contest.objects.for_organizer(_user(request)).prefetch_related("quizzes")
        contests = list(mine.order_by("-year", "slug"))
        if len(contests) == 1:
            return redirect(DESK, contest_id=contests[0].pk)
        now, newest = database_now(), parts.newest_by_contest(contests)
        return self._page(
            request,
            "admin/scoring/results_contests.html",
            title=_("Results"),
            contests=[
                (contest, contest.phase(now).label, newest.get(contest.pk)) for contest in contests
            ],
        )

    @organizer_required
    def desk(self, request: HttpRequest, contest: Contest) -> HttpResponse:
        return self._desk(request, contest)

    @organizer_required
    def refresh(self, request: HttpRequest, contest: Contest) -> HttpResponse:
        return self._step(
            request,
            contest,
            lambda: results.refresh(contest, now=database_now()).result_set,
            _("The results are up to date: result set %(number)s."),
        )

    @organizer_required
    def publish(self, request: HttpRequest, contest: Contest) -> HttpResponse:
        """Ask once more, since publishing cannot be taken back; then publish."""
        form = CorrectionForm(
            request.POST if request.method == "POST" else None, is_needed=contest.is_published
        )
        if not form.is_valid():
            return self._confirm_publication(request, contest, form)
        return self._step(
            request,
            contest,
            lambda: results.publish(
                contest,
                by=_user(request),
                reason=form.cleaned_data["reason"],
                now=database_now(),
            ),
            _("Result set %(number)s is published as provisional."),
        )

    def _confirm_publication(
        self, request: HttpRequest, contest: Contest, form: CorrectionForm
    ) -> HttpResponse:
        now, newest = database_now(), ResultSet.objects.newest(contest)
        if newest is None or newest.published_at:
            return redirect(DESK, contest_id=contest.pk)
        if missing := results.obstacles_to_publication(contest, now=now):
            return self._refused(request, contest, missing)
        return self._page(
            request,
            "admin/scoring/results_confirm.html",
            title=_("Publish provisional results"),
            contest=contest,
            newest=newest,
            until=objection_deadline(contest, now),
            is_publication=True,
            correction=form if contest.is_published else None,
        )

    @organizer_required
    def request_final(self, request: HttpRequest, contest: Contest) -> HttpResponse:
        form = FinalForm(request.POST if request.method == "POST" else None)
        if not form.is_valid():
            return self._desk(request, contest, final_form=form)
        return self._step(
            request,
            contest,
            lambda: results.request_final(
                contest,
                by=_user(request),
                reason=form.cleaned_data["reason"],
                now=database_now(),
            ),
            _("Result set %(number)s: final requested. Another organizer now approves it."),
        )

    @organizer_required
    def approve_final(self, request: HttpRequest, contest: Contest) -> HttpResponse:
        """Ask once more, since final sets never change; then make final (rules: A4)."""
        if request.method != "POST":
            return self._confirm_final(request, contest)
        return self._step(
            request,
            contest,
            lambda: results.approve_final(contest, by=_user(request), now=database_now()),
            _("Result set %(number)s is final."),
        )

    def _confirm_final(self, request: HttpRequest, contest: Contest) -> HttpResponse:
        newest = ResultSet.objects.newest(contest)
        if newest is None or newest.is_final or newest.final_requested_by_id is None:
            return redirect(DESK, contest_id=contest.pk)
        if missing := results.obstacles_to_final(contest, now=database_now()):
            return self._refused(request, contest, missing)
        return self._page(
            request,
            "admin/scoring/results_confirm.html",
            title=_("Approve as final"),
            contest=contest,
            newest=newest,
            is_publication=False,
        )

    @organizer_required
    def decide_tie(self, request: HttpRequest, contest: Contest) -> HttpResponse:
        newest = ResultSet.objects.newest(contest)
        edges = newest.undecided if newest else []
        index = request.POST.get("tie", "")
        if newest is None or index not in map(str, range(len(edges))):
            messages.error(request, _("This tie is no longer there. Look at the list again."))
            return redirect(DESK, contest_id=contest.pk)
        edge = edges[int(index)]
        form = TieForm(
            request.POST, edge=edge, names=parts.names_of(newest, edge), prefix_id=int(index)
        )
        if not form.is_valid():
            return self._desk(request, contest, tie_form=(int(index), form))
        return self._step(
            request,
            contest,
            lambda: (
                results.decide_tie(
                    contest,
                    edge=edge,
                    chosen=form.chosen(),
                    reason=form.cleaned_data["reason"],
                    by=_user(request),
                    now=database_now(),
                ).result_set
            ),
            _("The tie is decided; result set %(number)s takes it into account."),
        )

    @organizer_required
    def verify(self, request: HttpRequest, contest: Contest) -> HttpResponse:
        """Recompute everything and show what differs (rules: A7)."""
        if request.method != "POST":
            return redirect(DESK, contest_id=contest.pk)
        differences = verify(contest)
        return self._desk(request, contest, verified=True, differences=differences)

    @organizer_required
    def objections(self, request: HttpRequest, contest: Contest) -> HttpResponse:
        return objections_page(request, contest)

    @organizer_required
    def objection(self, request: HttpRequest, contest: Contest, pk: int) -> HttpResponse:
        return objection_page(request, contest, pk)

    @organizer_required
    def ranking(self, request: HttpRequest, contest: Contest, name: str) -> HttpResponse:
        """Every row of one ranking of the newest set, a hundred on a page."""
        newest = ResultSet.objects.newest(contest)
        if newest is None or name not in parts.RANKINGS:
            raise Http404
        pages = Paginator(parts.ranking_of(newest, name), ROWS_OF_A_PAGE)
        page = pages.get_page(request.GET.get("page"))
        return self._page(
            request,
            "admin/scoring/results_ranking.html",
            title=documents.TABLES[name][0],
            contest=contest,
            newest=newest,
            name=name,
            page=page,
            rows=parts.with_reasons(page),
        )

    @organizer_required
    def ceremony(self, request: HttpRequest, contest: Contest) -> HttpResponse:
        """The awards one by one on a projector, of the set the public sees once it is final."""
        shown = set_to_celebrate(contest)
        if shown is None:
            refusal = _("The ceremony can be shown once the published results are final.")
            return self._refused(request, contest, [refusal])
        return self._page(
            request,
            "admin/scoring/ceremony.html",
            title=_("Award ceremony"),
            contest=contest,
            result_set=shown,
            ceremony=ceremony_of(shown),
        )

    def _step(
        self,
        request: HttpRequest,
        contest: Contest,
        act: Callable[[], ResultSet],
        done: str,
    ) -> HttpResponse:
        """Take one step of the results' life; a refusal is said sentence by sentence."""
        if request.method != "POST":
            return redirect(DESK, contest_id=contest.pk)
        try:
            result_set = act()
        except results.ResultsRefused as refused:
            return self._refused(request, contest, refused.args[0])
        messages.success(request, done % {"number": result_set.number})
        return redirect(DESK, contest_id=contest.pk)

    def _refused(
        self, request: HttpRequest, contest: Contest, sentences: list[str]
    ) -> HttpResponse:
        for sentence in sentences:
            messages.error(request, sentence)
        return redirect(DESK, contest_id=contest.pk)

    def _desk(
        self,
        request: HttpRequest,
        contest: Contest,
        *,
        tie_form: tuple[int, TieForm] | None = None,
        final_form: FinalForm | None = None,
        **more: Any,
    ) -> HttpResponse:
        now = database_now()
        sets = contest.result_sets.select_related(
            "contest", "published_by", "final_requested_by", "finalized_by"
        ).order_by("-number")
        newest, earlier = sets.first(), sets[1:]
        objections = parts.objections_of(contest)
        if newest is not None:
            more |= self._contents(newest, tie_form)
        return self._page(
            request,
            "admin/scoring/results.html",
            title=_("Results"),
            subtitle=contest.name,
            contest=contest,
            phase=contest.phase(now),
            newest=newest,
            earlier=earlier,
            objections=objections,
            steps=parts.steps_of(newest, objections=objections["open"], now=now),
            to_publish=results.obstacles_to_publication(contest, now=now),
            to_final=results.obstacles_to_final(contest, now=now),
            final_form=final_form or FinalForm(),
            asked_by_me=bool(newest and newest.final_requested_by_id == request.user.pk),
            has_ceremony=set_to_celebrate(contest) is not None,
            **more,
        )

    def _contents(self, newest: ResultSet, tie_form: tuple[int, TieForm] | None) -> dict[str, Any]:
        """What stands in one set: the figures, the first of every ranking, ties, files."""
        first = {
            name: parts.with_reasons(parts.ranking_of(newest, name)[:shown])
            for name, shown in parts.RANKINGS.items()
        }
        return {
            **first,
            "counts": {name: getattr(newest, name).count() for name in parts.RANKINGS},
            "facts": parts.facts_of(newest),
            "awards": list(newest.awards.order_by("position")),
            "files": parts.files_of(newest),
            "ties": parts.ties_of(newest, tie_form),
            "decisions": newest.contest.tie_decisions.select_related("by").order_by("-at", "-pk"),
        }

    def _page(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        response = TemplateResponse(
            request, template, {**self.admin_site.each_context(request), **context}
        )
        response.headers["Cache-Control"] = "no-store, private"
        return response
