"""The units' videos for organizers: what came in, what inspection said, what is decided."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.throttle import client_address
from contests.admin.decisions import ACTS, Act, decision_page, open_acts
from contests.admin.scope import (
    ContestFilter,
    OwnContestsAdmin,
    actor,
    found_by_text,
    row_or_404,
)
from contests.admin.units import standing_of
from contests.clock import database_now
from contests.durations import in_words
from media_uploads import cautions, decisions, replacing
from media_uploads.admin import pages
from media_uploads.admin.filters import GalleryFilter, StateFilter, WarningFilter
from media_uploads.audience import watchable_by
from media_uploads.decisions import name_of
from media_uploads.models import VideoQuerySet, VideoSubmission
from media_uploads.refusals import explain

VIDEO_ACTS = {
    **ACTS,
    "refuse": Act(
        decisions.refuse,
        _("Refuse the video"),
        _("Refuse"),
        _(
            "This version no longer counts; an earlier accepted one of the unit does, if there is"
            " one. The unit's coordinator reads the reason."
        ),
        _("The video is refused."),
        takes_away=True,
    ),
    "accept": Act(
        decisions.take_back,
        _("Take the refusal back"),
        _("Take it back"),
        _("The version counts again as inspection left it."),
        _("The refusal is taken back."),
    ),
    "ask_again": Act(
        decisions.ask_again,
        _("Ask for a new version"),
        _("Ask the unit"),
        _(
            "The unit's coordinator reads the reason on the unit's desk and by e-mail. This version"
            " counts until a new one is accepted."
        ),
        _("The unit is asked for a new version."),
    ),
}


@admin.register(VideoSubmission)
class VideoAdmin(OwnContestsAdmin):
    """Videos of the own contests, to be read; decisions have pages of their own."""

    contest_path = "unit__contest"
    change_form_template = "admin/media_uploads/video.html"
    change_list_template = "admin/media_uploads/list.html"
    # Few enough to fit beside the filters; the rest is on the video's own page.
    list_display = (
        "called",
        "standing",
        "version_of",
        "clock",
        "file_size",
        "warned",
        "shown",
    )
    list_filter = (
        ContestFilter.by("unit__contest"),
        StateFilter,
        WarningFilter,
        GalleryFilter,
    )
    list_select_related = ("unit__contest",)
    actions = ("approve_chosen", "take_out_chosen")  # type: ignore[assignment]
    search_fields = ("title",)
    search_help_text = _("Title, unit or SHA-256; tones may be left out.")
    ordering = ("unit__code", "slot", "-version", "pk")
    fieldsets = (
        (None, {"fields": ("title", "unit", "version_of", "standing", "why", "shown")}),
        (
            _("The file"),
            {
                "fields": (
                    "original_name",
                    "file_size",
                    "length",
                    "picture",
                    "sha256",
                    "received_at",
                    "sender",
                    "captioned",
                )
            },
        ),
        (
            _("Decisions"),
            {
                "fields": (
                    "refused_reason",
                    "asked_reason",
                    "supplied_reason",
                    "disqualified_reason",
                    "ineligible_reason",
                )
            },
        ),
    )
    readonly_fields = (
        "title",
        "unit",
        "version_of",
        "standing",
        "why",
        "shown",
        "original_name",
        "file_size",
        "length",
        "picture",
        "sha256",
        "received_at",
        "sender",
        "captioned",
        "refused_reason",
        "asked_reason",
        "supplied_reason",
        "disqualified_reason",
        "ineligible_reason",
    )

    def get_queryset(self, request: HttpRequest) -> VideoQuerySet:
        counted = VideoSubmission.objects.counted().filter(pk=OuterRef("pk"))
        videos: Any = super().get_queryset(request)
        return cautions.with_cautions(videos).annotate(counts_now=Exists(counted))

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        named = found_by_text(queryset, text, "title", "unit__name", "unit__code")
        found = Q(pk__in=named.values("pk")) | Q(sha256__startswith=text.lower())
        return queryset.filter(found), False

    @admin.display(description=_("video"), ordering="unit__code")
    def called(self, video: VideoSubmission) -> str:
        return f"{video.unit.code} · {video.title}"

    @admin.display(description=_("version"), ordering="version")
    def version_of(self, video: VideoSubmission) -> str:
        if video.unit.contest.videos_per_unit == 1:
            return str(video.version)
        return gettext("%(version)s of video %(slot)s") % {
            "version": video.version,
            "slot": video.slot,
        }

    @admin.display(description=_("state"), ordering="state")
    def standing(self, video: Any) -> str:
        counts = gettext("counts now") if video.counts_now else ""
        return " · ".join(filter(None, (self.state_shown(video), counts)))

    @admin.display(description=_("length"), ordering="duration_ms")
    def clock(self, video: VideoSubmission) -> str:
        if video.duration_ms is None:
            return "–"
        minutes, seconds = divmod(video.duration_ms // 1000, 60)
        return f"{minutes}:{seconds:02d}"

    def state_shown(self, video: VideoSubmission) -> str:
        return " · ".join(filter(None, (video.standing_in_words, standing_of(video))))

    @admin.display(description=_("warnings"))
    def warned(self, video: VideoSubmission) -> str:
        codes = cautions.codes_of(video)
        return ", ".join(str(cautions.SHORT[code]) for code in codes) or "–"

    @admin.display(description=_("gallery"), ordering="in_gallery")
    def shown(self, video: VideoSubmission) -> str:
        if not video.may_be_shown:
            return pgettext("gallery", "the unit does not agree")
        if video.in_gallery:
            return pgettext("gallery", "approved")
        return pgettext("gallery", "to be approved") if video.can_be_shown else "–"

    @admin.display(description=_("why"))
    def why(self, video: VideoSubmission) -> str:
        if video.failure:
            return video.failure
        if video.state == video.State.REFUSED and video.verdict_code:
            return explain(video.verdict_code, (video.verdict or {}).get("params", {}))
        return "–"

    @admin.display(description=_("length"), ordering="duration_ms")
    def length(self, video: VideoSubmission) -> str:
        return "–" if video.duration_ms is None else in_words(video.duration_ms // 1000)

    @admin.display(description=_("size"), ordering="size")
    def file_size(self, video: VideoSubmission) -> str:
        return filesizeformat(video.size)

    @admin.display(description=_("picture"))
    def picture(self, video: VideoSubmission) -> str:
        return f"{video.width}×{video.height}" if video.width and video.height else "–"

    @admin.display(description=_("sent by"))
    def sender(self, video: VideoSubmission) -> str:
        return str(video.uploaded_by)

    @admin.display(description=_("captions"))
    def captioned(self, video: VideoSubmission) -> str:
        return pgettext("captions", "yes") if video.captions else pgettext("captions", "none")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description=_("Approve for the gallery"), permissions=["change"])
    def approve_chosen(self, request: HttpRequest, queryset: Any) -> None:
        self._show_chosen(request, queryset, shown=True)

    @admin.action(description=_("Take out of the gallery"), permissions=["change"])
    def take_out_chosen(self, request: HttpRequest, queryset: Any) -> None:
        self._show_chosen(request, queryset, shown=False)

    def _show_chosen(self, request: HttpRequest, queryset: Any, *, shown: bool) -> None:
        done, left = decisions.show_all(
            queryset.select_related("unit__contest").order_by("pk"),
            shown=shown,
            by=actor(request),
            address=client_address(request),
            now=database_now(),
        )
        said = ngettext("%(count)s video decided.", "%(count)s videos decided.", done)
        messages.success(request, said % {"count": done})
        if left:
            said = ngettext(
                "%(count)s video is left as it was: it is not accepted, cannot be watched yet, or"
                " its unit does not agree.",
                "%(count)s videos are left as they were: not accepted, not to be watched yet, or"
                " their units do not agree.",
                left,
            )
            messages.warning(request, said % {"count": left})

    def get_actions(self, request: HttpRequest) -> Any:
        """Leave out the stock deletion of many."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        video = self.get_object(request, object_id)
        more: dict[str, Any] = {"show_save": False, "show_save_and_continue": False}
        if video is not None:
            more |= {
                "tools": self._tools(video),
                "gallery_url": self._url("gallery", video.pk),
                "watchable": watchable_by(actor(request)).filter(pk=video.pk).exists(),
                "cautions": cautions.cautions_of(video),
            }
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def _tools(self, video: VideoSubmission) -> list[tuple[Any, str]]:
        """What can be done about the video now, each with its page."""
        now = database_now()
        keys = ["accept" if video.refused_at else "refuse"]
        if video.asked_at is None and video.unit.contest.takes_videos(now):
            keys.append("ask_again")
        acts = [*((key, VIDEO_ACTS[key]) for key in keys), *open_acts(video)]
        tools = [(act.title, self._url("decide", video.pk, key)) for key, act in acts]
        if not replacing.obstacle(video, now=now):
            tools.append((_("Allow one replacement"), self._url("replacement", video.pk)))
        if video.lacks_copy:
            tools.append((_("Supply a copy by hand"), self._url("supply", video.pk)))
        return [*tools, (_("Captions"), self._url("captions", video.pk))]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        prefix = "media_uploads_videosubmission"
        own: dict[str, Callable[..., HttpResponse]] = {
            "replacement": partial(self._about, pages.replacement),
            "supply": pages.without_reading_the_body(partial(self._about, pages.supply), self),
            "captions": partial(self._about, pages.subtitle),
        }
        return [
            path("<int:pk>/decide/<str:act>/", view(self.decide), name=f"{prefix}_decide"),
            path("<int:pk>/gallery/", view(require_POST(self.gallery)), name=f"{prefix}_gallery"),
            *(
                path(f"<int:pk>/{name}/", view(page), name=f"{prefix}_{name}")
                for name, page in own.items()
            ),
            *super().get_urls(),
        ]

    def _url(self, name: str, *args: Any) -> str:
        return reverse(f"admin:media_uploads_videosubmission_{name}", args=args)

    def _about(
        self, page: Callable[..., HttpResponse], request: HttpRequest, pk: int
    ) -> HttpResponse:
        return page(self, request, pk, back=self._url("change", pk))

    def decide(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        video = row_or_404(self, request, pk)
        back = self._url("change", video.pk)
        try:
            return decision_page(
                request,
                acts=VIDEO_ACTS,
                act=act,
                row=video,
                name=name_of(video),
                contest=video.unit.contest,
                back=back,
            )
        except decisions.TooLate:
            messages.error(
                request, gettext("Videos are no longer taken, so the unit cannot send a new one.")
            )
            return redirect(back)

    def gallery(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Approve the video for the gallery or take it out."""
        video = row_or_404(self, request, pk)
        shown = request.POST.get("shown") == "yes"
        try:
            decisions.show_in_gallery(
                target=video,
                name=name_of(video),
                contest=video.unit.contest,
                shown=shown,
                by=actor(request),
                address=client_address(request),
                now=database_now(),
            )
        except decisions.NotForGallery:
            messages.error(
                request,
                gettext(
                    "Only an accepted video that can be watched, and whose unit agrees, is shown."
                ),
            )
        else:
            messages.success(
                request,
                gettext("The video is in the gallery once results are published.")
                if shown
                else gettext("The video is not in the gallery."),
            )
        return redirect(self._url("change", video.pk))
