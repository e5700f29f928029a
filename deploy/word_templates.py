"""Makes the default Word templates: python deploy/word_templates.py [folder].

The form of an official document: A4, margins, fonts and the heading of state as Decree 30/2020
asks for. Tags in double braces are filled by scoring/documents/minutes.py and papers.py.
"""

import datetime as dt
import sys
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

TARGET = Path(__file__).parent.parent / "scoring/documents/templates"
FONT = "Times New Roman"
LEFT, CENTER, JUSTIFY = (
    WD_ALIGN_PARAGRAPH.LEFT,
    WD_ALIGN_PARAGRAPH.CENTER,
    WD_ALIGN_PARAGRAPH.JUSTIFY,
)
WIDTH = 165  # mm between the margins
DOTS = "…………"


def element(parent: Any, tag: str, **attributes: str) -> Any:
    """Append `w:tag` with its attributes to an element of the document."""
    child = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        child.set(qn(f"w:{name}"), value)
    parent.append(child)
    return child


class Writer:
    """Writes paragraphs and tables in the few forms this document has."""

    def __init__(self) -> None:
        self.document = Document()
        section = self.document.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin = section.bottom_margin = Mm(20)
        section.left_margin, section.right_margin = Mm(30), Mm(15)
        section.header_distance = section.footer_distance = Mm(10)
        style = self.document.styles["Normal"]
        style.font.name, style.font.size = FONT, Pt(13)
        fonts = style.element.rPr.rFonts
        for kind in ("eastAsia", "cs", "hAnsi", "ascii"):
            fonts.set(qn(f"w:{kind}"), FONT)
        element(style.element.rPr, "lang", val="vi-VN")
        style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)

    def write(
        self,
        text: str,
        *,
        to: Any = None,
        align: Any = JUSTIFY,
        size: float = 13,
        bold: bool = False,
        italic: bool = False,
        after: float = 4,
        indent: bool = False,
        keep: bool = False,
    ) -> Any:
        """Write one paragraph into a cell, or into the document."""
        paragraph = to if to is not None else self.document.add_paragraph()
        paragraph.alignment = align
        form = paragraph.paragraph_format
        form.space_after, form.keep_with_next = Pt(after), keep
        if indent:
            form.first_line_indent = Mm(10)
        self.say(paragraph, text, size=size, bold=bold, italic=italic)
        return paragraph

    def say(self, paragraph: Any, text: str, *, size: float, bold: bool, italic: bool) -> None:
        run = paragraph.add_run(text)
        run.font.size, run.bold, run.italic = Pt(size), bold, italic

    def heading(self, text: str) -> None:
        self.write(text, bold=True, after=3, keep=True).paragraph_format.space_before = Pt(6)

    def dotted(self, text: str) -> Any:
        """Write words that are followed by dots up to the right margin."""
        paragraph = self.write(f"{text}\t", indent=True, align=LEFT)
        paragraph.paragraph_format.tab_stops.add_tab_stop(
            Mm(WIDTH), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS
        )
        return paragraph

    def tag(self, text: str) -> None:
        """Write a paragraph that only steers the filling and is gone afterwards."""
        self.write(text, align=LEFT, after=0)

    def table(self, widths: list[float], *, rows: int, ruled: bool = True) -> Any:
        """Make a table of `widths` mm a column, in proportion the width of the page."""
        table = self.document.add_table(rows=rows, cols=len(widths))
        table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        if ruled:
            table.style = "Table Grid"
        properties = table._tbl.tblPr
        for old in properties.findall(qn("w:tblW")):
            properties.remove(old)
        whole = OxmlElement("w:tblW")
        whole.set(qn("w:w"), str(twentieths(WIDTH)))
        whole.set(qn("w:type"), "dxa")
        style = properties.find(qn("w:tblStyle"))
        properties.insert(0 if style is None else 1, whole)
        margins = OxmlElement("w:tblCellMar")
        for side, width in (("top", 0.5), ("left", 0.8), ("bottom", 0.5), ("right", 0.8)):
            element(margins, side, w=str(twentieths(width if ruled else 0)), type="dxa")
        look = properties.find(qn("w:tblLook"))
        look.addprevious(margins)
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Mm(width)
            for cell in column.cells:
                cell.width = Mm(width)
        for row in table.rows:
            element(row._tr.get_or_add_trPr(), "cantSplit")
        return table

    def cells(self, row: Any, texts: list[str], **form: Any) -> None:
        for cell, text in zip(row.cells, texts, strict=True):
            self.write(text, to=cell.paragraphs[0], **{"align": CENTER, "after": 0, **form})

    def head(self, row: Any, texts: list[str], *, size: float) -> None:
        """Write a heading row that comes again on every page."""
        element(row._tr.get_or_add_trPr(), "tblHeader")
        self.cells(row, texts, size=size, bold=True)

    def rule(self, cell: Any, *, inset: float) -> None:
        """Draw the short line under the name of an organ or the motto."""
        paragraph = cell.add_paragraph()
        form = paragraph.paragraph_format
        form.left_indent = form.right_indent = Mm(inset)
        form.line_spacing = Pt(3)
        borders = element(paragraph._p.get_or_add_pPr(), "pBdr")
        element(borders, "top", val="single", sz="6", space="1", color="auto")


