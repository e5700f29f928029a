"""Histories of one attempt, made from a seed, and what must hold at each moment of them.

Nothing here knows a browser or a database: a history is a list of steps, a model says what the
server may hold. A question has one possible value, unless an answer to it is on its way.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

QUESTIONS = 15
CHOICES = 4
LETTERS = "ABCD"
THEMES = ("offline", "reload", "crash", "back", "tab", "device", "hidden", "clock")
# What each theme must have met by the end of its history.
ACTS_OF = {
    "offline": {"cut off"},
    "reload": {"reload"},
    "crash": {"crash"},
    "back": {"back", "frozen"},
    "tab": {"open tab", "copy tab"},
    "device": {"sign in"},
    "hidden": {"hide", "sleep"},
    "clock": {"set clock"},
}
# How a line may be: away is 503; lossy stores and loses the word of it; late holds that word back;
# astray looks lost, and arrives at the server when nobody waits for it any more.
FAULTS = ("offline", "away", "dropped", "lossy", "late", "astray")
NOTHING_ARRIVES = {"offline", "away", "dropped"}
STEPS = 22
LONGEST = 1500


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a person or the world does; `page` is a tab ("A1") or a device ("A")."""

    act: str
    page: str = ""
    place: int = -1
    choice: int = -1
    how: str = ""
    seconds: int = 0
    waits: bool = False
    choices: tuple[int, ...] = ()

    def __str__(self) -> str:
        parts = [f"{self.page or 'world':5} {self.act}"]
        if self.place >= 0:
            parts.append(f"question {self.place + 1}")
        if self.choice >= 0:
            parts.append(f"with {LETTERS[self.choice]}")
        if self.how:
            parts.append(f"({self.how})")
        if self.seconds:
            parts.append(f"{self.seconds} s")
        if self.waits:
            parts.append("and sees it saved")
        return " ".join(parts)


@dataclass
class Device:
    """A browser with its tabs, the one in front last.

    `waiting` may be on its way; `left` are choices of an older writer that the server did not
    take; `perhaps` are such of which the server had them, though the device may not know it.
    """

    line: str = "good"
    tabs: list[str] = field(default_factory=list)
    opened: int = 0
    is_dead: bool = False
    is_aware: bool = True
    has_astray: bool = False
    waiting: dict[int, int] = field(default_factory=dict)
    left: dict[int, int] = field(default_factory=dict)
    perhaps: dict[int, int] = field(default_factory=dict)

    @property
    def front(self) -> str:
        return self.tabs[-1]


