"""Reads an archive into a database that does not have its contest: all of it, or nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.serializers.base import DeserializationError
from django.db import DatabaseError, models, transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from contests.models import Answer, Attempt, Choice, Contest, Question
from contests.models.attempts import seal_of as attempt_seal
from scoring import facts, guard
from scoring.archive.tables import FORMAT, INPUTS, MANIFEST, TABLES, USERS, Table, value
from scoring.gathering import gather
from scoring.models import Mark, ResultSet, ScoreSheet
from scoring.models.judging import seal_of as sheet_seal
from scoring.results import seal_of as set_seal

CHUNK = 1000
BLOCK = 1024 * 1024
MOST_OF_MANIFEST = 1024 * 1024

# By table the key in the archive → the key here.
Keys = dict[type[models.Model], dict[int, int]]


class ArchiveRefused(Exception):
    """Why an archive cannot be read, as a sentence; nothing was stored."""


def read(path: Path, *, by: User | None = None, now: dt.datetime) -> Contest:
    """Store the contest of an archive and seal it with this place's key; return it.

    Raises ArchiveRefused. What was sealed is compared by the digest: the inputs gathered from the
    stored rows are the inputs of the archive, byte by byte.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _checked(archive)
            with transaction.atomic(), guard.lifted():
                return _store(archive, manifest, by=by, now=now)
    except (OSError, zipfile.BadZipFile, zlib.error) as error:
        raise ArchiveRefused(_("The file is no archive, or cut: %s") % error) from error
    except DatabaseError as error:
        said = str(error).splitlines()[0]
        raise ArchiveRefused(_("The rows cannot be stored here: %s") % said) from error


def _checked(archive: zipfile.ZipFile) -> dict[str, Any]:
    """Return the manifest of an archive whose files are what it lists (rules: A7)."""
    names = archive.namelist()
    if MANIFEST not in names or archive.getinfo(MANIFEST).file_size > MOST_OF_MANIFEST:
        raise ArchiveRefused(_("The file is no archive of a contest."))
    try:
        manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
        listed = {entry["name"]: (entry["bytes"], entry["sha256"]) for entry in manifest["files"]}
        digest, problems = str(manifest["digest"]), list(manifest["problems"])
        wanted = {INPUTS, USERS.file, *(table.file for table in TABLES)}
    except (KeyError, TypeError, ValueError) as error:
        raise ArchiveRefused(_("The list of files of the archive cannot be read.")) from error
    if manifest.get("format") != FORMAT:
        raise ArchiveRefused(
            _("The archive has format %(found)s; this version reads format %(known)s.")
            % {"found": manifest.get("format"), "known": FORMAT}
        )
    if sorted(names) != sorted([*listed, MANIFEST]) or set(listed) != wanted:
        raise ArchiveRefused(_("The files of the archive are not those of its list."))
    for name, (size, sha256) in listed.items():
        if archive.getinfo(name).file_size != size or _sha256(archive, name) != sha256:
            raise ArchiveRefused(_("%s is not what it was when the archive was made.") % name)
    if listed[INPUTS][1] != digest:
        raise ArchiveRefused(_("%s is not what it was when the archive was made.") % INPUTS)
    if problems:
        raise ArchiveRefused(
            _("When the archive was made, rows differed from their seals: %s") % problems[0]
        )
    return manifest


def _sha256(archive: zipfile.ZipFile, name: str) -> str:
    hasher = hashlib.sha256()
    with archive.open(name) as file:
        while block := file.read(BLOCK):
            hasher.update(block)
    return hasher.hexdigest()


def _store(
    archive: zipfile.ZipFile, manifest: dict[str, Any], *, by: User | None, now: dt.datetime
) -> Contest:
    if Contest.objects.filter(slug=manifest["contest"]).exists():
        raise ArchiveRefused(_("There is a contest “%s” here already.") % manifest["contest"])
    keys: Keys = {}
    _store_users(archive, keys)
    for table in TABLES:
        _store_rows(archive, table, keys)
    contest = Contest.objects.get(slug=manifest["contest"])
    if facts.digest(gather(contest)) != manifest["digest"]:
        raise ArchiveRefused(_("The rows of the archive do not give the inputs that it names."))
    _seal(contest)
    audit.record(
        action="archive.import",
        target="contest",
        contest=contest.slug,
        actor=by,
        after={"digest": manifest["digest"]},
        now=now,
    )
    return contest


def _store_users(archive: zipfile.ZipFile, keys: Keys) -> None:
    """Make the accounts, without a password; none of them may be here already."""
    roles = {group.name: group for group in Group.objects.all()}
    members: dict[str, list[int]] = {name: [] for name in roles}

    def made(line: dict[str, Any]) -> User:
        given = {field.attname: value(field, line[field.attname]) for field in USERS.fields}
        return User(password=make_password(None), **given)

    for rows, users in _chunks(archive, USERS, made, also={"roles"}):
        taken = User.objects.filter(username__in=[user.username for user in users])
        if known := taken.values_list("username", flat=True).first():
            raise ArchiveRefused(
                _("There is an account “%s” here already; read the archive into an empty database.")
                % known
            )
        stored = User.objects.bulk_create(users)
        _note(keys, User, rows, stored)
        for row, user in zip(rows, stored, strict=True):
            for role in row["roles"]:
                if role not in roles:
                    raise ArchiveRefused(_("%s is no role.") % role)
                members[role].append(user.pk)
    for role, group in roles.items():
        group.user_set.add(*members[role])


