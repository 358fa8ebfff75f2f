"""The engines that all raters of a process share."""

import threading

import pytest

from sqrt.errors import BusyError
from sqrt.rating import Engines, Rater
from sqrt.settings import Settings


class Engine:
    """Stands for a face engine; counts those there are."""

    made = 0

    def __init__(self) -> None:
        Engine.made += 1


def test_no_more_are_lent_than_there_are_whatever_their_kind():
    engines = Engines(2)
    with engines.borrowed("one", Engine), engines.borrowed("other", Engine):
        for kind in ("one", "other", "third"):
            with pytest.raises(BusyError), engines.borrowed(kind, Engine, wait_s=0.01):
                pass
    with engines.borrowed("third", Engine, wait_s=0.01):
        pass


def test_an_engine_is_lent_again_to_its_kind_alone():
    engines = Engines(2)
    with engines.borrowed("one", Engine) as first:
        pass
    with engines.borrowed("other", Engine) as other, engines.borrowed("one", Engine) as again:
        assert again is first
        assert other is not first


def test_of_all_kinds_no_more_are_kept_than_may_be_lent():
    engines, before = Engines(2), Engine.made
    for kind in ("one", "two", "three", "three", "two"):
        with engines.borrowed(kind, Engine):
            pass
    assert Engine.made == before + 3
    with engines.borrowed("one", Engine):  # had to go for the third
        assert Engine.made == before + 4


def test_clients_take_turns():
    engines, served = Engines(2), []
    release = threading.Semaphore(0)

    def photo(client: str) -> None:
        with engines.borrowed("one", Engine, client=client):
            served.append(client)
            release.acquire()

    def stand_in_line(*clients: str) -> None:
        for client in clients:
            before = engines.waiting + len(served)
            threads.append(threading.Thread(target=photo, args=[client]))
            threads[-1].start()
            while engines.waiting + len(served) == before:
                pass

    threads: list[threading.Thread] = []
    stand_in_line(*6 * ["many"], "one", "other", "one")
    while len(served) < 2:
        pass
    assert served == ["many", "many"]
    for number in range(3, len(threads) + 1):
        release.release()
        while len(served) < number:
            pass
    for _ in range(2):
        release.release()
    for thread in threads:
        thread.join(60)
    assert served[2:] == ["one", "other", "many", "one", "many", "many", "many"]


def test_raters_of_other_settings_stand_in_one_line(model_path, astronaut):
    engines = Engines(1)
    raters = [
        Rater(Settings(face_model_path=model_path, max_image_size=side, engine_pool_size=8), engines)
        for side in (256, 512, 1024)
    ] + [Rater(Settings(face_engine="cascade"), engines)]
    with raters[0].borrowed():
        for rater in raters:
            with pytest.raises(BusyError):
                rater.examine(astronaut, wait_s=0.01)
        waiting = threading.Thread(target=raters[1].rate, args=[astronaut])
        waiting.start()
        while not raters[3].waiting:
            pass
    waiting.join(60)
    assert all(rater.rate(astronaut).faces for rater in raters)