class Model:
    """What the server may hold, whose device writes, what each device keeps (rules: Q5)."""

    def __init__(self) -> None:
        self.may_be: list[set[int | None]] = [{None} for _ in range(QUESTIONS)]
        self.devices: dict[str, Device] = {}
        self.writer = ""
        self.seconds = 0

    def of(self, page: str) -> Device:
        return self.devices[page[0]]

    def is_writer(self, page: str) -> bool:
        return page[0] == self.writer

    # --- who writes

    def sign_in(self, name: str, stored: dict[int, int] | None) -> str:
        """A new device signs in and opens the paper: the newest writes."""
        self.devices[name] = Device()
        self.take_over(name, stored)
        return self.open_tab(name)

    def take_over(self, name: str, stored: dict[int, int] | None) -> None:
        """`stored` is what the server held right after; None while a history is being made."""
        old = self.devices.get(self.writer)
        if old is not None:
            for place, choice in old.waiting.items():
                is_stored = stored is None or stored.get(place) == choice
                (old.perhaps if is_stored else old.left)[place] = choice
            old.waiting.clear()
            old.is_aware = False
        self.writer = name
        self.devices[name].is_aware = True
        if stored is not None:
            self.may_be = [{stored.get(place)} for place in range(QUESTIONS)]

    # --- tabs

    def open_tab(self, name: str) -> str:
        device = self.devices[name]
        device.opened += 1
        tab = f"{name}{device.opened}"
        device.tabs.append(tab)
        device.is_aware = True
        return tab

    def load(self, tab: str) -> None:
        """A page is loaded anew: it comes to the front and learns who writes."""
        device = self.of(tab)
        self.leave(tab)
        self.to_front(tab)
        if device.line == "offline":
            device.is_dead = True
        else:
            device.is_aware = True

    def leave(self, tab: str) -> None:
        """A page that goes sends what waits once more; no line of ours can hold that back."""
        if self.is_writer(tab):
            for place, choice in self.of(tab).waiting.items():
                self.may_be[place].add(choice)

    def close(self, tab: str) -> None:
        self.leave(tab)
        self.of(tab).tabs.remove(tab)

    def to_front(self, tab: str) -> None:
        tabs = self.of(tab).tabs
        tabs.remove(tab)
        tabs.append(tab)

    # --- answers

    def answer(self, tab: str, place: int, choice: int, *, is_saved: bool) -> None:
        device = self.of(tab)
        device.left.pop(place, None)
        device.perhaps.pop(place, None)
        if not self.is_writer(tab):
            device.left[place] = choice
            device.has_astray = device.has_astray or device.line == "astray"
            device.is_aware = device.is_aware or device.line == "good"
        elif is_saved:
            self.may_be[place] = {choice}
            device.waiting.pop(place, None)
        else:
            device.waiting[place] = choice
            device.has_astray = device.has_astray or device.line == "astray"
            if device.line not in NOTHING_ARRIVES:
                self.may_be[place].add(choice)

    def mend(self, name: str) -> None:
        device = self.devices[name]
        device.line = "good"
        device.is_dead = False
        if self.writer == name:
            for place, choice in device.waiting.items():
                self.may_be[place].add(choice)

    def settle(self, name: str) -> None:
        """All that waits has been acknowledged, or refused for good."""
        device = self.devices[name]
        device.is_aware = True
        if self.writer == name:
            for place, choice in device.waiting.items():
                self.may_be[place] = {choice}
            device.waiting.clear()

    def put_back(self, name: str, listed: dict[int, int]) -> None:
        """What was left is given again, as it was listed."""
        self.put_away(name)
        for place, choice in listed.items():
            self.answer(f"{name}0", place, choice, is_saved=False)

    def put_away(self, name: str) -> None:
        self.devices[name].left.clear()
        self.devices[name].perhaps.clear()

    # --- what may be asked of it

    def allows(self, stored: dict[int, int]) -> list[int]:
        """Return the places at which the server holds what it must not."""
        return [place for place in range(QUESTIONS) if stored.get(place) not in self.may_be[place]]


def history(seed: int) -> list[Step]:
    """Return the history of a seed; eight in a row have each theme in the first place once."""
    dice = random.Random(f"history {seed}")
    themes = [THEMES[seed % len(THEMES)], dice.choice(THEMES)]
    wanted = set().union(*(ACTS_OF[theme] for theme in themes))
    model = Model()
    steps: list[Step] = []

    def do(step: Step) -> None:
        steps.append(step)
        follow(model, step)

    do(Step("sign in", "A"))
    if "clock" in themes and dice.random() < 0.5:
        do(Step("set clock", "A", how=dice.choice(("+1 day", "-1 day"))))
    while len(steps) < STEPS:
        do(_any_step(dice, model, wanted))
    for theme in themes:
        if not any(step.act in ACTS_OF[theme] for step in steps):
            for name, device in model.devices.items():
                if device.line != "good":
                    do(Step("mend", name))
            offers = [step for _, step in _offers(dice, model) if step.act in ACTS_OF[theme]]
            do(dice.choice(offers))
            do(_answer(dice, model.devices[model.writer], waits=False))
    for name in sorted(model.devices):
        if model.devices[name].line != "good":
            do(Step("mend", name))
    others = [name for name in model.devices if name != model.writer]
    if others and dice.random() < 0.5:
        name = dice.choice(others)
        if not model.devices[name].is_aware:
            do(Step("settle", model.devices[name].front))
        do(Step("take over", model.devices[name].front))
        do(Step(dice.choice(("put back", "put away")), model.devices[name].front))
    choices = tuple(dice.randrange(CHOICES) for _ in range(QUESTIONS))
    do(Step("finish", model.devices[model.writer].front, choices=choices))
    return steps


