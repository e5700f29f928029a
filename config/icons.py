"""The icons of the pages: {% icon "flag" %} is the drawing templates/icons/flag.svg."""

from __future__ import annotations

from functools import cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """Return a drawing as inline SVG; raises TemplateDoesNotExist for a name without one."""
    return render_to_string(f"icons/{name}.svg")
