"""Awards: an ordered plan of tiers walked down a ranking, ties at an edge never broken silently."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

SCOPES = ("unit", "person", "video")

# A unit's code, a person's public number, or a video's (unit code, slot).
EntryKey = str | int | tuple[str, int]
# One ranking the plan walks down: ("unit", None), ("person", quiz slug), ("video", None).
Ladder = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Tier:
    """`count` awards called `name`; `quiz` is the quiz's slug for the scope "person", else None."""

    scope: str
    quiz: str | None
    order: int
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class TieDecision:
    """An organizer's choice for one edge: of the tied `entries` the `chosen` get this tier."""

    scope: str
    quiz: str | None
    tier_order: int
    entries: tuple[EntryKey, ...]
    chosen: tuple[EntryKey, ...]


@dataclass(frozen=True, slots=True)
class UndecidedTie:
    """More tied `entries` (sorted) than the `seats` left in a tier: somebody has to decide."""

    scope: str
    quiz: str | None
    tier_order: int
    seats: int
    entries: tuple[EntryKey, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """One award: `entry` with its `rank` is in this tier."""

    scope: str
    quiz: str | None
    tier_order: int
    tier: str
    rank: int
    entry: EntryKey


@dataclass(frozen=True, slots=True)
class Awarding:
    """The awards given, the edges nobody has decided, and the decisions that hold no longer."""

    placed: tuple[Placed, ...]
    ties: tuple[UndecidedTie, ...]
    void: tuple[TieDecision, ...]


def distribute(
    tiers: Iterable[Tier],
    standings: Mapping[Ladder, Sequence[tuple[int, EntryKey]]],
    decisions: Iterable[TieDecision] = (),
) -> Awarding:
    """Walk every ladder of the plan down its eligible entries (rules: A2).

    `standings` has, for each ladder, (rank, entry) of the eligible entries in list order.

    A tied group that fits into the seats left in a tier takes them. One that does not needs a
    decision naming exactly this tier and exactly these entries, with as many chosen as seats: the
    chosen get the tier, the others head the queue for the next one, where an edge may cut them
    again and ask for a decision of its own. Without a decision the edge is listed and *nobody*
    of the group is placed, in this tier or below; the group keeps as many seats of the tiers below
    as its members would fill, and entries ranked after it are placed behind those, since where
    they stand does not depend on the decision.

    A decision that was not applied is void: it names another tier or other entries, chooses a
    wrong number, or contradicts a second one about the same edge (then neither is applied).
    ValueError if the plan names one tier twice, has an unknown scope or a negative count.
    """
    plan: dict[Ladder, list[Tier]] = {}
    for tier in tiers:
        if tier.scope not in SCOPES:
            raise ValueError(f"unknown award scope {tier.scope!r}; known: {', '.join(SCOPES)}")
        if tier.count < 0:
            raise ValueError(f"tier {tier.name!r} has a negative count")
        plan.setdefault((tier.scope, tier.quiz), []).append(tier)

    by_edge: dict[tuple[str, str | None, int], list[TieDecision]] = {}
    for decision in decisions:
        edge = (decision.scope, decision.quiz, decision.tier_order)
        by_edge.setdefault(edge, []).append(decision)

    placed: list[Placed] = []
    ties: list[UndecidedTie] = []
    applied: set[int] = set()
    for ladder in sorted(plan, key=lambda ladder: (SCOPES.index(ladder[0]), ladder[1] or "")):
        steps = sorted(plan[ladder], key=lambda tier: tier.order)
        if len({tier.order for tier in steps}) != len(steps):
            raise ValueError(f"the award plan names a tier of {ladder} twice")
        _walk(steps, standings.get(ladder, ()), by_edge, placed, ties, applied)

    unused = [d for group in by_edge.values() for d in group if id(d) not in applied]
    unused.sort(key=lambda d: (d.scope, d.quiz or "", d.tier_order, str((d.entries, d.chosen))))
    return Awarding(tuple(placed), tuple(ties), tuple(unused))


def _walk(
    steps: Sequence[Tier],
    standing: Sequence[tuple[int, EntryKey]],
    by_edge: Mapping[tuple[str, str | None, int], list[TieDecision]],
    placed: list[Placed],
    ties: list[UndecidedTie],
    applied: set[int],
) -> None:
    """One ladder; appends to `placed` and `ties`, adds the ids of applied decisions."""
    ordered = sorted(standing, key=lambda pair: pair[0])  # stable: list order inside a rank
    groups = [
        (rank, [entry for _, entry in pairs])
        for rank, pairs in groupby(ordered, key=lambda pair: pair[0])
    ]
    groups.reverse()  # the next group is popped from the end
    held = 0  # seats below that belong to a group nobody has decided about
    for tier in steps:
        kept = min(held, tier.count)
        held -= kept
        seats = tier.count - kept
        while seats and groups:
            rank, group = groups.pop()
            if len(group) <= seats:
                winners = group
            else:
                match = _decided(by_edge.get((tier.scope, tier.quiz, tier.order), ()), group, seats)
                if not match:
                    entries = tuple(sorted(group))
                    ties.append(UndecidedTie(tier.scope, tier.quiz, tier.order, seats, entries))
                    held = len(group) - seats
                    break
                applied.update(id(decision) for decision in match)
                chosen = set(match[0].chosen)
                winners = [entry for entry in group if entry in chosen]
                groups.append((rank, [entry for entry in group if entry not in chosen]))
            placed.extend(
                Placed(tier.scope, tier.quiz, tier.order, tier.name, rank, entry)
                for entry in winners
            )
            seats -= len(winners)


def _decided(
    decisions: Iterable[TieDecision], group: Sequence[EntryKey], seats: int
) -> list[TieDecision]:
    """The decisions that hold for exactly this tied group; none if they contradict each other."""
    tied = set(group)
    match = [
        decision
        for decision in decisions
        if set(decision.entries) == tied
        and len(decision.entries) == len(tied)
        and len(decision.chosen) == len(set(decision.chosen)) == seats
        and set(decision.chosen) <= tied
    ]
    return match if len({frozenset(decision.chosen) for decision in match}) == 1 else []
