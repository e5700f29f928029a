"""Word files for tests: read back what a file says, and make templates, good and hostile."""

import io
import zipfile

from docx import Document

from scoring.documents import minutes


def paragraphs(content: bytes) -> list[str]:
    """Return the text of every paragraph outside tables."""
    return [paragraph.text for paragraph in Document(io.BytesIO(content)).paragraphs]


def tables(content: bytes) -> list[list[list[str]]]:
    """Return every table as rows of cells' texts, the lines of a cell joined by a space."""
    return [
        [[" ".join(cell.text.split()) for cell in row.cells] for row in table.rows]
        for table in Document(io.BytesIO(content)).tables
    ]


def whole_text(content: bytes) -> str:
    """Return all text of the file, tables included."""
    cells = [cell for table in tables(content) for row in table for cell in row]
    return "\n".join([*paragraphs(content), *cells])


def template_with(*lines: str) -> bytes:
    """Return a Word file of these paragraphs."""
    document = Document()
    for line in lines:
        document.add_paragraph(line)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def with_parts(changed: dict[str, bytes]) -> bytes:
    """Return the default template with these parts added or replaced."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(minutes.DEFAULT_TEMPLATE) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            if name not in changed:
                target.writestr(name, source.read(name))
        for name, content in changed.items():
            target.writestr(name, content)
    return buffer.getvalue()


def part_of(name: str) -> bytes:
    """Return a part of the default template."""
    with zipfile.ZipFile(minutes.DEFAULT_TEMPLATE) as source:
        return source.read(name)
