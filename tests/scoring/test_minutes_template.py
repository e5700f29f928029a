"""An own template of the minutes: kept where it can be filled, else refused by a sentence."""

import hashlib
import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.acts import in_words
from accounts.models import AuditEntry
from scoring.admin.minutes import WORDS
from scoring.documents import archive, minutes
from scoring.models import MinutesTemplate, keep_minutes_template
from tests import make
from tests.scoring.docx_files import paragraphs, part_of, template_with, with_parts

pytestmark = pytest.mark.django_db
LIST = "/admin/scoring/scoresheet/"
OWN = ("Biên bản riêng của {{ contest }}", "{% for video in videos %}{{ video.title }}{% endfor %}")


@pytest.fixture
def contest():
    return make.make_contest(name="Hội thi A & B")


@pytest.fixture
def organizer(contest, client):
    organizer = make.make_organizer(contest)
    client.force_login(organizer)
    return organizer


def address(contest, tail=""):
    return f"{LIST}minutes/{contest.slug}/template/{tail}"


def send(client, contest, content, name="mau.docx"):
    file = SimpleUploadedFile(name, content)
    return client.post(address(contest), {"file": file}, follow=True).content.decode()


def test_own_template_is_kept_used_given_back_and_logged(client, contest, organizer):
    content = template_with(*OWN)
    shown = send(client, contest, content, "Mẫu của Sở.docx")
    assert "Đã lưu mẫu" in shown
    assert "Mẫu của Sở.docx" in shown
    assert client.get(address(contest, "file/")).content == content
    made = paragraphs(minutes.render(contest, now=timezone.now()))
    assert made[0] == "Biên bản riêng của Hội thi A & B"
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.contest) == (
        "minutes_template.upload",
        organizer,
        contest.slug,
    )
    digest = hashlib.sha256(content).hexdigest()
    assert (entry.before, entry.after) == (None, {"name": "Mẫu của Sở.docx", "sha256": digest})
    assert in_words(entry.action) == "Mẫu biên bản chấm: tải lên"

    again = template_with("Mẫu thứ hai")
    send(client, contest, again)
    assert client.get(address(contest, "file/")).content == again
    shown = client.post(address(contest), {"_default": "1"}, follow=True).content.decode()
    assert "Mẫu mặc định" in shown
    default = client.get(address(contest, "file/"))
    assert default.content == minutes.DEFAULT_TEMPLATE.read_bytes()
    assert default["X-Content-Type-Options"] == "nosniff"
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == [*["minutes_template.upload"] * 2, "minutes_template.delete"]
    client.post(address(contest), {"_default": "1"})
    assert AuditEntry.objects.count() == 3


def test_every_word_the_page_names_may_be_used(client, contest, organizer):
    page = client.get(address(contest)).content.decode()
    top = {name for word, _meaning in WORDS for name in word.partition(":")[0].split(", ")}
    assert top - {"video.totals"} == set(minutes.minutes_sample.full())
    assert all(f'<code lang="en">{word}</code>' in page for word, _meaning in WORDS)


REFUSED_LINES = {
    "{{ ''.__class__.__mro__ }}": "“__mro__”",
    "{{ contest.__init__.__globals__ }}": "“__globals__”",
    "{{ contest['__class__'] }}": "“__class__”",
    "{{ contest|attr('__class__') }}": "“|attr”",
    "{{ contest.format(videos) }}": "“Call”",
    "{{ range(99999999) }}": "“Call”",
    "{{ 'a' * 999999999 }}": "“Mul”",
    "{{ '%999999999d'|format(1) }}": "“|format”",
    "{{ contest|safe }}": "“|safe”",
    "{% macro a() %}{% endmacro %}": "“Macro”",
    "{% include 'contest' %}": "“Include”",
    "{% set a = 1 %}": "“Assign”",
    "{% for a in videos %}" * 4 + "{% endfor %}" * 4: "quá ba vòng lặp",
    "{{ tên_sai }}": "“tên_sai”",
    "{{ don_vi }}": "“don_vi”",
    "{% if draft %}{{ contest }}{% else %}{{ khong_co }}{% endif %}": "“khong_co”",
    "{% if not draft %}{{ counts.khong_co }}{% endif %}": "“khong_co”",
    "{% for video in videos %}{{ video.diem }}{% endfor %}": "“diem”",
    "{% for video in videos %}{{ video.title }}": "lỗi ở một thẻ",
    "{% lap video %}": "lỗi ở một thẻ",
    "{{ contest": "không kết thúc bằng “}}”",
    "{{ contest %}": "“}}”",
}


@pytest.mark.parametrize(("line", "named"), REFUSED_LINES.items())
def test_template_that_cannot_be_filled_is_refused_by_name_and_not_kept(
    client, contest, organizer, line, named
):
    shown = send(client, contest, template_with("Biên bản", line))
    [error] = shown.split('<p class="invalid-feedback" role="alert">')[1:]
    assert named in error.split("</p>")[0].replace("&#x27;", "'")
    assert not MinutesTemplate.objects.exists()
    assert not AuditEntry.objects.exists()