def twentieths(millimetres: float) -> int:
    return round(millimetres * 1440 / 25.4)


def page_number(document: Any) -> None:
    """Put the number above the text, from the second page on."""
    section = document.sections[0]
    section.different_first_page_header_footer = True
    paragraph = section.header.paragraphs[0]
    paragraph.alignment = CENTER
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = paragraph.add_run()
        run.font.size = Pt(13)
        if kind:
            element(run._r, "fldChar", fldCharType=kind)
        else:
            element(run._r, "instrText").text = text


def state_heading(w: Writer, symbol: str) -> None:
    table = w.table([70, 95], rows=2, ruled=False)
    left, right = table.rows[0].cells
    centred: dict[str, Any] = {"align": CENTER, "after": 0}
    w.write("{{ parent_organ|upper }}", to=left.paragraphs[0], size=12, **centred)
    w.write("{{ organizer|upper }}", to=left.add_paragraph(), size=12, bold=True, **centred)
    w.rule(left, inset=22)
    state, motto = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"
    w.write(state, to=right.paragraphs[0], size=12, bold=True, **centred)
    w.write(motto, to=right.add_paragraph(), bold=True, **centred)
    w.rule(right, inset=19)
    left, right = table.rows[1].cells
    w.write(f"Số: …… /{symbol}-………", to=left.paragraphs[0], **centred)
    date = f"{DOTS}…, ngày …… tháng …… năm ………"
    w.write(date, to=right.paragraphs[0], italic=True, **centred)


def title(w: Writer) -> None:
    w.tag("{%p if draft %}")
    w.write("{{ draft }}", align=CENTER, size=14, bold=True).paragraph_format.space_before = Pt(8)
    w.tag("{%p endif %}")
    w.write(
        "BIÊN BẢN", align=CENTER, size=14, bold=True, after=0
    ).paragraph_format.space_before = Pt(10)
    w.write("Chấm điểm phần thi video", align=CENTER, size=14, bold=True, after=0)
    w.write("{{ contest }}", align=CENTER, size=14, bold=True, after=8)
    w.tag("{%p if notice %}")
    w.write("({{ notice }})", align=CENTER, italic=True)
    w.tag("{%p endif %}")


def meeting(w: Writer) -> None:
    w.heading("1. Thời gian, địa điểm")
    w.write(
        "Bắt đầu hồi …… giờ …… phút, ngày …… tháng …… năm ………; kết thúc hồi …… giờ …… phút,"
        " ngày …… tháng …… năm ………",
        indent=True,
    )
    w.dotted("Địa điểm:")
    w.write("Phiếu chấm được nhận trên hệ thống từ {{ opens }} đến {{ closes }}.", indent=True)
    w.heading("2. Thành phần")
    w.write("Ban Giám khảo gồm {{ counts.judges }} người:", indent=True, keep=True)
    table = w.table([25, 85, 55], rows=4)
    w.head(table.rows[0], ["Ký hiệu", "Họ và tên", "Chức danh"], size=13)
    w.cells(table.rows[1], ["{%tr for judge in judges %}", "", ""])
    w.cells(table.rows[2], ["{{ judge.short }}", "{{ judge.name }}", "{{ judge.role }}"])
    table.rows[2].cells[1].paragraphs[0].alignment = LEFT
    w.cells(table.rows[3], ["{%tr endfor %}", "", ""])
    w.dotted("Thư ký:").paragraph_format.space_before = Pt(6)


