"""The attacks of the siege, in small: each tells what became of all it did, and the server carries on."""

from functools import partial

import pytest

from benchmarks import attacks, attacks_heavy
from benchmarks.speed import jpeg, portrait
from tests.server import Server

PHOTO = jpeg(portrait(4000, 3000))
ATTACKS = {
    "posts": (partial(attacks.half_open_posts, count=2, hold_s=0.2), 2),
    "bodies": (partial(attacks.slow_bodies, count=2, hold_s=1), 2),
    "uploads": (partial(attacks.upload_flood, count=1, mb=1, hold_s=0.2), 3),
    "heads": (partial(attacks.slow_heads, slow=1, silent=2, hold_s=1), 3),
    "rejections": (partial(attacks.cheap_rejections, count=4, clients=2), 4),
    "ranks": (partial(attacks_heavy.many_large, photo=PHOTO, photos=2, clients=2), 2),
    "forms": (partial(attacks_heavy.slow_forms, count=2, hold_s=1), 2),
    "clips": (partial(attacks_heavy.lying_clips, count=4), 4),
    "guesses": (partial(attacks_heavy.guessed_downloads, count=4, clients=2), 4),
    "unread": (partial(attacks_heavy.unread_downloads, photo=PHOTO, photos=2, count=2, hold_s=0.2), 4),
}


@pytest.fixture(scope="module")
def server(model_path):
    with Server(model_path) as server:
        yield server


@pytest.mark.parametrize("name", ATTACKS)
def test_everything_that_was_done_is_answered_or_counted(server, name):
    attack, done = ATTACKS[name]
    assert sum(attack(server, "127.0.0.3").values()) == done
    assert server.rate(PHOTO)[0] == 200


def test_what_is_rated_is_counted(server):
    assert attacks.closed_tab(server, "127.0.0.3", PHOTO, count=2, wait_s=10)["rated before"] >= 1
    outcome = attacks.knobs(server, "127.0.0.3", PHOTO, sessions=2)
    assert outcome.pop("s in all") > 0
    assert 0 < outcome.pop("at once, about") <= 2
    assert sum(outcome.values()) == 2
    assert attacks.thorough_cascades(server, "127.0.0.3", PHOTO, photos=1)["s a photo"] > 0


def test_lines_of_the_log_are_counted(server):
    assert attacks.cut_uploads(server, "127.0.0.3", count=1, wait_s=0.2).keys() == {"ERROR lines", "traces"}


def test_who_gets_past_the_limit_is_counted(server):
    outcome = attacks.dodged_limit(server, "127.0.0.3", count=2)
    assert sum(number for said, number in outcome.items() if said != "past the limit") == 2
