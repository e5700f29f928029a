"""A table as JSON: a list of objects in rank order, each naming its result set."""

from __future__ import annotations

import json

from scoring.documents.tables import Table

CONTENT_TYPE = "application/json"


def render(table: Table) -> bytes:
    """Return UTF-8 JSON; every object carries the set's number, digest and state (rules: A6)."""
    source = {"result_set": table.result_set, "digest": table.digest, "state": table.state}
    rows = [
        {key: value for key, value in row.items() if key != "scope_label"} | source
        for row in table.rows
    ]
    return (json.dumps(rows, ensure_ascii=False, indent=2) + "\n").encode()
