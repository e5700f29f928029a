"""Whether a certificate is genuine, and what it was issued for: for anybody who holds the paper."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts import codes
from scoring.documents.tables import in_fours
from scoring.models import Certificate
from scoring.models.certificates import CODE_LETTERS


class CodeForm(forms.Form):
    """The code as it is printed; blanks, dashes and case do not matter."""

    code = forms.CharField(
        label=gettext_lazy("Code of the certificate"),
        max_length=100,
        widget=forms.TextInput(
            attrs={
                "class": "form-control code",
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
    )


@require_safe
def verify_search(request: HttpRequest) -> HttpResponse:
    """Ask for a code, and lead to its page."""
    form = CodeForm(request.GET if "code" in request.GET else None)
    if form.is_valid() and (code := codes.normalise(form.cleaned_data["code"])):
        return redirect("verify", code=code)
    return _kept_by_nobody(render(request, "portal/verify_search.html", {"form": form}))


@require_safe
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """What the certificate of this code says and whether it holds; a page of its own if none."""
    plain = codes.normalise(code)
    if plain != code and len(plain) == CODE_LETTERS:
        return redirect("verify", code=plain)
    rows = Certificate.objects.select_related("award__result_set", "contest")
    # 140 bits are found by an index or not at all: nothing is told by how long it takes.
    certificate = rows.filter(code=plain).first()
    if certificate is None:
        return _unknown(request, plain)
    newer = certificate.newer_set()
    context = {
        "contest": certificate.contest,
        "certificate": certificate,
        "award": certificate.award,
        "result_set": certificate.award.result_set,
        "digest": in_fours(certificate.award.result_set.digest),
        "newer": newer,
        "stands": newer is None or certificate.stands_in(newer),
        "form": CodeForm({"code": certificate.typed_code}),
    }
    return _kept_by_nobody(render(request, "portal/verify.html", context))


def _unknown(request: HttpRequest, plain: str) -> HttpResponse:
    context = {
        "form": CodeForm(initial={"code": plain[: 2 * CODE_LETTERS]}),
        "letters": len(plain),
        "needed": CODE_LETTERS,
    }
    return _kept_by_nobody(render(request, "portal/verify_unknown.html", context, status=404))


def _kept_by_nobody(response: HttpResponse) -> HttpResponse:
    """Names are shown to who has the code: no search engine, proxy or browser keeps them."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