def follow(model: Model, step: Step) -> None:
    """Tell the model a step as it is expected to go, without a look at what happened."""
    name = step.page[:1]
    match step.act:
        case "sign in":
            model.sign_in(name, None)
        case "take over":
            model.take_over(name, None)
            model.load(step.page)
        case "answer":
            model.answer(step.page, step.place, step.choice, is_saved=step.waits)
        case "cut off":
            model.devices[name].line = step.how
        case "mend":
            model.mend(name)
        case "arrive":
            model.devices[name].has_astray = False
        case "settle":
            model.settle(name)
        case "reload" | "crash" | "back":
            model.load(step.page)
        case "open tab" | "copy tab":
            model.open_tab(name)
        case "frozen":
            model.leave(step.page)
        case "close tab":
            model.close(step.page)
        case "turn to":
            model.to_front(step.page)
        case "put back":
            model.put_back(name, model.devices[name].left)
        case "put away":
            model.put_away(name)
    model.seconds += step.seconds


def _any_step(dice: random.Random, model: Model, wanted: set[str]) -> Step:
    offers = _offers(dice, model)
    weights = [weight * (3 if step.act in wanted else 1) for weight, step in offers]
    return dice.choices([step for _, step in offers], weights)[0]


def _answer(dice: random.Random, device: Device, *, waits: bool) -> Step:
    """One answer; now and then another one to what is still on its way."""
    how = dice.choice(("mouse", "mouse", "key", "label", "arrow"))
    place, choice = dice.randrange(QUESTIONS), dice.randrange(CHOICES)
    if device.waiting and dice.random() < 0.4:
        place = dice.choice(sorted(device.waiting))
        choice = (device.waiting[place] + dice.randrange(1, CHOICES)) % CHOICES
    return Step("answer", device.front, place, choice, how=how, waits=waits)


def _offers(dice: random.Random, model: Model) -> list[tuple[float, Step]]:
    """Return what may happen next, with its weight."""
    offers: list[tuple[float, Step]] = []
    for name, device in model.devices.items():
        tab, others = device.front, device.tabs[:-1]
        is_writer, is_good = model.writer == name, device.line == "good"
        if is_good:
            offers.append((4, Step("cut off", name, how=dice.choice(FAULTS))))
            if device.waiting or not device.is_aware:
                offers.append((4, Step("settle", tab)))
        else:
            offers.append((4, Step("mend", name)))
        if device.has_astray:
            offers.append((6, Step("arrive", name)))
        offers.append((0.8, Step("set clock", name, how=dice.choice(("+1 day", "-1 day")))))
        if device.is_dead:
            continue
        if is_writer or not device.is_aware:
            waits = is_writer and is_good and dice.random() < 0.5
            offers.append((20, _answer(dice, device, waits=waits)))
        if is_writer:
            offers.append((1, Step("flag", tab, dice.randrange(QUESTIONS))))
            offers.append((1, Step("go", tab, dice.randrange(QUESTIONS))))
            if device.left or device.perhaps:
                offers.append((3, Step(dice.choice(("put back", "put away")), tab)))
            if is_good:
                offers += [(2, Step("turn to", other)) for other in others]
        offers.append((1.5, Step("reload", tab)))
        if device.line != "offline" or not others:
            offers.append((1.5, Step("crash", tab)))
        if model.seconds < LONGEST:
            offers.append((1, Step("hide", tab, seconds=300)))
            offers.append((0.7, Step("sleep", tab, seconds=dice.choice((90, 300)))))
            offers.append((0.5 if is_good else 2, Step("wait", seconds=60)))
        if device.line == "offline":
            continue
        offers.append((1, Step("back", tab)))
        offers.append((0.7, Step("frozen", tab)))
        if len(device.tabs) < 3:
            offers.append((0.7, Step("open tab", name)))
            offers.append((0.7, Step("copy tab", tab)))
        if others and is_good:
            offers.append((1, Step("close tab", tab)))
        if not is_writer and device.is_aware:
            offers.append((5, Step("take over", tab)))
    if len(model.devices) < 3:
        offers.append((1.2, Step("sign in", "ABC"[len(model.devices)])))
    return offers