def hostile(kind):
    types, rels = "[Content_Types].xml", "word/_rels/document.xml.rels"
    match kind:
        case "text":
            return b"not a Word file"
        case "zip":
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w") as target:
                target.writestr("a.txt", "a")
            return buffer.getvalue()
        case "cut":
            return minutes.DEFAULT_TEMPLATE.read_bytes()[:20_000]
        case "large":
            return b"PK" + b"\0" * archive.MAX_BYTES
        case "bomb":
            return with_parts({"word/media/image1.png": b"\0" * (archive.MAX_UNPACKED_BYTES + 1)})
        case "long text":
            return with_parts({"word/document.xml": b" " * (archive.MAX_TEXT_BYTES + 1)})
        case "many parts":
            return with_parts(
                {f"word/media/i{number}.png": b"" for number in range(archive.MAX_PARTS)}
            )
        case "macro":
            return with_parts({"word/vbaProject.bin": b"macro"})
        case "macro by type":
            enabled = b"application/vnd.ms-word.document.macroEnabled.main+xml"
            return with_parts({types: part_of(types).replace(archive.MAIN_TYPE.encode(), enabled)})
        case "embedded":
            return with_parts({"word/embeddings/sheet1.xlsx": b"PK"})
        case "entity":
            entity = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
            return with_parts({"word/settings.xml": entity + part_of("word/settings.xml")})
        case "encoding":
            text = part_of("word/document.xml").decode().replace("UTF-8", "UTF-16", 1)
            return with_parts({"word/document.xml": text.encode("utf-16")})
        case "outside":
            link = (
                b'<Relationship Id="rIdX" Type="http://x/attachedTemplate"'
                b' Target="http://example.vn/a.dotm" TargetMode="External"/></Relationships>'
            )
            return with_parts({rels: part_of(rels).replace(b"</Relationships>", link)})
        case _:
            return with_parts({"../../etc/passwd": b"x"})


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("text", "Đây không phải tệp Word"),
        ("zip", "Đây không phải tệp Word"),
        ("cut", "Đây không phải tệp Word"),
        ("large", "lớn hơn 1 MB"),
        ("bomb", "quá lớn khi giải nén"),
        ("long text", "quá lớn khi giải nén"),
        ("many parts", "quá lớn khi giải nén"),
        ("macro", "có macro"),
        ("macro by type", "có macro"),
        ("embedded", "word/embeddings/sheet1.xlsx"),
        ("entity", "Đây không phải tệp Word"),
        ("encoding", "Đây không phải tệp Word"),
        ("outside", "từ bên ngoài"),
        ("path", "../../etc/passwd"),
    ],
)
def test_file_that_is_no_plain_word_document_is_refused(client, contest, organizer, kind, sentence):
    assert sentence in send(client, contest, hostile(kind))
    assert not MinutesTemplate.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("mau.docm", "có macro"), ("mau.doc", "không phải tệp Word"), ("mau", "không phải tệp Word")],
)
def test_name_of_the_file_must_be_that_of_a_document(client, contest, organizer, name, sentence):
    assert sentence in send(client, contest, template_with(*OWN), name)
    assert not MinutesTemplate.objects.exists()


def test_tags_that_would_cut_the_document_are_refused(client, contest, organizer):
    """The library mends such a file by leaving out what it cannot place."""
    text = part_of("word/document.xml").decode()
    row = text.index("{%tr for judge in judges %}")
    cut = text[:row] + text[row:].replace("{%tr endfor %}", "{% endfor %}", 1)
    shown = send(client, contest, with_parts({"word/document.xml": cut.encode()}))
    assert "không cho ra một văn bản nguyên vẹn" in shown
    assert not MinutesTemplate.objects.exists()


def test_stored_template_that_no_longer_fits_is_a_sentence_and_no_fault(client, contest, organizer):
    now = timezone.now()
    content = template_with("{{ tu_cu }}")
    keep_minutes_template(contest=contest, content=content, name="x.docx", by=organizer, now=now)
    contest.judging_closes_at = now
    contest.save(update_fields=["judging_closes_at"])
    response = client.get(f"{LIST}minutes/{contest.slug}/", follow=True)
    assert response.redirect_chain == [(f"{LIST}progress/{contest.slug}/", 302)]
    assert "“tu_cu”" in response.content.decode()


def test_database_refuses_a_template_above_the_limit(contest, organizer):
    content = b"\0" * (archive.MAX_BYTES + 1)
    given = {"content": content, "name": "x.docx", "by": organizer, "now": timezone.now()}
    with pytest.raises(IntegrityError), transaction.atomic():
        keep_minutes_template(contest=contest, **given)
    assert not MinutesTemplate.objects.exists()
