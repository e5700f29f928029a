"""What every address answers to whom: the declared half of the permission matrix.

An outcome is a status, or one of these words for a redirect: SIGN_IN (to a sign-in page), INDEX
(to the administration's first page, its way of saying 404), MOVED (anywhere else: let in).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.tokens import default_token_generator
from django.contrib.contenttypes.models import ContentType
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from contests import tokens
from contests.models import Contest
from tests.permissions_cast import ACTORS, COORDINATORS, JUDGES, NO_STAFF, ORGANIZERS, STAFF, Stage

Outcome = int | str
Rule = dict[str, Outcome]
Words = Callable[[Stage], dict[str, Any]]
SIGN_IN, INDEX, MOVED = "sign in", "index", "moved"
GROUPS = {
    "no_staff": NO_STAFF,
    "staff": STAFF,
    "judges": JUDGES,
    "organizers": ORGANIZERS,
    "coordinators": (*COORDINATORS, "foreign_coordinator"),
    "people": ("participant", "colleague", "foreign_participant"),
}


def rule(rest: Outcome, **exceptions: Outcome) -> Rule:
    """Return the outcome of each actor: `rest`, but for the named actors and groups of actors."""
    found: Rule = dict.fromkeys(ACTORS, rest)
    for name, outcome in exceptions.items():
        found.update(dict.fromkeys(GROUPS.get(name, (name,)), outcome))
    return found


def nothing(_stage: Stage) -> dict[str, Any]:
    return {}


def reason(_stage: Stage) -> dict[str, Any]:
    return {"reason": "Lý do"}


@dataclass(frozen=True)
class Address:
    """One address: who gets what by GET and by POST of `data`; `words` fill its places."""

    get: Rule
    post: Rule
    words: Words = nothing
    data: Words = nothing
    query: str = ""


def slug(stage: Stage) -> dict[str, Any]:
    return {"slug": stage.slug}


def unit(stage: Stage) -> dict[str, Any]:
    return {"pk": stage.unit.pk}


def contest(stage: Stage) -> dict[str, Any]:
    return {"contest_id": stage.contest.pk}


def certificate(stage: Stage) -> dict[str, Any]:
    return {**contest(stage), "number": 1}


def attempt(stage: Stage) -> dict[str, Any]:
    return {"slug": stage.slug, "pk": stage.attempt.pk}


def video(stage: Stage) -> dict[str, Any]:
    return {"public_id": stage.video.public_id}


def objection(stage: Stage) -> dict[str, Any]:
    return {"pk": stage.objection.pk}


def own_video(stage: Stage) -> dict[str, Any]:
    return {**unit(stage), **video(stage)}


def upload(stage: Stage) -> dict[str, Any]:
    return {**unit(stage), "upload_id": stage.upload.pk}


def answers(stage: Stage) -> dict[str, Any]:
    return {"token": tokens.make(stage.attempt), "revision": "0", "q0": "1"}


def password_link(stage: Stage) -> dict[str, Any]:
    fresh = stage.fresh_judge.user
    return {
        "uidb64": urlsafe_base64_encode(force_bytes(fresh.pk)),
        "token": default_token_generator.make_token(fresh),
    }


def named_judge(stage: Stage) -> dict[str, Any]:
    return {"judge": [stage.fresh_judge.pk]}


def password(_stage: Stage) -> dict[str, Any]:
    return {"password1": "gianh-quyen-77-88", "password2": "gianh-quyen-77-88"}


NO_POST = rule(405)
PUBLIC = rule(200)
NOBODY = rule(404)
# A part in the contest of the address; everybody else is led to its sign-in page.
PARTICIPANTS = rule(SIGN_IN, participant=200, colleague=200)
START = rule(SIGN_IN, participant=MOVED, colleague=MOVED)
OWN = rule(SIGN_IN, participant=200, colleague=404)
OWN_ACT = rule(SIGN_IN, participant=MOVED, colleague=404)
DESK = rule(404, visitor=SIGN_IN, coordinator=200)
EXPLAINED = rule(404, visitor=SIGN_IN, organizers=200, foreign_organizer=404)
EXPLAINED_NO_POST = rule(405, visitor=SIGN_IN)
DESK_ACT = rule(404, visitor=SIGN_IN, coordinator=MOVED)
DESK_NO_POST = rule(404, visitor=SIGN_IN, coordinator=405)
STREAM = rule(404, coordinator=200, judge=200, organizers=200)
# The administration: whoever is no staff is led to sign in, whatever the address.
STAFF_ONLY = rule(SIGN_IN, staff=200)
STAFF_NO_POST = rule(SIGN_IN, staff=405)
STAFF_NOWHERE = rule(SIGN_IN, staff=404)
LEADS_ON = rule(SIGN_IN, staff=MOVED)
SHUT = rule(SIGN_IN, staff=403)
LIST = rule(SIGN_IN, staff=200, judges=403)
ROW = rule(SIGN_IN, judges=403, organizers=200, foreign_organizer=INDEX)
ROW_DONE = rule(SIGN_IN, judges=403, organizers=MOVED, foreign_organizer=INDEX)
ROW_SHUT = rule(SIGN_IN, judges=403, organizers=403, foreign_organizer=INDEX)
HISTORY = rule(SIGN_IN, judges=INDEX, organizers=200, foreign_organizer=INDEX)
PAGE = rule(SIGN_IN, judges=403, organizers=200, foreign_organizer=404)
PAGE_NO_POST = rule(SIGN_IN, judges=403, organizers=405, foreign_organizer=404)
PAGE_NOWHERE = rule(SIGN_IN, judges=403, organizers=404, foreign_organizer=404)
ACT = rule(SIGN_IN, judges=403, organizers=MOVED, foreign_organizer=404)
# The pages of who watches the marking and does not judge.
WATCHED = rule(SIGN_IN, staff=404, organizers=200)
WATCHED_NO_POST = rule(SIGN_IN, staff=404, organizers=405)
JUDGE_PAGE = rule(SIGN_IN, staff=404, judge=200)
JUDGE_ACT = rule(SIGN_IN, staff=404, judge=MOVED)
# Whoever has a seat on the panel, whatever the video.
SEAT_PAGE = rule(SIGN_IN, staff=404, judge=200, judge_in_conflict=200)
SEAT_ACT = rule(SIGN_IN, staff=404, judge=MOVED, judge_in_conflict=MOVED)
SEAT_NO_GET = rule(SIGN_IN, staff=404, judge=405, judge_in_conflict=405)


def model(name: str, of: Callable[[Stage], Any], **pages: tuple[Rule, Rule]) -> dict[str, Address]:
    """Return the stock pages of a registered model, `pages` where they differ; `of` is the row."""

    def words(stage: Stage) -> dict[str, Any]:
        return {"object_id": of(stage).pk}

    app, _, short = name.rpartition("_")
    rules = {
        "changelist": (LIST, LIST),
        "add": (LIST, LIST),
        "history": (HISTORY, HISTORY),
        "change": (ROW, ROW),
        "delete": (SHUT, SHUT),
        **pages,
    }
    found = {f"admin:{name}_{page}": Address(*said, words) for page, said in rules.items()}
    found[f"admin/{app}/{short}/<path:object_id>/"] = Address(LEADS_ON, LEADS_ON, words)
    for page in ("changelist", "add"):
        address = found[f"admin:{name}_{page}"]
        query = "?q=n" if page == "changelist" else ""
        found[f"admin:{name}_{page}"] = replace(address, words=nothing, query=query)
    address = found[f"admin:{name}_delete"]
    found[f"admin:{name}_delete"] = replace(address, data=lambda _stage: {"post": "yes"})
    return found


def page(
    get: Rule, post: Rule, key: str, of: Callable[[Stage], Any], data: Words = reason, **more: Any
) -> Address:
    """Return an own page of the administration about one row, named by `key` in its address."""
    return Address(get, post, lambda stage: {key: of(stage).pk, **more}, data)


ADDRESSES: dict[str, Address] = {
    # --- accounts
    "staff_sign_in": Address(PUBLIC, PUBLIC),
    "account_password": Address(
        rule(200, visitor=SIGN_IN, people=404), rule(200, visitor=SIGN_IN, people=404)
    ),
    # The first password of somebody who has never signed in: whoever has the link.
    "password_link": Address(rule(MOVED), rule(MOVED), password_link),
    "set_language": Address(rule(MOVED), rule(MOVED)),
    # --- contests
    "participant_sign_out": Address(NO_POST, rule(MOVED)),
    "enter": Address(
        PUBLIC,
        rule(MOVED),
        lambda stage: {"token": stage.code.link_token},
        lambda _stage: {"consent": "on"},
    ),
    "answer_save": Address(NO_POST, rule(400)),
    "attempt_state": Address(
        rule(404, visitor=403, participant=200), NO_POST, lambda stage: {"pk": stage.attempt.pk}
    ),
    "register": Address(PUBLIC, PUBLIC, slug),
    "sign_in": Address(PUBLIC, PUBLIC, slug),
    "quiz": Address(PARTICIPANTS, NO_POST, slug),
    "quiz_start": Address(NO_POST, START, lambda stage: {"slug": stage.slug, "quiz": "quiz-1"}),
    "attempt": Address(OWN, NO_POST, attempt),
    "attempt_save": Address(NO_POST, OWN_ACT, attempt, answers),
    "attempt_take_over": Address(NO_POST, OWN_ACT, attempt),
    "attempt_confirm": Address(OWN, NO_POST, attempt),
    "attempt_submit": Address(NO_POST, OWN_ACT, attempt),
    "attempt_result": Address(OWN_ACT, NO_POST, attempt),
    "attempt_review": Address(OWN_ACT, NO_POST, attempt),
    "attempt_picture": Address(OWN, NO_POST, lambda stage: {**attempt(stage), "position": 0}),
    # --- media_uploads
    "video_upload": Address(NO_POST, DESK_ACT, unit),
    # By a program that reads the status: 401 in place of a page to sign in.
    "uploads": Address(
        rule(404, visitor=401, coordinator=405), rule(404, visitor=401, coordinator=412), unit
    ),
    "upload": Address(
        rule(404, visitor=401, coordinator=405), rule(404, visitor=401, coordinator=405), upload
    ),
    "upload_drop": Address(NO_POST, rule(404, visitor=401, coordinator=MOVED), upload),
    # Videos are no longer taken here: the coordinator is led back to the desk.
    "video_withdraw": Address(DESK_ACT, DESK_ACT, own_video),
    "video_keep": Address(NO_POST, DESK_ACT, own_video),
    "video_subtitle": Address(DESK_ACT, DESK_ACT, own_video, lambda _stage: {"remove": "yes"}),
    "video_captions": Address(STREAM, NO_POST, video),
    "video_copy": Address(STREAM, NO_POST, video),
    "video_poster": Address(STREAM, NO_POST, video),
    # --- scoring, before publication
    "contest_download": Address(
        rule(404, organizers=200),
        NO_POST,
        lambda stage: {"slug": stage.slug, "table": "units", "form": "xlsx"},
    ),
    # --- portal
    "home": Address(PUBLIC, NO_POST),
    "healthz": Address(PUBLIC, NO_POST),
    "readyz": Address(rule(503), NO_POST),  # no worker has rung yet
    "after_sign_in": Address(rule(MOVED, visitor=SIGN_IN, staff=INDEX), rule(405, visitor=SIGN_IN)),
    "desks": Address(rule(200, visitor=SIGN_IN, coordinators=MOVED), rule(405, visitor=SIGN_IN)),
    "desk": Address(DESK, DESK_NO_POST, unit),
    "desk_state": Address(DESK, DESK_NO_POST, unit),
    "roster_file": Address(DESK, DESK_NO_POST, unit),
    "people_confirm": Address(
        DESK, DESK_ACT, unit, lambda stage: {"people": [stage.waiting.number]}
    ),
    "codes_issue": Address(DESK, DESK, unit),
    "code_issue": Address(
        DESK, DESK, lambda stage: {**unit(stage), "number": stage.person.number}, reason
    ),
    "verify_search": Address(PUBLIC, NO_POST),
    # Nothing is certified before results are final.
    "verify": Address(NOBODY, NO_POST, lambda _stage: {"code": "0" * 28}),
    "contest": Address(PUBLIC, NO_POST, slug),
    "contest_units": Address(PUBLIC, NO_POST, slug, query="?q=a"),
    "contest_results": Address(PUBLIC, NO_POST, slug),
    "contest_statistics": Address(NOBODY, NO_POST, slug),
    "unit_sum": Address(NOBODY, NO_POST, lambda stage: {"slug": stage.slug, "code": "A1"}),
    # Before publication the organizers' alone, from the draft (rules: A5, P7).
    "unit_explained": Address(
        EXPLAINED, EXPLAINED_NO_POST, lambda stage: {"slug": stage.slug, "code": "A1"}
    ),
    "person_explained": Address(
        EXPLAINED,
        EXPLAINED_NO_POST,
        lambda stage: {**slug(stage), "number": stage.colleague.number},
    ),
    # Not there before publication (rules: A5).
    "objections": Address(NOBODY, NOBODY, slug),
    "objection_withdraw": Address(
        NOBODY, NOBODY, lambda stage: {**slug(stage), **objection(stage)}
    ),
    "gallery": Address(PUBLIC, NO_POST, slug),
    "gallery_video": Address(NOBODY, NO_POST, lambda stage: {**slug(stage), **video(stage)}),
    "privacy": Address(PUBLIC, NO_POST, slug),
    # --- the administration's frame
    "admin/login/": Address(rule(SIGN_IN), NO_POST),
    "admin:login": Address(rule(SIGN_IN), NO_POST),
    "admin:index": Address(STAFF_ONLY, STAFF_ONLY),
    "admin:logout": Address(rule(INDEX, staff=405), rule(INDEX, staff=MOVED)),
    "admin:password_change": Address(STAFF_ONLY, STAFF_ONLY),
    "admin:password_change_done": Address(STAFF_ONLY, STAFF_NO_POST),
    "admin:jsi18n": Address(STAFF_ONLY, STAFF_NO_POST),
    "admin:autocomplete": Address(SHUT, STAFF_NO_POST),
    "admin:app_list": Address(
        LIST | dict.fromkeys(JUDGES, 404),
        LIST | dict.fromkeys(JUDGES, 404),
        lambda _stage: {"app_label": "contests"},
    ),
    "admin:view_on_site": Address(
        STAFF_NOWHERE,
        STAFF_NOWHERE,
        lambda stage: {
            "content_type_id": ContentType.objects.get_for_model(Contest).pk,
            "object_id": stage.contest.pk,
        },
    ),
    r"admin/(?P<url>.*)$": Address(STAFF_NOWHERE, STAFF_NOWHERE, lambda _stage: {"url": "x"}),
    # --- accounts in the administration
    **model(
        "accounts_user",
        lambda stage: stage.judge.user,
        history=(HISTORY | {"judge": 403},) * 2,
        delete=(SHUT | {"superuser": 200}, SHUT | {"superuser": 200}),
    ),
    "admin:auth_user_password_change": page(
        PAGE, ACT, "id", lambda stage: stage.judge.user, password
    ),
    **model("accounts_auditentry", lambda stage: stage.entry, add=(SHUT, SHUT), change=(ROW, SHUT)),
    # --- contests in the administration
    **model(
        "contests_contest",
        lambda stage: stage.contest,
        add=(SHUT | {"superuser": 200}, SHUT | {"superuser": 200}),
    ),
    "admin:contests_import": Address(
        PAGE, PAGE, lambda stage: {**contest(stage), "kind": "people"}
    ),
    "admin:contests_import_template": Address(
        PAGE, STAFF_NO_POST, lambda stage: {**contest(stage), "kind": "people"}
    ),
    **model(
        "contests_settingchange", lambda stage: stage.change, add=(SHUT, SHUT), change=(ROW, SHUT)
    ),
    **model("contests_unit", lambda stage: stage.unit, delete=(ROW_SHUT, ROW_SHUT)),
    "admin:contests_unit_decide": page(PAGE, ACT, "pk", lambda s: s.unit, act="disqualify"),
    "admin:contests_unit_coordinator": page(
        PAGE, PAGE, "pk", lambda s: s.unit, lambda _stage: {"full_name": "Lê Thị Mới"}
    ),
    **model("contests_participant", lambda stage: stage.person, delete=(ROW_DONE, ROW_DONE)),
    "admin:contests_participant_decide": page(
        PAGE, ACT, "pk", lambda s: s.person, act="ineligible"
    ),
    "admin:contests_participant_code": page(PAGE, PAGE, "pk", lambda s: s.person),
    "admin:contests_participant_confirm": page(
        PAGE, ACT, "pk", lambda s: s.waiting, lambda _stage: {"confirmed": "yes"}
    ),
    "admin:contests_participant_extra_time": page(
        PAGE,
        ACT,
        "pk",
        lambda s: s.person,
        lambda stage: {"quiz": stage.quiz.pk, "minutes": "5", "reason": "Lý do"},
    ),
    **model("contests_exclusion", lambda stage: stage.exclusion, delete=(ROW, ROW_DONE)),
    **model("contests_flag", lambda stage: stage.flag, add=(SHUT, SHUT), change=(ROW, ROW_DONE)),
    "admin:contests_flag_search": Address(
        rule(SIGN_IN, staff=405, judges=403), rule(SIGN_IN, staff=MOVED, judges=403)
    ),
    **model(
        "contests_judge",
        lambda stage: stage.judge_in_conflict,
        change=(ROW, ROW_DONE),
        delete=(ROW, ROW_DONE),
    ),
    **model("contests_conflict", lambda stage: stage.conflict, delete=(ROW, ROW_DONE)),
    **model("contests_question", lambda stage: stage.question, delete=(ROW_SHUT, ROW_SHUT)),
    "admin:contests_question_picture": page(PAGE, STAFF_NO_POST, "pk", lambda s: s.question),
    **model(
        "contests_keychange", lambda stage: stage.key_change, add=(SHUT, SHUT), change=(ROW, SHUT)
    ),
    "admin:contests_keychange_mend": page(
        PAGE, ACT, "question_id", lambda s: s.question, lambda s: {"way": "drop", **reason(s)}
    ),
    **model("contests_quiz", lambda stage: stage.quiz, delete=(ROW_SHUT, ROW_SHUT)),
    **model("contests_attempt", lambda stage: stage.attempt, add=(SHUT, SHUT), change=(PAGE, PAGE)),
    # --- videos, marks and results in the administration
    **model(
        "media_uploads_videosubmission",
        lambda stage: stage.video,
        add=(SHUT, SHUT),
        change=(ROW, ROW_DONE),
    ),
    "admin:media_uploads_videosubmission_decide": page(
        PAGE, ACT, "pk", lambda s: s.video, act="refuse"
    ),
    "admin:media_uploads_videosubmission_gallery": page(
        STAFF_NO_POST, ACT, "pk", lambda s: s.video
    ),
    # The video is neither refused nor without a copy: both lead back to its page.
    "admin:media_uploads_videosubmission_replacement": page(ACT, ACT, "pk", lambda s: s.video),
    "admin:media_uploads_videosubmission_supply": page(ACT, ACT, "pk", lambda s: s.video),
    "admin:media_uploads_videosubmission_captions": page(
        PAGE, ACT, "pk", lambda s: s.video, lambda _stage: {"remove": "yes"}
    ),
    **model("scoring_criterion", lambda stage: stage.criteria[0], delete=(ROW_SHUT, ROW_SHUT)),
    "admin:scoring_criterion_default": Address(
        STAFF_NOWHERE | dict.fromkeys(JUDGES, 403),
        STAFF_NOWHERE | dict.fromkeys(JUDGES, 403),
        slug,
        reason,
    ),
    **model("scoring_awardtier", lambda stage: stage.tier, delete=(ROW_DONE, ROW_DONE)),
    "admin:scoring_awardtier_remove": page(PAGE, ACT, "pk", lambda s: s.tier),
    "admin:scoring_scoresheet_changelist": Address(STAFF_ONLY, STAFF_NO_POST),
    "admin:scoring_scoresheet_video": Address(
        JUDGE_PAGE, JUDGE_PAGE | {"judge": 409}, video, lambda _stage: {"revision": "0"}
    ),
    # Handed in: nothing is stored any more.
    "admin:scoring_scoresheet_save": Address(
        JUDGE_PAGE | {"judge": 405}, JUDGE_PAGE | {"judge": 410}, video
    ),
    "admin:scoring_scoresheet_confirm": Address(JUDGE_ACT, JUDGE_ACT, video),
    "admin:scoring_scoresheet_conflict": Address(JUDGE_PAGE, JUDGE_ACT, video, reason),
    "admin:scoring_scoresheet_practice": Address(
        SEAT_PAGE, SEAT_ACT, slug, lambda _stage: {"revision": "0"}
    ),
    "admin:scoring_scoresheet_practice_save": Address(
        SEAT_NO_GET, SEAT_PAGE, slug, lambda _stage: {"revision": "0"}
    ),
    # Nothing is marked yet: back to the page, with a sentence.
    "admin:scoring_scoresheet_practice_confirm": Address(SEAT_ACT, SEAT_ACT, slug),
    "admin:scoring_scoresheet_progress": Address(WATCHED, STAFF_NO_POST, slug),
    "admin:scoring_scoresheet_invite": Address(
        WATCHED, WATCHED | dict.fromkeys(ORGANIZERS, MOVED), slug, named_judge
    ),
    "admin:scoring_scoresheet_remind": Address(
        WATCHED, WATCHED | dict.fromkeys(ORGANIZERS, MOVED), slug, named_judge
    ),
    "admin:scoring_scoresheet_excuse": Address(JUDGE_PAGE, JUDGE_PAGE, slug, reason),
    "admin:scoring_scoresheet_reopen": Address(JUDGE_PAGE, JUDGE_PAGE, slug, reason),
    "admin:scoring_scoresheet_analysis": Address(
        rule(SIGN_IN, staff=404, judge=200, organizers=200), STAFF_NO_POST, slug
    ),
    "admin:scoring_scoresheet_discussion": Address(
        JUDGE_PAGE, JUDGE_ACT, video, lambda _stage: {"text": "Ban Giám khảo đã hội ý."}
    ),
    # Judging is open and sheets are missing: a sentence, where the way back leads, and no marks.
    "admin:scoring_scoresheet_minutes": Address(
        rule(SIGN_IN, staff=404, judge=MOVED, organizers=MOVED), STAFF_NO_POST, slug
    ),
    "admin:scoring_scoresheet_minutes_template": Address(WATCHED, WATCHED, slug, reason),
    "admin:scoring_scoresheet_minutes_template_file": Address(WATCHED, WATCHED_NO_POST, slug),
    "admin:scoring_scoresheet_history": Address(WATCHED, STAFF_NO_POST, slug),
    "admin:scoring_scoresheet_history_export": Address(
        rule(SIGN_IN, staff=404, organizers=MOVED), STAFF_NO_POST, slug
    ),
    "admin:scoring_resultset_changelist": Address(
        LIST | {"foreign_organizer": MOVED}, LIST | {"foreign_organizer": MOVED}
    ),
    "admin:scoring_results": Address(PAGE, PAGE, contest),
    "admin:scoring_results_refresh": Address(ACT, ACT, contest),
    "admin:scoring_results_publish": Address(ACT, ACT, contest),
    "admin:scoring_results_request_final": Address(PAGE, ACT, contest, reason),
    "admin:scoring_results_approve_final": Address(ACT, ACT, contest),
    "admin:scoring_results_tie": Address(ACT, ACT, contest),
    "admin:scoring_results_verify": Address(ACT, PAGE, contest),
    "admin:scoring_results_objections": Address(PAGE, PAGE_NO_POST, contest),
    "admin:scoring_results_objection": Address(
        PAGE,
        ACT,
        lambda stage: {**contest(stage), **objection(stage)},
        lambda _stage: {"effect": "kept", "answer": "Đã kiểm tra lại"},
    ),
    # Not final yet: back to the desk, with a sentence.
    "admin:scoring_results_ceremony": Address(ACT, ACT, contest),
    "admin:scoring_results_ranking": Address(
        PAGE, PAGE, lambda stage: {**contest(stage), "name": "units"}
    ),
    "admin:scoring_results_what_if": Address(PAGE, PAGE_NO_POST, contest),
    "admin:scoring_results_paper": Address(
        PAGE,
        PAGE_NO_POST,
        lambda stage: {**contest(stage), "kind": "decision", "form": "docx"},
    ),
    # Results are no more than a draft: the page says so, and there is nothing to take or revoke.
    "admin:scoring_results_certificates": Address(PAGE, PAGE_NO_POST, contest),
    "admin:scoring_results_issue": Address(ACT, ACT, contest),
    "admin:scoring_results_all_pdf": Address(ACT, PAGE_NO_POST, contest),
    "admin:scoring_results_all_zip": Address(ACT, PAGE_NO_POST, contest),
    "admin:scoring_results_one_pdf": Address(PAGE_NOWHERE, PAGE_NO_POST, certificate),
    "admin:scoring_results_revoke": Address(PAGE_NOWHERE, PAGE_NOWHERE, certificate, reason),
}
