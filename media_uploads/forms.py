"""What a unit says of its video: as the plain form, and as the metadata of a resumable upload."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contests.models import Contest
from contests.names import clean_text
from media_uploads.receiving import too_large

# The plain form is for what a browser sends in one go; larger files need the resumable upload.
FORM_BYTES = 200 * 1024**2
ACCEPTED = "video/mp4,video/quicktime,video/webm,video/x-matroska,.mp4,.mov,.webm,.mkv"


class UploadForm(forms.Form):
    """Title and agreement; the slot is asked for only where a unit may hand in several videos."""

    slot = forms.TypedChoiceField(label=gettext_lazy("Video number"), coerce=int, required=False)
    title = forms.CharField(label=gettext_lazy("Title of the video"), max_length=160)
    filename = forms.CharField(max_length=255)
    may_be_shown = forms.BooleanField(
        label=gettext_lazy(
            "The unit agrees that its video is shown in the public gallery once results are"
            " published."
        ),
        required=False,
    )

    def __init__(self, *args: Any, contest: Contest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contest = contest
        if contest.videos_per_unit == 1:
            del self.fields["slot"]
        else:
            numbers = range(1, contest.videos_per_unit + 1)
            field = self.fields["slot"]
            assert isinstance(field, forms.TypedChoiceField)
            field.choices, field.required = [(number, str(number)) for number in numbers], True

    def clean_title(self) -> str:
        title = clean_text(self.cleaned_data["title"])
        if not title:
            raise forms.ValidationError(_("Enter the title of the video."))
        return title

    @property
    def chosen_slot(self) -> int:
        return int(self.cleaned_data.get("slot") or 1)

    def sentences(self) -> list[str]:
        """What is wrong, a sentence a field."""
        return [
            f"{self.fields[name].label}: {message}" if name in self.fields else str(message)
            for name, errors in self.errors.items()
            for message in errors
        ]


class VideoForm(UploadForm):
    """The plain form: the same, with the file itself."""

    filename = None  # type: ignore[assignment]
    file = forms.FileField(
        label=gettext_lazy("Choose the unit's video"),
        max_length=255,
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )
    field_order = ("slot", "title", "file", "may_be_shown")

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        most = min(self.contest.video_max_bytes, FORM_BYTES)
        if (file.size or 0) > most:
            raise forms.ValidationError(too_large(most))
        return file