def _store_rows(archive: zipfile.ZipFile, table: Table, keys: Keys) -> None:
    # A unit may stand below one that comes later in the file.
    later = [field for field in table.fields if field.related_model is table.model]

    def made(line: dict[str, Any]) -> models.Model:
        row = table.model()
        for field in table.fields:
            stored = line[field.attname]
            if field in later:
                continue
            if field.is_relation and stored is not None:
                found: Any = keys[field.related_model][stored]  # type: ignore[index]
            else:
                found = value(field, stored)
            setattr(row, field.attname, found)
        if isinstance(row, Attempt):
            row.writer = secrets.token_urlsafe(16)
            row.paper = _paper(row.paper, keys)
        return row

    also = {"organizers"} if table.model is Contest else set()
    for rows, made_rows in _chunks(archive, table, made, also=also):
        stored = table.model._default_manager.bulk_create(made_rows)
        _note(keys, table.model, rows, stored)
        for row, instance in zip(rows, stored, strict=True):
            if isinstance(instance, Contest):
                instance.organizers.add(*(keys[User][pk] for pk in row["organizers"]))
    for field in later:
        for row in _rows(archive, table, also):
            if (above := row[field.attname]) is not None:
                own = keys[table.model]
                table.model._default_manager.filter(pk=own[row["id"]]).update(
                    **{field.attname: own[above]}
                )


def _paper(paper: Any, keys: Keys) -> list[dict[str, Any]]:
    """A paper names questions and choices by their keys, in its order."""
    return [
        {**item, "q": keys[Question][item["q"]], "c": [keys[Choice][pk] for pk in item["c"]]}
        for item in paper
    ]


def _note(keys: Keys, model: type[models.Model], rows: list[Any], stored: list[Any]) -> None:
    own = keys.setdefault(model, {})
    for row, instance in zip(rows, stored, strict=True):
        own[row["id"]] = instance.pk


def _chunks(
    archive: zipfile.ZipFile,
    table: Table,
    made: Callable[[dict[str, Any]], Any],
    *,
    also: set[str],
) -> Iterator[tuple[list[dict[str, Any]], list[Any]]]:
    """Rows of a table with what is made of them, some at a time; a bad one names its line."""
    rows: list[dict[str, Any]] = []
    instances: list[Any] = []
    for number, row in enumerate(_rows(archive, table, also), start=1):
        try:
            instances.append(made(row))
        except (DeserializationError, ValidationError, LookupError, TypeError, ValueError) as error:
            raise _bad_line(table, number) from error
        rows.append(row)
        if len(rows) == CHUNK:
            yield rows, instances
            rows, instances = [], []
    if rows:
        yield rows, instances


def _rows(archive: zipfile.ZipFile, table: Table, also: set[str]) -> Iterator[dict[str, Any]]:
    names = {"id", *also, *(field.attname for field in table.fields)}
    with archive.open(table.file) as file:
        for number, line in enumerate(file, start=1):
            try:
                row = json.loads(line)
                complete = set(row) == names and isinstance(row["id"], int)
            except (TypeError, ValueError) as error:
                raise _bad_line(table, number) from error
            if not complete:
                raise _bad_line(table, number)
            yield row


def _bad_line(table: Table, number: int) -> ArchiveRefused:
    return ArchiveRefused(
        _("%(file)s, line %(line)s: this row cannot be read.")
        % {"file": table.file, "line": number}
    )


def _seal(contest: Contest) -> None:
    """Seal everything again: a seal is made with the place's key over the place's own keys (A7)."""
    answers: dict[int, dict[int, int]] = {}
    for attempt_id, question_id, choice_id in Answer.objects.filter(
        attempt__quiz__contest=contest
    ).values_list("attempt_id", "question_id", "choice_id"):
        answers.setdefault(attempt_id, {})[question_id] = choice_id
    _update(
        Attempt.objects.finished().filter(quiz__contest=contest),
        lambda attempt: attempt_seal(attempt, answers.get(attempt.pk, {})),
    )
    marks: dict[int, dict[str, Any]] = {}
    for sheet_id, key, given in Mark.objects.filter(sheet__judge__contest=contest).values_list(
        "sheet_id", "criterion__key", "value"
    ):
        marks.setdefault(sheet_id, {})[key] = given
    _update(
        ScoreSheet.objects.submitted().filter(judge__contest=contest),
        lambda sheet: sheet_seal(sheet, marks.get(sheet.pk, {})),
    )
    _update(contest.result_sets.exclude(state=ResultSet.State.DRAFT), set_seal)


def _update(rows: models.QuerySet[Any], seal_of: Callable[[Any], str]) -> None:
    sealed = []
    for row in rows.order_by("pk").iterator(CHUNK):
        row.seal = seal_of(row)
        sealed.append(row)
    rows.model._default_manager.bulk_update(sealed, ["seal"], batch_size=CHUNK)
