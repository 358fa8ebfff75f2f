"""The face mesh by cv2.dnn: what MediaPipe itself measured, and what must hold for any face."""

import cv2
import numpy as np
import pytest
import skimage.data

from sqrt.faces import Face
from sqrt.faces.blendshapes import BLENDSHAPES
from sqrt.faces.landmarks import pose_of

# What MediaPipe 1.2.2 FaceLandmarker (face_landmarker.task float16/1, IMAGE mode) gives for skimage.data.astronaut.
MEDIAPIPE_XY = {
    1: (223.53, 131.06),
    10: (226.03, 72.24),
    33: (195.28, 100.58),
    61: (202.28, 139.17),
    105: (197.51, 86.63),
    133: (213.59, 103.62),
    152: (221.43, 177.42),
    159: (202.57, 97.82),
    234: (180.87, 109.88),
    263: (255.32, 103.79),
    291: (244.49, 140.55),
    334: (254.19, 89.56),
    362: (236.41, 104.92),
    454: (269.76, 114.44),
    468: (203.47, 101.12),
    473: (246.03, 103.52),
}
MEDIAPIPE_BLENDSHAPES = {
    "mouthSmileLeft": 0.8992,
    "mouthSmileRight": 0.9043,
    "mouthUpperUpLeft": 0.4681,
    "eyeBlinkLeft": 0.0402,
    "eyeBlinkRight": 0.0267,
    "jawOpen": 0.0128,
}
# From its facial_transformation_matrixes, where roll counts counter-clockwise.
MEDIAPIPE_YAW_PITCH_ROLL_DEG = (0.65, 14.91, -3.49)


@pytest.fixture(scope="module")
def mirrored(engine, astronaut) -> Face:
    return engine.find(np.ascontiguousarray(astronaut[:, ::-1]))[0]


def inter_eye_distance(face):
    return float(np.hypot(*np.subtract(*face.eyes)))


def test_one_face_with_all_that_is_known_of_it(engine, astronaut):
    (face,) = engine.find(astronaut)
    assert face.landmarks.shape == (478, 3)
    assert face.landmarks.dtype == np.float32
    assert np.isfinite(face.landmarks).all()
    assert tuple(face.blendshapes) == BLENDSHAPES
    assert all(0 <= strength <= 1 for strength in face.blendshapes.values())
    assert 0 < face.confidence <= 1


def test_the_box_holds_the_landmarks(face):
    x, y, w, h = face.box
    assert face.landmarks[:, :2].min(0) == pytest.approx((x, y), abs=0.01)
    assert face.landmarks[:, :2].max(0) == pytest.approx((x + w, y + h), abs=0.01)


def test_landmarks_are_mediapipes(face):
    away = np.hypot(*(face.landmarks[list(MEDIAPIPE_XY), :2] - list(MEDIAPIPE_XY.values())).T)
    assert np.median(away) < 0.02 * inter_eye_distance(face)
    assert away.max() < 0.06 * inter_eye_distance(face)


def test_expression_is_mediapipes(face):
    for name, strength in MEDIAPIPE_BLENDSHAPES.items():
        assert face.blendshapes[name] == pytest.approx(strength, abs=0.15), name


def test_pose_is_mediapipes(face):
    yaw_deg, pitch_deg, counter_clockwise_deg = MEDIAPIPE_YAW_PITCH_ROLL_DEG
    assert face.pose.yaw_deg == pytest.approx(yaw_deg, abs=5)
    assert face.pose.pitch_deg == pytest.approx(pitch_deg, abs=6)
    assert face.pose.roll_deg == pytest.approx(-counter_clockwise_deg, abs=3)


def test_a_mirror_turns_yaw_and_roll_around(face, mirrored):
    assert mirrored.pose.yaw_deg == pytest.approx(-face.pose.yaw_deg, abs=3)
    assert mirrored.pose.pitch_deg == pytest.approx(face.pose.pitch_deg, abs=3)
    assert mirrored.pose.roll_deg == pytest.approx(-face.pose.roll_deg, abs=1.5)
    assert mirrored.pose.roll_deg < 0 < face.pose.roll_deg


def test_a_mirror_mirrors_the_eyes_which_stay_in_the_pictures_order(face, mirrored):
    back = [(512 - x, y) for x, y in reversed(mirrored.eyes)]
    assert np.hypot(*np.subtract(back, face.eyes).T).max() < 0.05 * inter_eye_distance(face)
    assert mirrored.eyes[0][0] < mirrored.eyes[1][0]


