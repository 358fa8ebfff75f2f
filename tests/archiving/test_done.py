"""What is known to be done, and what is left."""

from hypothesis import given
from hypothesis import strategies as st

from sqrt.archiving.done import Done, Seen, photo_hash
from sqrt.archiving.listing import Entry
from sqrt.archiving.run import Tally, batches


@given(st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=8), max_size=20))
def test_each_hash_is_new_once(windows):
    seen, known = Seen(), set()
    for window in windows:
        expected = []
        for one in window:
            expected.append(one not in known)
            known.add(one)
        assert seen.first(window) == expected


def test_an_address_has_the_hashes_of_all_it_was():
    done = Done([("a", 1, "x"), ("b", 2, "y"), ("a", 3, "z")])
    assert len(done) == 3
    known = done.of([Entry("a"), Entry("b"), Entry("c")])
    assert set(known[0]) == {photo_hash("a", 1, "x"), photo_hash("a", 3, "z")}
    assert known[1:] == [[photo_hash("b", 2, "y")], []]


def listed(number):
    return [Entry(f"/p/{place:03}.jpg", 10, "1") for place in range(number)]


def left(entries, size, done):
    tally = Tally()
    return [list(batch.entries) for batch in batches(entries, size, done, tally)], tally.skipped


def test_batches_of_which_nothing_was_done_stay_what_they_were():
    photos = listed(23)
    assert left(photos, 5, Done()) == ([photos[start : start + 5] for start in range(0, 23, 5)], 0)
    found, skipped = left(photos, 5, Done(photos[5:8]))
    assert skipped == 3
    assert photos[:5] in found
    assert photos[10:15] in found
    assert sorted(one for batch in found for one in batch) == [*photos[:5], *photos[8:]]


def test_what_is_left_of_many_batches_is_put_together():
    photos = listed(100)
    found, skipped = left(photos, 10, Done(one for place, one in enumerate(photos) if place % 10))
    assert (found, skipped) == ([photos[::10]], 90)


def test_a_changed_photo_is_left_and_a_repeated_address_is_not():
    photos = listed(3)
    found, skipped = left([*photos, photos[0]], 10, Done([("/p/001.jpg", 10, "0"), ("/p/002.jpg", 10, "1")]))
    assert (found, skipped) == ([[photos[0], photos[1]]], 2)


def test_of_a_list_that_tells_no_size_the_worker_is_told_what_is_known():
    tally = Tally()
    done = Done([("/p/a.jpg", 10, "1")])
    (batch,) = batches([Entry("/p/a.jpg"), Entry("/p/b.jpg")], 10, done, tally)
    assert batch.known == ([photo_hash("/p/a.jpg", 10, "1")], [])
    assert repr(batch) == "<2 photos>"
