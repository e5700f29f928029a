"""Writes a contest as an archive; the same contest gives the same bytes."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator
from typing import IO, Any

from django.db import connection, models, transaction

from accounts.models import User
from contests.models import Contest
from scoring import facts
from scoring.archive.tables import FORMAT, INPUTS, MANIFEST, TABLES, USERS, Table, plain
from scoring.gathering import gather
from scoring.verification import broken_by_hand

CHUNK = 2000
# The earliest a ZIP can name: an archive tells no time of its own making.
EPOCH = (1980, 1, 1, 0, 0, 0)

_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def write(contest: Contest, file: IO[bytes]) -> dict[str, Any]:
    """Write the archive into `file`, which can be sought; return its manifest.

    Everything is read in one transaction. `problems` in the manifest are broken seals.
    """
    # Nothing may have been read before it, so it is left out inside a caller's transaction.
    is_inside = connection.in_atomic_block
    with transaction.atomic():
        if connection.vendor == "postgresql" and not is_inside:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return _write(contest, file)


def _write(contest: Contest, file: IO[bytes]) -> dict[str, Any]:
    listed: list[dict[str, Any]] = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(name: str, pieces: Iterable[str]) -> str:
            hasher, size = hashlib.sha256(), 0
            with archive.open(entry(name), "w", force_zip64=True) as target:
                for piece in pieces:
                    data = piece.encode()
                    hasher.update(data)
                    size += len(data)
                    target.write(data)
            listed.append({"name": name, "bytes": size, "sha256": hasher.hexdigest()})
            return hasher.hexdigest()

        digest = add(INPUTS, facts.document(gather(contest)))
        people: set[int] = set()
        for table in TABLES:
            add(table.file, _lines(table, contest, people))
        add(USERS.file, _users(people))
        manifest = {
            "format": FORMAT,
            "contest": contest.slug,
            "name": contest.name,
            "digest": digest,
            "problems": broken_by_hand(contest),
            "files": listed,
        }
        archive.writestr(entry(MANIFEST), json.dumps(manifest, ensure_ascii=False, indent=1))
    return manifest


def entry(name: str) -> zipfile.ZipInfo:
    """Return a member of an archive, without a time of its own."""
    member = zipfile.ZipInfo(name, EPOCH)
    member.compress_type = zipfile.ZIP_DEFLATED
    return member


def _lines(table: Table, contest: Contest, people: set[int]) -> Iterator[str]:
    """One JSON object a line; whoever a row names is added to `people`."""
    fields = table.fields
    accounts = [field for field in fields if field.related_model is User]
    for row in table.rows(contest).iterator(CHUNK):
        people.update(filter(None, (getattr(row, field.attname) for field in accounts)))
        line = {"id": row.pk, **{field.attname: plain(field, row) for field in fields}}
        if isinstance(row, Contest):
            line["organizers"] = list(row.organizers.order_by("pk").values_list("pk", flat=True))
            people.update(line["organizers"])
        yield _json(line) + "\n"


def _users(people: set[int]) -> Iterator[str]:
    keys = sorted(people)
    for start in range(0, len(keys), CHUNK):
        found = User.objects.filter(pk__in=keys[start : start + CHUNK]).order_by("pk")
        for user in found.prefetch_related(models.Prefetch("groups")):
            line = {field.attname: plain(field, user) for field in USERS.fields}
            roles = sorted(group.name for group in user.groups.all())
            yield _json({"id": user.pk, **line, "roles": roles}) + "\n"