def marking(w: Writer) -> None:
    w.heading("3. Cách chấm")
    w.write(
        "Mỗi giám khảo chấm độc lập từng video theo các tiêu chí:"
        "{% for criterion in criteria %} {{ criterion.name }} (tối đa {{ criterion.most }} điểm)"
        "{% if not loop.last %};{% else %}.{% endif %}{% endfor %}"
        " Phiếu của người có xung đột lợi ích với đơn vị dự thi, phiếu được miễn chấm và phiếu chưa"
        " nộp không được tính. Điểm video là {{ aggregate }}, làm tròn đến hai chữ số thập phân."
        " Video có chênh lệch giữa phiếu cao nhất và phiếu thấp nhất trên {{ limit }} điểm phải"
        " được hội ý.",
        indent=True,
    )
    w.heading("4. Kết quả chấm")
    w.write(
        "Số video: {{ counts.videos }}; số phiếu được tính: {{ counts.counted }}; miễn chấm:"
        " {{ counts.excused }}; xung đột lợi ích: {{ counts.conflicts }}; chưa nộp:"
        " {{ counts.missing }}; video cần hội ý: {{ counts.wide }}.",
        indent=True,
    )
    w.tag("{%p if left_out %}")
    w.write(
        "Bản này không gồm {{ left_out }} video của đơn vị mà người nhận có xung đột lợi ích.",
        indent=True,
        italic=True,
    )
    w.tag("{%p endif %}")
    results_table(w)


def results_table(w: Writer) -> None:
    widths = [8, 48, 1, 12, 1, 15, 16, 18]
    table = w.table(widths, rows=4)
    w.head(
        table.rows[0],
        [
            *("TT", "Đơn vị, tên video", "{%tc for judge in judges %}", "{{ judge.short }}"),
            *("{%tc endfor %}", "Điểm video", "Chênh lệch", "Ghi chú"),
        ],
        size=10.5,
    )
    w.cells(table.rows[1], ["{%tr for video in videos %}", *[""] * 7])
    w.cells(
        table.rows[2],
        [
            *("{{ video.number }}", "{{ video.unit }}", "{%tc for mark in video.totals %}"),
            *("{{ mark.total }}", "{%tc endfor %}", "{{ video.mean }}", "{{ video.spread }}"),
            "{{ video.flag }} {{ video.discussed }}",
        ],
        size=11,
    )
    cells = table.rows[2].cells
    cells[1].paragraphs[0].alignment = LEFT
    w.write(
        "“{{ video.title }}”",
        to=cells[1].add_paragraph(),
        align=LEFT,
        size=11,
        italic=True,
        after=0,
    )
    w.write("{%p if mark.why %}", to=cells[3].add_paragraph(), align=CENTER, after=0)
    w.write("{{ mark.why }}", to=cells[3].add_paragraph(), align=CENTER, size=7, after=0)
    w.write("{%p endif %}", to=cells[3].add_paragraph(), align=CENTER, after=0)
    for run in cells[5].paragraphs[0].runs:
        run.bold = True
    w.cells(table.rows[3], ["{%tr endfor %}", *[""] * 7])
    for row in table.rows:
        for cell in row.cells:
            cell.vertical_alignment = 1


def listed(w: Writer, heading: str, name: str, lines: list[str]) -> None:
    """Write a section with one entry for each item of a list, or that there is none."""
    w.heading(heading)
    w.tag(f"{{%p for item in {name} %}}")
    # Somebody's own words, maybe of several lines: drawn out to the margin they would fall apart.
    w.write(lines[0], indent=True, align=LEFT, after=0 if lines[1:] else 4)
    for line in lines[1:]:
        w.write(line, align=LEFT).paragraph_format.left_indent = Mm(10)
    w.tag("{%p endfor %}")
    w.tag(f"{{%p if not {name} %}}")
    w.write("Không có.", indent=True)
    w.tag("{%p endif %}")