@pytest.mark.parametrize("clockwise_deg", [-60, -25, 25, 60])
def test_roll_follows_the_picture(engine, face, clockwise_deg, astronaut):
    middle = face.box[0] + face.box[2] / 2, face.box[1] + face.box[3] / 2
    matrix = cv2.getRotationMatrix2D(middle, -clockwise_deg, 1)
    turned = cv2.warpAffine(astronaut, matrix, (512, 512), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    pose = engine.find(turned)[0].pose
    assert pose.roll_deg == pytest.approx(face.pose.roll_deg + clockwise_deg, abs=4)
    assert pose.yaw_deg == pytest.approx(face.pose.yaw_deg, abs=8)


@pytest.mark.parametrize("turn_deg", [-40, -15, 15, 40])
def test_yaw_is_positive_towards_the_right_of_the_picture(face, turn_deg):
    cos, sin = np.cos(np.deg2rad(turn_deg)), np.sin(np.deg2rad(turn_deg))
    # About the vertical axis; z grows away from the camera, so the nose moves to the right for a positive angle.
    turned = face.landmarks @ np.array([[cos, 0, -sin], [0, 1, 0], [sin, 0, cos]], np.float32).T
    nose, cheeks = turned[1, 0], turned[[234, 454], 0].mean()
    assert np.sign(nose - cheeks) == np.sign(turn_deg)
    assert pose_of(turned).yaw_deg == pytest.approx(face.pose.yaw_deg + turn_deg, abs=3)


@pytest.mark.parametrize("nod_deg", [-30, 30])
def test_pitch_is_positive_looking_down(face, nod_deg):
    cos, sin = np.cos(np.deg2rad(nod_deg)), np.sin(np.deg2rad(nod_deg))
    # About the horizontal axis; y grows downwards, so the nose moves down for a positive angle.
    nodded = face.landmarks @ np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]], np.float32).T
    assert pose_of(nodded).pitch_deg == pytest.approx(face.pose.pitch_deg + nod_deg, abs=3)


@pytest.mark.parametrize("name", ["chelsea", "coffee"])
def test_no_face_in_a_picture_of_none(engine, name):
    assert engine.find(getattr(skimage.data, name)()) == []


def test_no_face_in_noise(engine):
    assert engine.find(np.random.default_rng(0).integers(0, 256, (512, 512, 3), np.uint8)) == []


@pytest.mark.parametrize("size_wh", [(16, 16), (16, 300), (300, 16)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_no_face_in_flat_pictures_of_any_shape(engine, size_wh, level):
    assert engine.find(np.full((size_wh[1], size_wh[0], 3), level, np.uint8)) == []


@pytest.mark.parametrize("factor", [0.5, 2, 4])
def test_the_face_is_in_pixels_of_the_picture_it_was_found_in(engine, face, factor, astronaut):
    other = cv2.resize(astronaut, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    found = engine.find(other)[0].scaled(1 / factor)
    away = np.hypot(*(found.landmarks[:, :2] - face.landmarks[:, :2]).T)
    assert np.median(away) < 0.04 * inter_eye_distance(face)


def test_a_face_that_fills_the_frame_is_found(engine, face, astronaut):
    x, y, w, h = (round(side) for side in face.box)
    close = engine.find(np.ascontiguousarray(astronaut[y : y + h, x : x + w]))[0]
    shifted = close.landmarks[:, :2] + (x, y)
    assert np.median(np.hypot(*(shifted - face.landmarks[:, :2]).T)) < 0.08 * inter_eye_distance(face)


def test_two_people_are_two_faces(engine, astronaut):
    pair = np.hstack([astronaut, astronaut[:, ::-1]])
    faces = engine.find(pair)
    assert sorted(round(face.box[0] // 512) for face in faces) == [0, 1]


def test_the_engine_remembers_nothing(engine, face, astronaut):
    engine.find(skimage.data.chelsea())
    np.testing.assert_array_equal(engine.find(astronaut)[0].landmarks, face.landmarks)


def test_a_face_is_scaled(face):
    large = face.scaled(3)
    assert large.box == pytest.approx([3 * side for side in face.box])
    assert np.array(large.eyes) == pytest.approx(3 * np.array(face.eyes))
    np.testing.assert_allclose(large.landmarks, 3 * face.landmarks, rtol=1e-6)
    assert large.landmarks.dtype == np.float32
    assert (large.pose, large.blendshapes, large.confidence) == (face.pose, face.blendshapes, face.confidence)
    np.testing.assert_allclose(large.scaled(1 / 3).landmarks, face.landmarks, rtol=1e-5)


def test_a_face_is_moved(face):
    moved = face.moved(10, -3)
    x, y, w, h = face.box
    assert moved.box == pytest.approx((x + 10, y - 3, w, h))
    assert np.array(moved.eyes) - face.eyes == pytest.approx(np.array([(10, -3)] * 2))
    np.testing.assert_allclose(moved.landmarks - face.landmarks, [(10, -3, 0)] * 478, atol=1e-3)
    assert moved.landmarks.dtype == np.float32
    assert (moved.pose, moved.blendshapes, moved.confidence) == (face.pose, face.blendshapes, face.confidence)
    assert Face((1, 2, 3, 4), 0.5).moved(1, 1).box == (2, 3, 3, 4)
