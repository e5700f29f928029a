"""What is asked of every page: it fits, it is accessible, and it speaks Vietnamese only."""

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Words of an interface that somebody forgot to translate; none is a Vietnamese syllable.
_WORD = re.compile(
    r"\b(?:"
    "account|action|actions|add|added|administration|all|and|answer|answers|any|apply|are|"
    "attempt|award|awards|back|cancel|change|changed|choice|choose|clear|close|code|"
    "confirm|contest|contests|create|created|criterion|current|date|delete|deleted|digest|"
    "download|draft|edit|empty|error|filter|final|first|for|from|full|given|hand|hide|"
    "history|home|items|judge|judges|judging|last|left|like|log|logout|mark|marks|message|"
    "more|name|next|none|not|number|of|open|opens|organizer|organizers|page|paper|people|"
    "person|phone|points|previous|question|questions|quiz|rank|reason|refused|remove|reset|"
    "result|results|role|roster|rules|save|saved|score|search|see|select|selected|send|"
    "settings|sheet|show|sign|site|start|state|submit|success|the|their|this|time|title|"
    "today|total|unit|units|until|update|upload|use|user|users|verify|version|view|warning|"
    "welcome|when|with|yes|you|your"
    r")\b",
    re.IGNORECASE,
)
_WRONG_DATES = {
    "a date as yyyy-mm-dd": re.compile(r"\b\d{4}-\d{2}-\d{2}\b"),
    "a month by its English name": re.compile(
        r"\b(?:Jan|Feb|March|April|June|July|Aug|Sept|Oct|Nov|Dec)[a-z]*\b\.?"
    ),
    "a month spelled out": re.compile(r"\d+ Tháng \d+"),
    # Legal texts write 08/4/2020; no program here does, but every day has its two digits.
    "a date not as dd/mm/yyyy": re.compile(r"(?<![\d/])\d/\d{1,2}/\d{4}\b"),
    "a twelve-hour clock": re.compile(r"\b\d{1,2}(?::\d\d)? (?:[ap]\.m\.|[AP]M\b)"),
    "a decimal point": re.compile(r"(?<![\d.])\d+\.\d{1,2}(?![\d.])"),
}
# Without fetching the stylesheets again: axe writes them into the page, which the policy refuses.
_AXE = {"preload": False}
# Everything a person can see or hear; what is marked as another language is left aside.
_SAID = """() => {
  const parts = [document.title];
  for (const other of document.querySelectorAll("body [lang]:not([lang=vi])")) other.remove();
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  parts.push(document.body.innerText);
  for (const element of document.querySelectorAll("body *"))
    for (const name of ["aria-label", "alt", "placeholder", "title"])
      if (element.hasAttribute(name)) parts.push(element.getAttribute(name));
  for (const button of document.querySelectorAll("input[type=submit], input[type=button]"))
    parts.push(button.value);
  return parts.join("\\n").normalize("NFC");
}"""


def faults(page: Page) -> list[str]:
    """Return what is wrong with the page as it stands, as sentences; changes the page."""
    found = []
    if (lang := page.locator("html").get_attribute("lang")) != "vi":
        found.append(f"its language is {lang}")
    found += sideways(page)
    found += [
        f"axe: {rule['id']} at {', '.join(str(node['target']) for node in rule['nodes'][:3])}"
        for rule in Axe().run(page, options=_AXE).response["violations"]
        if rule["impact"] in {"serious", "critical"}
    ]
    said = page.evaluate(_SAID)
    found += [f"with the folds open: {fault}" for fault in sideways(page)]
    if words := sorted({word.group() for word in _WORD.finditer(said)}):
        found.append(f"English words: {', '.join(words)}")
    for fault, pattern in _WRONG_DATES.items():
        if wrong := sorted({match.group() for match in pattern.finditer(said)}):
            found.append(f"{fault}: {', '.join(wrong)}")
    return found


def sideways(page: Page) -> list[str]:
    """Return a fault where the page is wider than its window."""
    wide, window = page.evaluate("() => [document.documentElement.scrollWidth, window.innerWidth]")
    return [f"{wide} px wide in a window of {window} px"] if wide > window else []