def signatures(w: Writer) -> None:
    w.heading("8. Kết thúc")
    w.write(
        "Biên bản được đọc cho các thành viên cùng nghe, thống nhất và ký tên; lập thành ……… bản có"
        " giá trị như nhau.",
        indent=True,
    )
    table = w.table([18, 62, 50, 35], rows=4)
    w.head(table.rows[0], ["Ký hiệu", "Họ và tên", "Chức danh", "Chữ ký"], size=13)
    w.cells(table.rows[1], ["{%tr for judge in judges %}", "", "", ""])
    w.cells(table.rows[2], ["{{ judge.short }}", "{{ judge.name }}", "{{ judge.role }}", ""])
    table.rows[2].cells[1].paragraphs[0].alignment = LEFT
    table.rows[2].height = Mm(13)
    for cell in table.rows[2].cells:
        cell.vertical_alignment = 1
    w.cells(table.rows[3], ["{%tr endfor %}", "", "", ""])
    w.write("", after=6)
    table = w.table([82.5, 82.5], rows=3, ruled=False)
    w.cells(table.rows[0], ["THƯ KÝ", "TRƯỞNG BAN GIÁM KHẢO"], bold=True, keep=True)
    w.cells(table.rows[1], ["(Ký, ghi rõ họ tên)"] * 2, italic=True, keep=True)
    w.cells(table.rows[2], [DOTS * 3, "{{ chair }}"], bold=True)
    for cell in table.rows[2].cells:
        cell.paragraphs[0].paragraph_format.space_before = Pt(64)


def make_minutes() -> Any:
    """Return the template of the judging minutes as an open document."""
    w = Writer()
    page_number(w.document)
    state_heading(w, "BB")
    title(w)
    meeting(w)
    marking(w)
    about = "- Video “{{ item.title }}” ({{ item.unit }})"
    listed(
        w,
        "5. Nội dung hội ý",
        "discussions",
        [f"{about}, {{{{ item.by }}}} ghi hồi {{{{ item.at }}}}:", "{{ item.text }}"],
    )
    whom, why = f"{about}, giám khảo {{{{ item.judge }}}}:", "Lý do: {{ item.reason }}"
    listed(
        w,
        "6. Miễn chấm",
        "excuses",
        [f"{whom} {{{{ item.by }}}} cho miễn hồi {{{{ item.at }}}}. {why}"],
    )
    listed(
        w,
        "7. Phiếu chấm được mở lại",
        "reopened",
        [f"{whom} {{{{ item.by }}}} mở lại hồi {{{{ item.at }}}}. {why}"],
    )
    signatures(w)
    return named(w, "Biên bản chấm video")


def subject(w: Writer, kind: str, about: str) -> None:
    """Write the kind of paper, what it is about, and what kind of results it stands on."""
    w.write(kind, align=CENTER, size=14, bold=True, after=0).paragraph_format.space_before = Pt(12)
    w.write(about, align=CENTER, size=14, bold=True, after=6)
    w.tag("{%p if state %}")
    w.write("({{ state }})", align=CENTER, size=14, bold=True)
    w.tag("{%p endif %}")
    w.tag("{%p if notice %}")
    w.write("({{ notice }})", align=CENTER, italic=True)
    w.tag("{%p endif %}")


def signed(w: Writer, recipients: list[str], role: list[str]) -> None:
    """Write recipients on the left, the signer's block on the right."""
    w.write("", after=6)
    left, right = w.table([75, 90], rows=1, ruled=False).rows[0].cells
    w.write(
        "Nơi nhận:", to=left.paragraphs[0], align=LEFT, size=12, bold=True, italic=True, after=0
    )
    for one in recipients:
        w.write(f"- {one}", to=left.add_paragraph(), align=LEFT, size=11, after=0)
    for place, line in enumerate(role):
        to = right.add_paragraph() if place else right.paragraphs[0]
        w.write(line, to=to, align=CENTER, size=14, bold=True, after=0)
    w.write("", to=right.add_paragraph(), after=72)


def award_tables(w: Writer) -> None:
    w.tag("{%p for part in parts %}")
    w.heading("{{ part.name }}")
    table = w.table([12, 33, 48, 42, 30], rows=4)
    w.head(table.rows[0], ["TT", "Giải", "Tên", "Đơn vị", "Kết quả"], size=13)
    w.cells(table.rows[1], ["{%tr for award in part.awards %}", *[""] * 4])
    w.cells(
        table.rows[2],
        [
            "{{ award.number }}",
            *(f"{{{{ award.{key} }}}}" for key in ("tier", "name", "of", "figure")),
        ],
        size=12,
    )
    for place in (2, 3):
        table.rows[2].cells[place].paragraphs[0].alignment = LEFT
    w.cells(table.rows[3], ["{%tr endfor %}", *[""] * 4])
    w.tag("{%p endfor %}")


