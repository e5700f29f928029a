"""The picture of a question in the administration: sent, looked at, taken away."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from contests import pictures
from contests.admin.scope import own_contests
from contests.models import Question

FIELDS = ("shown_picture", "picture_file", "picture_alt", "picture_removed")
OF_A_STORED_ONE = ("shown_picture", "picture_removed")
# The address names a version and its picture; an edit gives it another.
KEPT_SECONDS = 60 * 60


class PictureInput(forms.FileInput):
    """A file field with a button in the page's own words (static/js/file-choice.js)."""

    class Media:
        js = (forms.Script("js/file-choice.js", type="module"),)

    def __init__(self) -> None:
        kinds = ",".join(f"image/{kind.lower()}" for kind in pictures.FORMATS)
        super().__init__(attrs={"accept": kinds})

    def build_attrs(self, base_attrs: Any, extra_attrs: Any = None) -> dict[str, Any]:
        words = {
            "data-choose": gettext("Choose a file"),
            "data-nothing": gettext("No file chosen yet"),
        }
        return super().build_attrs(base_attrs, {**(extra_attrs or {}), **words})


def file_field() -> forms.FileField:
    return forms.FileField(
        label=_("New picture"),
        required=False,
        widget=PictureInput(),
        help_text=_(
            "PNG, JPEG or WebP, at most 5 MB. It is drawn anew at most 1,200 px wide; data of the"
            " camera are left out."
        ),
    )


def removed_field() -> forms.BooleanField:
    return forms.BooleanField(label=_("Take the picture away"), required=False)


def fieldsets_for(question: Question | None, fieldsets: Any) -> Any:
    """Return the form's parts without what only a question with a picture has."""
    if question is not None and question.picture:
        return fieldsets
    return [
        (title, {**part, "fields": tuple(f for f in part["fields"] if f not in OF_A_STORED_ONE)})
        for title, part in fieldsets
    ]


def clean(form: forms.ModelForm, data: dict[str, Any]) -> None:
    """Draw what was sent into `data["drawn"]`; a question with a picture says it in words too."""
    data["drawn"] = None
    if isinstance(sent := data.get("picture_file"), UploadedFile):
        try:
            data["drawn"] = pictures.redraw(sent)
        except pictures.BadPicture as error:
            form.add_error("picture_file", refusal(error.fault))
            return
    data["picture_alt"] = " ".join((data.get("picture_alt") or "").split())
    if data.get("picture_removed") and not data["drawn"]:
        data["picture_alt"] = ""
    elif data["drawn"] or form.instance.picture:
        if not data["picture_alt"]:
            form.add_error(
                "picture_alt", _("Say in words what the picture shows: some people cannot see it.")
            )
    elif data["picture_alt"]:
        form.add_error("picture_alt", _("There is no picture. Choose one, or leave this empty."))


def refusal(fault: pictures.Fault) -> str:
    """Return what is wrong with a file, and what to do."""
    return {
        "too_large": gettext("The file is larger than 5 MB. Please make the picture smaller."),
        "unreadable": gettext(
            "This is no picture that can be read. Please choose a PNG, JPEG or WebP file."
        ),
        "too_many_pixels": gettext(
            "The picture has more than 24 million pixels. Please make it smaller."
        ),
        "moves": gettext("The picture moves. Please choose a still one."),
    }[fault]


def name_for(question: Question, data: dict[str, Any]) -> str:
    """Return the name of the picture the question is to have; keeps a new one."""
    if data["drawn"]:
        return pictures.store(data["drawn"])
    return "" if data.get("picture_removed") else question.picture


def preview(question: Question) -> str:
    """Return the picture as the question's page shows it."""
    picture = pictures.shown(question.picture, question.picture_alt)
    if picture is None:
        return pgettext("picture", "none")
    return format_html(
        '<a href="{0}"><img class="own-picture" src="{0}" width="{1}" height="{2}" alt="{3}"></a>',
        address_of(question),
        picture.width,
        picture.height,
        picture.alt,
    )


def address_of(question: Question) -> str:
    """Return where organizers see the picture; another picture has another address."""
    token = question.picture.rpartition("/")[2][:8]
    return f"{reverse('admin:contests_question_picture', args=[question.pk])}?{token}"


@require_safe
def question_picture(request: HttpRequest, pk: int) -> HttpResponse:
    """The picture of any version of a question of one's own contests."""
    if not request.user.has_perm("contests.view_question"):
        raise PermissionDenied
    own = Question.objects.filter(contest__in=own_contests(request).order_by())
    question = get_object_or_404(own, pk=pk)
    return pictures.answer_with(question.picture, max_age=KEPT_SECONDS)
