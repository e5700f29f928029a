"""Counts guesses by account and by address, in the database, so every worker agrees.

A guess is counted before it is looked at and given back when it was right, so that parallel
guesses cannot slip past the limit. Nobody else's guesses keep the owner out for good: the link of
an access code is never refused, and a browser that signed in before has a counter of its own.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.http import HttpRequest

from accounts.models import GuessCounter

WINDOW = dt.timedelta(minutes=15)


class Throttled(Exception):
    """Too many guesses; `wait` is how long until the next one is looked at."""

    def __init__(self, wait: dt.timedelta) -> None:
        super().__init__(wait)
        self.wait = wait

    @property
    def minutes(self) -> int:
        """The wait in whole minutes, at least one: what a person is told."""
        return max(1, -(-int(self.wait.total_seconds()) // 60))

    @property
    def seconds(self) -> int:
        """The wait in whole seconds, at least one: what a program is told (Retry-After)."""
        return max(1, int(self.wait.total_seconds()))


@dataclass(frozen=True)
class Limits:
    """Guesses in one window; `purpose` keeps the counters of different doors apart."""

    purpose: str
    account_and_address: int
    account: int
    address: int


# A whole department often shares one address.
PASSWORD = Limits("password", account_and_address=8, account=60, address=120)
# A typed code has 50 bits: more guesses are harmless, and a rival who knows a colleague's phone
# number should not be able to keep the colleague out of the quiz.
CODE = Limits("code", account_and_address=8, account=600, address=240)


@dataclass(frozen=True)
class Guess:
    """One counted guess; `give_back` takes it off the counters once it proved right."""

    keys: tuple[str, ...]
    window: int

    def give_back(self) -> None:
        GuessCounter.objects.filter(key__in=self.keys, window=self.window, count__gt=0).update(
            count=F("count") - 1
        )


def client_address(request: HttpRequest) -> str:
    """Return the caller's address; forwarded headers count only behind trusted proxies."""
    if settings.TRUSTED_PROXIES:
        hops = request.headers.get("X-Forwarded-For", "").split(",")
        if len(hops) >= settings.TRUSTED_PROXIES:
            return hops[-settings.TRUSTED_PROXIES].strip()[:64]
    return str(request.META.get("REMOTE_ADDR", ""))[:64]


def claim(
    limits: Limits, *, account: str, address: str, device: str = "", now: dt.datetime
) -> Guess:
    """Count one guess at `account` from `address`. Raises Throttled where no more are looked at.

    `device` names a browser that this account signed in with before (see `accounts.devices`): it
    is counted alone, so that strangers at the account or at a shared address cannot lock it out.
    """
    place = network(address)
    if device:
        keys = {_key(limits, "device", account, device): limits.account_and_address}
    else:
        keys = {
            _key(limits, "both", account, place): limits.account_and_address,
            _key(limits, "account", account): limits.account,
            _key(limits, "address", place): limits.address,
        }
    return _count(keys, now=now)


def claim_by_address(purpose: str, *, limit: int, address: str, now: dt.datetime) -> Guess:
    """Count one guess that names no account. Raises Throttled beyond `limit` in a window."""
    key = hashlib.sha256("\0".join([purpose, network(address)]).encode()).hexdigest()
    return _count({key: limit}, now=now)


def network(address: str) -> str:
    """Return what stands for one caller: the address, of IPv6 the /64 a household is given."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def forget_old(*, now: dt.datetime) -> int:
    """Delete counters of past windows; return how many."""
    old: models.QuerySet[GuessCounter] = GuessCounter.objects.filter(window__lt=_window(now) - 1)
    return old.delete()[0]


@transaction.atomic
def _count(limits: Mapping[str, int], *, now: dt.datetime) -> Guess:
    guess = Guess(keys=tuple(sorted(limits)), window=_window(now))
    GuessCounter.objects.bulk_create(
        [GuessCounter(key=key, window=guess.window) for key in guess.keys], ignore_conflicts=True
    )
    # Locked in one order, so that two guesses that share counters never wait for each other.
    counters = list(
        GuessCounter.objects.select_for_update()
        .filter(key__in=guess.keys, window=guess.window)
        .order_by("key")
    )
    if any(counter.count >= limits[counter.key] for counter in counters):
        # The owner of an account must not be locked out by what was refused anyway.
        raise Throttled(_end_of(guess.window) - now)
    GuessCounter.objects.filter(pk__in=[counter.pk for counter in counters]).update(
        count=F("count") + 1
    )
    return guess


def _key(limits: Limits, *parts: str) -> str:
    return hashlib.sha256("\0".join([limits.purpose, *parts]).encode()).hexdigest()


def _window(now: dt.datetime) -> int:
    return int(now.timestamp()) // int(WINDOW.total_seconds())


def _end_of(window: int) -> dt.datetime:
    return dt.datetime.fromtimestamp((window + 1) * int(WINDOW.total_seconds()), tz=dt.UTC)