def make_decision() -> Any:
    """Return the template of the decision on awards as an open document."""
    w = Writer()
    page_number(w.document)
    state_heading(w, "QĐ")
    subject(w, "QUYẾT ĐỊNH", "Công nhận kết quả và trao giải thưởng {{ contest }}")
    w.write("TRƯỞNG BAN TỔ CHỨC", align=CENTER, size=14, bold=True, after=6)
    for ground in (
        f"Căn cứ {DOTS * 4};",
        f"Căn cứ Kế hoạch số {DOTS} ngày …… tháng …… năm ……… về việc tổ chức {{{{ contest }}}};",
        "Căn cứ biên bản chấm của Ban Giám khảo và bộ kết quả số {{ set_number }} của hội thi;",
        f"Theo đề nghị của {DOTS * 3}.",
    ):
        w.write(ground, size=14, italic=True, indent=True)
    w.write("QUYẾT ĐỊNH:", align=CENTER, size=14, bold=True).paragraph_format.space_before = Pt(6)
    for number, article in enumerate(
        (
            "Công nhận kết quả {{ contest }} theo bộ kết quả số {{ set_number }}"
            "{% if final_on %}, chính thức từ ngày {{ final_on }}{% endif %}. Mã đối chiếu của bộ"
            " kết quả (SHA-256): {{ digest }}.",
            "Trao giải thưởng cho {{ awarded.units }} đơn vị{% if awarded.tiers %}"
            " ({{ awarded.tiers }}){% endif %}, {{ awarded.people }} cá nhân và"
            " {{ awarded.videos }} video có kết quả cao trong hội thi (danh sách kèm theo).",
            "Quyết định này có hiệu lực kể từ ngày ký. {{ organizer }}, các đơn vị và cá nhân có"
            " tên tại Điều 2 chịu trách nhiệm thi hành Quyết định này./.",
        ),
        start=1,
    ):
        paragraph = w.write(f"Điều {number}. ", size=14, bold=True, indent=True)
        w.say(paragraph, article, size=14, bold=False, italic=False)
    signed(w, ["Như Điều 3;", f"{DOTS};", "Lưu: VT."], ["TRƯỞNG BAN TỔ CHỨC"])
    w.document.add_page_break()
    w.write("DANH SÁCH", align=CENTER, size=14, bold=True, after=0)
    about = "Đơn vị, cá nhân và video đạt giải {{ contest }}"
    w.write(about, align=CENTER, size=14, bold=True, after=0)
    attached = "(Kèm theo Quyết định số …… /QĐ-……… ngày …… tháng …… năm ………)"
    w.write(attached, align=CENTER, italic=True, after=6)
    award_tables(w)
    return named(w, "Quyết định công nhận kết quả")


