"""The acts of the audit log in words: "noun.verb" as people read it."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

NOUNS: dict[str, Promise] = {
    "archive": _("Archive"),
    "attempt": _("Attempt"),
    "awardtier": _("Award tier"),
    "certificate": _("Certificate"),
    "code": _("Access code"),
    "conflict": _("Conflict of interest"),
    "contest": _("Contest"),
    "criterion": _("Criterion"),
    "exclusion": _("Exclusion list"),
    "extra_time": _("Extra time"),
    "flag": _("Flag"),
    "judge": _("Judge"),
    "participant": _("Participant"),
    "minutes_template": _("Template of the judging minutes"),
    "objection": _("Objection to the results"),
    "panel": _("Panel"),
    "people": _("People"),
    "practice_questions": _("Practice bank"),
    "question": _("Question"),
    "questions": _("Question bank"),
    "quiz": _("Quiz"),
    "results": _("Results"),
    "score_sheet": _("Score sheet"),
    "setting": _("Setting after the opening"),
    "unit": _("Unit"),
    "units": _("Units"),
    "user": _("Account"),
    "video": _("Video"),
    "videosubmission": _("Video"),
}
VERBS: dict[str, Promise] = {
    "accept_again": pgettext_lazy("act", "refusal taken back"),
    "add": pgettext_lazy("act", "added"),
    "allow_replacement": pgettext_lazy("act", "one replacement allowed"),
    "approve_final": pgettext_lazy("act", "approved as final"),
    "ask_again": pgettext_lazy("act", "a new version asked for"),
    "caption": pgettext_lazy("act", "given captions"),
    "change": pgettext_lazy("act", "changed"),
    "changed": pgettext_lazy("act", "changed"),
    "confirm": pgettext_lazy("act", "confirmed"),
    "coordinator": pgettext_lazy("act", "given a coordinator"),
    "created": pgettext_lazy("act", "made"),
    "decide_tie": pgettext_lazy("act", "tie decided"),
    "declare": pgettext_lazy("act", "declared"),
    "delete": pgettext_lazy("act", "deleted"),
    "discuss": pgettext_lazy("act", "discussion written down"),
    "disqualify": pgettext_lazy("act", "disqualified"),
    "excuse": pgettext_lazy("act", "excused"),
    "export": pgettext_lazy("act", "exported into a file"),
    "file": pgettext_lazy("act", "filed"),
    "give": pgettext_lazy("act", "given"),
    "hide": pgettext_lazy("act", "taken out of the gallery"),
    "import": pgettext_lazy("act", "imported from a file"),
    "invite": pgettext_lazy("act", "invited by letter"),
    "issued": pgettext_lazy("act", "issued"),
    "keep": pgettext_lazy("act", "withdrawal taken back"),
    "mend_key": pgettext_lazy("act", "key mended and graded again"),
    "password_set": pgettext_lazy("act", "password set anew"),
    "publish": pgettext_lazy("act", "published"),
    "receive": pgettext_lazy("act", "received"),
    "refuse": pgettext_lazy("act", "refused"),
    "reinstate": pgettext_lazy("act", "disqualification taken back"),
    "reissued": pgettext_lazy("act", "issued again"),
    "remind": pgettext_lazy("act", "reminded by letter"),
    "remove_captions": pgettext_lazy("act", "captions removed"),
    "reopen": pgettext_lazy("act", "opened again"),
    "reply": pgettext_lazy("act", "answered"),
    "request_final": pgettext_lazy("act", "requested as final"),
    "revoke": pgettext_lazy("act", "revoked"),
    "set_eligible": pgettext_lazy("act", "made eligible for an award"),
    "set_ineligible": pgettext_lazy("act", "taken out of the awards"),
    "settle": pgettext_lazy("act", "looked at"),
    "show": pgettext_lazy("act", "put into the gallery"),
    "submit": pgettext_lazy("act", "handed in"),
    "supply": pgettext_lazy("act", "copy supplied by hand"),
    "take_back": pgettext_lazy("act", "withdrawn by the filer"),
    "take_over": pgettext_lazy("act", "continued on another device"),
    "upload": pgettext_lazy("act", "uploaded"),
    "view": pgettext_lazy("act", "looked into"),
    "withdraw": pgettext_lazy("act", "withdrawn by the unit"),
}


def in_words(action: str) -> str:
    """Return an act as people read it; a code nobody has named as it is."""
    noun, _dot, verb = action.partition(".")
    if noun not in NOUNS or verb not in VERBS:
        return action
    return gettext("%(noun)s: %(verb)s") % {"noun": NOUNS[noun], "verb": VERBS[verb]}
