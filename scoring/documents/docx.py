"""Fills a Word template that somebody else wrote: data only, no program, never a cut document."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

import docxtpl
from django.utils.translation import gettext as _
from docx.exceptions import PythonDocxError
from docx.opc.exceptions import OpcError
from jinja2 import StrictUndefined, Undefined, nodes
from jinja2.exceptions import SecurityError, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.filters import FILTERS
from jinja2.meta import find_undeclared_variables
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml import etree

from scoring.documents.archive import TemplateRefused

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# What a template may be made of; whatever else the language has is refused by name.
ALLOWED: tuple[type[nodes.Node], ...] = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const),
    *(nodes.Getattr, nodes.Getitem, nodes.For, nodes.If, nodes.CondExpr, nodes.Filter),
    *(nodes.Compare, nodes.Operand, nodes.Not, nodes.And, nodes.Or, nodes.Test),
)
SAFE_FILTERS = ("count", "d", "default", "e", "first", "join", "last", "length", "lower", "upper")
OF_A_LOOP = frozenset({"index", "index0", "first", "last", "length", "revindex"})
# Loops within loops multiply the document, and the time it takes.
MAX_DEPTH = 3
MAX_RENDERED = 8_000_000
# What the libraries are known to raise on a document that is not what it says.
DAMAGE = (
    *(etree.LxmlError, OpcError, PythonDocxError, LookupError),
    *(AttributeError, AssertionError, RecursionError),
)
QUOTED = re.compile(r"'([^']*)'")


class WordsOnly(ImmutableSandboxedEnvironment):
    """A sandbox that reaches keys of dictionaries and places of lists, and no attribute at all.

    The context is plain text; a template can neither call nor import, define nor repeat freely.
    """

    def __init__(self) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined)
        self.globals = {}
        self.filters = {name: FILTERS[name] for name in SAFE_FILTERS}
        self.tests = {name: self.tests[name] for name in ("defined", "none", "undefined")}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """Parse as the library does, then hold the result against what is allowed."""
        parsed = super()._parse(source, name, filename)
        _check(parsed, depth=0)
        return parsed

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, LoopContext) and attribute in OF_A_LOOP:
            return super().getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, dict | list):
            try:
                return obj[argument]
            except (LookupError, TypeError):
                pass
        return self._none_such(str(argument))

    def _none_such(self, name: str) -> Undefined:
        return self.undefined(name=name)

    def concat(self, pieces: Iterable[str]) -> str:
        """Join what was rendered, and stop where a template makes too much of it."""
        kept, length = [], 0
        for piece in pieces:
            length += len(piece)
            if length > MAX_RENDERED:
                raise SecurityError(_("The document becomes too large with this template."))
            kept.append(piece)
        return "".join(kept)


class Document(docxtpl.DocxTemplate):
    """A template that is refused where the library would quietly leave something out."""

    def fix_tables(self, xml: str) -> Any:
        """Give tables of as many columns as there are judges their own width again."""
        etree.fromstring(xml, parser=etree.XMLParser(resolve_entities=False))
        tree = super().fix_tables(xml)
        for table in tree.iter(f"{W}tbl"):
            _share_width(table)
        return tree


def render(template: bytes, context: Mapping[str, Any]) -> bytes:
    """Return the template filled with plain text as a .docx.

    Raises TemplateRefused with a sentence that names what is wrong.
    """
    environment = WordsOnly()
    buffer = io.BytesIO()
    try:
        document = Document(io.BytesIO(template))
        document.render(dict(context), jinja_env=environment, autoescape=True)
        document.save(buffer)
    except TemplateSyntaxError as error:
        raise TemplateRefused(_syntax(error)) from error
    except UndefinedError as error:
        raise TemplateRefused(_unknown(QUOTED.findall(str(error))[-1:])) from error
    except SecurityError as error:
        raise TemplateRefused(str(error)) from error
    except (TemplateError, TypeError, ValueError) as error:
        raise TemplateRefused(_("The template cannot be filled: %s.") % str(error)[:200]) from error
    except DAMAGE as error:
        text = _(
            "The template does not give a whole document: a tag for a row, cell or paragraph begins"
            " in one place and ends in another, or the file is damaged."
        )
        raise TemplateRefused(text) from error
    return buffer.getvalue()


def unknown_words(template: bytes, known: Iterable[str]) -> list[str]:
    """Return the names a template uses and nobody fills, those of branches not taken included."""
    document = docxtpl.DocxTemplate(io.BytesIO(template))
    document.init_docx()
    texts = [document.patch_xml(document.get_xml())]
    for uri in (document.HEADER_URI, document.FOOTER_URI):
        parts = document.get_headers_footers(uri)
        texts += [document.patch_xml(document.get_part_xml(part)) for _key, part in parts]
    environment = WordsOnly()
    used = (find_undeclared_variables(environment.parse(text)) for text in texts)
    return sorted(set().union(*used) - set(known))


def refuse_unknown(names: list[str]) -> None:
    if names:
        raise TemplateRefused(_unknown(names))


def _check(node: nodes.Node, *, depth: int) -> None:
    """Refuse a part of the language that a document does not need."""
    if not isinstance(node, ALLOWED):
        raise _refused(type(node).__name__)
    if isinstance(node, nodes.Filter) and node.name not in SAFE_FILTERS:
        raise _refused(f"|{node.name}")
    name = _reached(node)
    if name.startswith("_"):
        raise _refused(name)
    if isinstance(node, nodes.For):
        depth += 1
        if depth > MAX_DEPTH or node.recursive:
            raise SecurityError(_("The template has more than three loops within each other."))
    for child in node.iter_child_nodes():
        _check(child, depth=depth)


def _reached(node: nodes.Node) -> str:
    """Return the name a piece of a template reaches for; "" where it is none."""
    if isinstance(node, nodes.Getattr):
        return node.attr
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        return str(node.arg.value)
    return ""


def _refused(name: str) -> SecurityError:
    text = _("The template uses “%(name)s”, which is not available in a template.")
    return SecurityError(text % {"name": name})


def _unknown(names: list[str]) -> str:
    text = _("The template uses a word that does not exist: “%(names)s”.")
    return text % {"names": "”, “".join(names)}


def _syntax(error: TemplateSyntaxError) -> str:
    text = _("The template has a mistake in a tag: %(error)s Look near “%(place)s”.")
    near = " ".join(" ".join(getattr(error, "docx_context", [])).split())
    return text % {"error": error.message, "place": near[:200]}


def _share_width(table: Any) -> None:
    """Spread a table's width over its columns in the proportion of their cells' widths.

    The library gives every added column the average, which leaves a title less than a mark.
    """
    whole = table.find(f"{W}tblPr/{W}tblW")
    rows = [row.findall(f"{W}tc") for row in table.iter(f"{W}tr")]
    columns = table.findall(f"{W}tblGrid/{W}gridCol")
    if whole is None or whole.get(f"{W}type") != "dxa" or not rows:
        return
    if any(len(row) != len(columns) for row in rows):
        return
    widths = [[cell.find(f"{W}tcPr/{W}tcW") for cell in row] for row in rows]
    if any(width is None or width.get(f"{W}type") != "dxa" for row in widths for width in row):
        return
    wanted = [int(width.get(f"{W}w")) for width in widths[0]]
    given = int(whole.get(f"{W}w"))
    shares = [given * width // max(1, sum(wanted)) for width in wanted]
    for place, share in enumerate(shares):
        columns[place].set(f"{W}w", str(share))
        for row in widths:
            row[place].set(f"{W}w", str(share))