def make_report() -> Any:
    """Return the template of the summary report as an open document."""
    w = Writer()
    page_number(w.document)
    state_heading(w, "BC")
    subject(w, "BÁO CÁO", "Tổng kết {{ contest }}")
    form: dict[str, Any] = {"size": 14, "indent": True}
    w.heading("I. TÌNH HÌNH TỔ CHỨC")
    w.tag("{%p for quiz in quizzes %}")
    w.write(
        "{{ quiz.name }}: thí sinh trả lời trực tuyến {{ quiz.questions }} câu hỏi trong thời gian"
        " tối đa {{ quiz.time }}; mở từ {{ quiz.opens }} đến {{ quiz.closes }}.",
        **form,
    )
    w.tag("{%p endfor %}")
    w.write(
        "Phần thi video tuyên truyền: các đơn vị nộp video từ {{ videos_from }} đến"
        " {{ videos_until }}; Ban Giám khảo chấm độc lập từng video theo các tiêu chí của thể lệ.",
        **form,
    )
    w.write(
        "Tổng điểm của đơn vị gồm phần thi trắc nghiệm ({{ quiz_weight }}) và phần thi video"
        " ({{ video_weight }}), theo thang điểm 100.",
        **form,
    )
    w.heading("II. KẾT QUẢ THAM GIA")
    w.write(
        "Hội thi có {{ figures.units_total }} đơn vị được mời; {{ figures.units_took_part }} đơn vị"
        " tham gia, trong đó {{ figures.units_both_parts }} đơn vị tham gia cả hai phần thi,"
        " {{ figures.units_quiz_only }} đơn vị chỉ tham gia phần thi trắc nghiệm"
        '{% if figures.units_video_only != "00" %}, {{ figures.units_video_only }} đơn vị chỉ tham'
        " gia phần thi video{% endif %}.",
        **form,
    )
    w.write(
        "Có {{ figures.people_finished }} người hoàn thành bài thi trên"
        " {{ figures.people_registered }} người đăng ký, {{ figures.perfect_attempts }} bài trả lời"
        " đúng tất cả các câu hỏi. Ban Giám khảo chấm {{ figures.videos_accepted }} video với"
        " {{ figures.sheets_counted }} phiếu hợp lệ.",
        **form,
    )
    w.heading("III. KẾT QUẢ ĐẠT GIẢI")
    w.write(
        "Ban Tổ chức trao giải cho {{ awarded.units }} đơn vị{% if awarded.tiers %}"
        " ({{ awarded.tiers }}){% endif %}, {{ awarded.people }} cá nhân"
        '{% if awarded.people != "00" %} (hoàn thành bài thi trong thời gian từ'
        " {{ figures.fastest_winner_seconds }} đến {{ figures.slowest_winner_seconds }}){% endif %}"
        " và {{ awarded.videos }} video.",
        **form,
    )
    award_tables(w)
    w.heading("IV. CĂN CỨ CỦA SỐ LIỆU")
    w.write(
        "Số liệu lấy từ bộ kết quả số {{ set_number }}{% if final_on %}, chính thức từ ngày"
        " {{ final_on }}{% endif %}. Mã đối chiếu (SHA-256): {{ digest }}.",
        **form,
    )
    w.heading("V. ĐÁNH GIÁ, KIẾN NGHỊ")
    w.dotted("")
    w.dotted("")
    signed(w, [f"{DOTS};", "Lưu: VT."], ["TM. BAN TỔ CHỨC", "TRƯỞNG BAN"])
    w.document.add_page_break()
    w.write("Phụ lục 1", align=CENTER, size=14, bold=True, after=0)
    w.write("BẢNG XẾP HẠNG CÁC ĐƠN VỊ", align=CENTER, size=14, bold=True, after=6)
    ranking = ("rank", "name", "participants", "quiz", "video", "total", "note")
    heads = ["Hạng", "Đơn vị", "Số người thi", "Trắc nghiệm", "Video", "Tổng điểm", "Ghi chú"]
    listing(w, "ranking", heads, ranking, [13, 46, 18, 22, 18, 18, 30])
    w.document.add_page_break()
    w.write("Phụ lục 2", align=CENTER, size=14, bold=True, after=0)
    w.write("SỐ LIỆU THỐNG KÊ", align=CENTER, size=14, bold=True, after=6)
    figures = ("label", "value", "definition")
    listing(w, "statistics", ["Chỉ tiêu", "Số liệu", "Cách tính"], figures, [55, 30, 80])
    return named(w, "Báo cáo tổng kết")


def listing(
    w: Writer, name: str, heads: list[str], keys: tuple[str, ...], widths: list[float]
) -> None:
    """Write a table with a row for each item of a list; texts left, figures in the middle."""
    table = w.table(widths, rows=4)
    w.head(table.rows[0], heads, size=11.5)
    blank = [""] * (len(keys) - 1)
    w.cells(table.rows[1], [f"{{%tr for row in {name} %}}", *blank])
    w.cells(table.rows[2], [f"{{{{ row.{key} }}}}" for key in keys], size=11.5)
    for place, key in enumerate(keys):
        if key in {"name", "note", "label", "definition"}:
            table.rows[2].cells[place].paragraphs[0].alignment = LEFT
    w.cells(table.rows[3], ["{%tr endfor %}", *blank])


def named(w: Writer, title: str) -> Any:
    """Return the document under its title, without an author or a date of its own."""
    about = w.document.core_properties
    about.author = about.last_modified_by = about.comments = ""
    about.title = title
    about.created = about.modified = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    return w.document


TEMPLATES = {
    "bien-ban-cham.docx": make_minutes,
    "quyet-dinh.docx": make_decision,
    "bao-cao.docx": make_report,
}

if __name__ == "__main__":
    folder = Path(sys.argv[1]) if sys.argv[1:] else TARGET
    for file, make in TEMPLATES.items():
        make().save(str(folder / file))
