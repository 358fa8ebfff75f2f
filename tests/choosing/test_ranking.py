"""Almost equal shots: the careful eye's order, its words, and what it cannot tell apart."""

from dataclasses import replace
from itertools import combinations

import cv2
import numpy as np
import pytest

import sqrt
from sqrt.choosing.ranking import rank, rank_scene
from sqrt.choosing.shots import shot_of
from sqrt.rating import PURPOSES, Rater
from sqrt.settings import Settings
from tests.choosing.test_clip import with_shut_eyes


@pytest.fixture(scope="module")
def big(astronaut):
    return cv2.resize(astronaut, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)


@pytest.fixture(scope="module")
def seen(model_path):
    rater = Rater(Settings.model_construct(face_engine="landmarks", face_model_path=model_path))
    return lambda pixels: shot_of("", *rater.examine(np.ascontiguousarray(pixels)))


@pytest.fixture(scope="module")
def burst(big, seen, engine):
    """The picture as it is, and with one flaw each."""
    return {
        "as it is": seen(big),
        "eyes less open": seen(with_shut_eyes(big, engine.find(big)[0])),
        "less sharp": seen(cv2.GaussianBlur(big, None, 2)),
        "darker": seen((big * 0.72).astype(np.uint8)),
        "more grain": seen(np.clip(big + np.random.default_rng(0).normal(0, 9, big.shape), 0, 255).astype(np.uint8)),
    }


def test_the_one_without_a_flaw_comes_first_and_the_others_are_told_why(burst):
    ranking = rank([*burst.values()])
    assert ranking.groups == [ranking.order]
    assert ranking.order[0] == 0
    for place, words in enumerate(burst):
        if place:
            assert ranking.reasons[place].split(", ")[0] == words


def test_no_shot_stands_before_one_that_can_be_told_to_be_better(burst):
    shots = [*burst.values()]
    for one, other in combinations(range(len(shots)), 2):
        pair = rank_scene([shots[one], shots[other]])
        back = rank_scene([shots[other], shots[one]])
        assert [1 - place for place in back.order] == pair.order
        assert bool(back.ties) == bool(pair.ties)


def test_copies_that_differ_by_noise_or_encoding_are_equal_and_stand_by_their_overall_score(big, seen):
    files = [cv2.imencode(".jpg", big, [cv2.IMWRITE_JPEG_QUALITY, quality])[1] for quality in (95, 96, 97)]
    shots = [seen(picture) for picture in (big, *(cv2.imdecode(file, cv2.IMREAD_COLOR) for file in files))]
    scene = rank_scene(shots)
    assert scene.ties == {*combinations(range(4), 2)}
    overall = [shots[place].rating.overall for place in scene.order]
    assert overall == pytest.approx(sorted(overall, reverse=True), abs=0.1)
    assert scene.reasons == {}


def test_of_equal_shots_with_the_same_overall_score_the_one_with_wider_eyes_stands_first(burst):
    shot = burst["as it is"]
    natives = {**shot.rating.natives, "eyes_open": shot.rating.natives["eyes_open"] + 0.5}
    for gain, order in ((0, [1, 0]), (-0.2, [0, 1]), (0.2, [1, 0])):
        wider = replace(shot, rating=replace(shot.rating, natives=natives, overall=shot.rating.overall + gain))
        scene = rank_scene([shot, wider])
        assert (scene.order, scene.ties) == (order, {(0, 1)})


def test_where_a_wall_is_lost_in_white_the_grain_elsewhere_is_no_flaw(burst):
    """On the darker shot's grey wall there is hardly any; of the lighter one the wall cannot tell."""
    shot = burst["as it is"]
    clean, grainy = (
        replace(shot, rating=replace(shot.rating, natives={**shot.rating.natives, "noise": noise}))
        for noise in (0.4, 1.3)
    )
    assert rank_scene([grainy, clean]).reasons == {1: "less grain", 0: "more grain"}
    white = replace(grainy, light=shot.light._replace(grainless=shot.light.grainless + 0.4))
    assert rank_scene([white, clean]).ties == {(0, 1)}


def test_a_smile_counts_unless_a_calm_face_is_asked_for_and_is_no_blink(burst):
    smiling = burst["as it is"]
    natives = smiling.rating.natives
    # A calm face has wider eyes: by 5 percent of their width where the smile was strong.
    calm_natives = {**natives, "expression": natives["expression"] - 50, "eyes_open": natives["eyes_open"] + 5}
    calm = replace(smiling, rating=replace(smiling.rating, natives=calm_natives))
    asked = rank_scene([calm, smiling])
    assert asked.order == [1, 0]
    assert asked.reasons == {1: "warmer smile", 0: "less of a smile"}
    assert rank_scene([calm, smiling], prefer_smiles=False).ties == {(0, 1)}
    for_document = [replace(one, rating=replace(one.rating, purpose=PURPOSES["id"])) for one in (smiling, calm)]
    asked = rank_scene(for_document)
    assert asked.order == [1, 0]
    assert asked.reasons == {1: "calmer face", 0: "less calm a face"}


@pytest.mark.parametrize("stops", [-1.5, -0.5, 0.5])
def test_another_skin_under_the_same_light_is_no_flaw(burst, stops):
    shot = burst["as it is"]
    other = replace(shot, light=shot.light._replace(on_face=shot.light.on_face + stops))
    assert rank_scene([shot, other]).ties == {(0, 1)}
    assert rank_scene([shot, other, shot]).reasons == {}


def test_across_groups_the_overall_score_decides(burst, seen, astronaut):
    other = seen(np.ascontiguousarray(astronaut[:, ::-1]))
    shots = [other, *burst.values()]
    ranking = rank(shots)
    assert len(ranking.groups) == 2
    best = [shots[group[0]].rating.overall for group in ranking.groups]
    assert best == sorted(best, reverse=True)
    assert sorted(ranking.order) == [*range(len(shots))]


def test_the_package_ranks_what_it_rates(big, model_path):
    settings = Settings.model_construct(face_engine="landmarks", face_model_path=model_path)
    blurred = cv2.GaussianBlur(big, None, 4)
    ranking = sqrt.rank([blurred, big], settings)
    assert ranking.order == [1, 0]
    assert ranking.ties == set()
    assert sqrt.rank([], settings).order == []
    with pytest.raises(sqrt.PhotoError):
        sqrt.rank([big, b"no photo"], settings)
