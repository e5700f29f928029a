"""Guesses are counted for the account and the address, before anybody looks at them."""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import RequestFactory

from accounts import throttle
from accounts.models import GuessCounter

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2020, 12, 1, 9, 5, tzinfo=dt.UTC)
FEW = throttle.Limits("few", account_and_address=2, account=4, address=6)


def claim(account="lan", address="10.0.0.1", now=NOW, **kwargs):
    return throttle.claim(FEW, account=account, address=address, now=now, **kwargs)


def test_guesses_up_to_the_limit_are_looked_at_and_the_next_is_told_how_long_to_wait():
    claim()
    claim()
    with pytest.raises(throttle.Throttled) as refused:
        claim()
    assert refused.value.wait == dt.timedelta(minutes=10)
    assert (refused.value.minutes, refused.value.seconds) == (10, 600)


def test_another_account_and_another_address_have_counters_of_their_own():
    claim()
    claim()
    claim(account="minh")
    claim(address="10.0.0.2")


def test_guesses_from_many_addresses_meet_the_limit_of_the_account():
    for number in range(4):
        claim(address=f"10.0.1.{number}")
    with pytest.raises(throttle.Throttled):
        claim(address="10.0.1.9")


def test_guesses_at_many_accounts_meet_the_limit_of_the_address():
    for number in range(6):
        claim(account=f"account {number}")
    with pytest.raises(throttle.Throttled):
        claim(account="one more")


def test_what_is_refused_is_not_counted_against_the_account():
    for _ in range(2):
        claim(address="10.0.0.66")
    for _ in range(20):
        with pytest.raises(throttle.Throttled):
            claim(address="10.0.0.66")
    claim(address="10.0.0.1")


def test_a_known_device_is_let_in_while_strangers_guess_at_the_account_from_everywhere():
    for number in range(4):
        claim(address=f"10.0.1.{number}")
    claim(device="the owner's own")
    claim(device="the owner's own")
    with pytest.raises(throttle.Throttled):
        claim(device="the owner's own")


def test_a_right_guess_is_given_back():
    for _ in range(10):
        claim().give_back()
    assert set(GuessCounter.objects.values_list("count", flat=True)) == {0}


@pytest.mark.django_db(transaction=True)
def test_parallel_guesses_do_not_slip_past_the_limit():
    together = threading.Barrier(8)

    def guess(_):
        together.wait()
        try:
            claim()
        except throttle.Throttled:
            return "refused"
        finally:
            connection.close()
        return "looked at"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, range(8)))
    assert sorted(answers) == ["looked at"] * 2 + ["refused"] * 6


def test_the_next_window_begins_with_nothing():
    claim()
    claim()
    claim(now=NOW + dt.timedelta(minutes=10))


def test_the_doors_are_counted_apart():
    for _ in range(2):
        claim()
    throttle.claim(throttle.PASSWORD, account="lan", address="10.0.0.1", now=NOW)


def test_ipv6_addresses_of_one_household_are_one_caller():
    assert throttle.network("2001:db8:1:2:3::4") == throttle.network("2001:db8:1:2::ffff")
    assert throttle.network("2001:db8:1:2::1") != throttle.network("2001:db8:1:3::1")
    assert throttle.network("::ffff:10.0.0.1") == "10.0.0.1"
    assert throttle.network("unknown") == "unknown"


def test_counters_of_past_windows_are_forgotten():
    claim()
    assert throttle.forget_old(now=NOW + dt.timedelta(minutes=15)) == 0
    assert throttle.forget_old(now=NOW + dt.timedelta(minutes=45)) == 3


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "1.2.3.4", "10.0.0.9"),
        (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (2, "6.6.6.6, 1.2.3.4, 10.1.1.1", "1.2.3.4"),
        (2, "1.2.3.4", "10.0.0.9"),
    ],
)
def test_forwarded_addresses_count_only_as_far_as_proxies_are_trusted(
    settings, proxies, forwarded, expected
):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.9", HTTP_X_FORWARDED_FOR=forwarded)
    assert throttle.client_address(request) == expected
