"""478 landmarks and expression of every face by MediaPipe's Face Landmarker model, run by ``cv2.dnn``."""

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from sqrt.faces.blendshapes import BLENDSHAPES, INPUT_LANDMARKS
from sqrt.faces.cascade import by_importance
from sqrt.faces.crop import crop, to_picture, upright_matrix
from sqrt.faces.detector import Detection, Detector
from sqrt.faces.device import Device, put_on
from sqrt.faces.face import Face, Landmarks, Pose
from sqrt.faces.model_file import SEGMENTATION
from sqrt.faces.outline import Segmenter

MIN_PRESENCE = 4.5
"""Logit of the landmark network: about 20 on a face, under 3 on none."""
MIN_PRESENCE_IF_SURE = -4.0
CLEAR_PRESENCE = 15.0
SURE_SCORE = 0.8
"""Of the detector: from here on a face that the landmark network does not know, such as one in profile, is one."""
LONE_FACE = 0.2
"""Share of the frame's shorter side; one face at least this large ends the search."""
MAX_MESHES = 8
"""Faces that are looked at closely; of more, the largest."""

_QUICK_SIDE, _SIDE = 320, 640
_MESH_SIDE = 256
_CLOSER, _TURNS_DEG = 0.85, (-45.0, 45.0)
_WORTH_A_MESH = 0.3
"""Of the largest face's height: what is smaller is a passer-by."""
# How far a region may be off before the face is looked at again: in sides of the region, degrees, and doublings. Of a
# face of few pixels half as far: there, the detector is less exact.
_MAX_SHIFT = 0.1
_MAX_TURN_DEG = 6.0
_MAX_OCTAVES = 0.34
_FEW_PIXELS = 96


class LandmarkEngine:
    """YuNet finds the faces; the face mesh and blendshape networks look at each that matters. One thread at a time.

    Parameters
    ----------
    networks : mapping of file name to bytes
        The ``.tflite`` files, as `sqrt.faces.model_file.read_networks` gives them; that of the outline may be missing.
    device : "cpu", "opencl" or "cuda"
        What these networks run on; `sqrt.faces.device.usable` tells what is there.
    """

    name = "landmarks"

    def __init__(self, networks: Mapping[str, bytes], device: Device = "cpu") -> None:
        self.detector = Detector()
        self.mesh = _network(networks["face_landmarks_detector.tflite"])
        self.expressions = _network(networks["face_blendshapes.tflite"])
        for network in (self.mesh, self.expressions):
            put_on(network, device)
        segmentation = networks.get(SEGMENTATION.name)
        self.segmenter = None if segmentation is None else Segmenter(segmentation, device)

    def find(self, pixels: NDArray[np.uint8]) -> list[Face]:
        """Return the faces of an HxWx3 RGB picture, the main one first."""
        found = self._detect(pixels)
        if not found:
            pixels = _lit(pixels)
            found = self._detect(pixels)
        tallest = max((one.box[3] for one in found), default=0.0)
        faces: list[Face] = []
        for rank, one in enumerate(found):
            face = None
            if rank < MAX_MESHES and one.box[3] >= _WORTH_A_MESH * tallest:
                face = self._look(pixels, one, settled=one.box[3] == tallest)
            if face is None and one.score >= SURE_SCORE:
                face = Face(box=_head(one), confidence=one.score, eyes=one.eyes)
            if face and not any(_inside(_middle(face.box), known.box) for known in faces):
                faces.append(face)
        return by_importance(faces, pixels.shape)

    def outline(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
        """Return where people are, as `sqrt.faces.outline.Segmenter` does, or None without its network."""
        return None if self.segmenter is None else self.segmenter.outline(pixels)

    def _detect(self, pixels: NDArray[np.uint8]) -> list[Detection]:
        found = self.detector.find(pixels, _QUICK_SIDE)
        # One clear face is what a selfie has; a small one or a group is worth a closer look.
        if len(found) == 1 and found[0].box[3] >= LONE_FACE * min(pixels.shape[:2]):
            return found
        closer = self.detector.find(pixels, _SIDE) if max(pixels.shape[:2]) > _QUICK_SIDE else []
        # A face that fills the frame is too large to be seen without a margin around it.
        return closer or found or self.detector.find(pixels, _QUICK_SIDE, margin=0.5)

    def _look(self, pixels: NDArray[np.uint8], found: Detection, *, settled: bool) -> Face | None:
        """Return the face where it was found, or None where the mesh sees none.

        Where it is in doubt it looks again, closer and with the head on its side, as the detector may tell neither.
        What the detector is sure of need not convince the mesh alone. `settled` looks again where the mesh itself has
        seen the face: how far the eyes are open then differs half as much between shots moved by a pixel or two.
        """
        centre, side, roll_deg = region = _region(found)
        mesh, presence = self._measure(pixels, *region)
        if presence < CLEAR_PRESENCE:
            for other in (
                (centre, _CLOSER * side, roll_deg),
                *((centre, side, roll_deg + turn) for turn in _TURNS_DEG),
            ):
                again, now = self._measure(pixels, *other)
                if now > presence:
                    mesh, presence, region = again, now, other
        if presence < (MIN_PRESENCE_IF_SURE if found.score >= SURE_SCORE else MIN_PRESENCE):
            return None
        better, fits = _better_region(mesh, *region)
        if settled or not fits:
            again, now = self._measure(pixels, *better)
            if now > min(presence, MIN_PRESENCE):
                mesh, presence = again, now
        return self._face(mesh, presence)

    def _measure(
        self, pixels: NDArray[np.uint8], centre: tuple[float, float], side: float, angle_deg: float
    ) -> tuple[Landmarks, float]:
        """Return the mesh of the face in a square region, and how surely there is one: a logit."""
        matrix = upright_matrix(centre, angle_deg, _MESH_SIDE / side, (_MESH_SIDE / 2, _MESH_SIDE / 2))
        square = crop(pixels, matrix, (_MESH_SIDE, _MESH_SIDE))
        self.mesh.setInput(cv2.dnn.blobFromImage(square, 1 / 255))
        mesh, presence = self.mesh.forward(("Identity", "Identity_1"))
        points = mesh.reshape(-1, 3)
        landmarks = np.empty_like(points)
        landmarks[:, :2] = to_picture(points[:, :2], matrix)
        landmarks[:, 2] = points[:, 2] * (side / _MESH_SIDE)
        return landmarks, float(presence.reshape(-1)[0])

    def _face(self, landmarks: Landmarks, logit: float) -> Face:
        return Face(
            box=_box(landmarks),
            confidence=float(1 / (1 + np.exp(-logit / 4))),
            eyes=_eyes(landmarks),
            landmarks=landmarks,
            blendshapes=self._blendshapes(landmarks),
            pose=pose_of(landmarks),
        )

    def _blendshapes(self, landmarks: Landmarks) -> dict[str, float]:
        self.expressions.setInput(np.ascontiguousarray(landmarks[INPUT_LANDMARKS, :2])[None])
        return dict(zip(BLENDSHAPES, map(float, self.expressions.forward().reshape(-1)), strict=True))


def _network(model: bytes) -> cv2.dnn.Net:
    return cv2.dnn.readNetFromTFLite(np.frombuffer(model, np.uint8))


def _region(found: Detection) -> tuple[tuple[float, float], float, float]:
    """Return centre, side and roll in degrees of the square that the mesh is to look at.

    Measured on 115 faces, against where the mesh itself settles: the side of its own box is 0.90 of YuNet's longer
    side, its middle lies 0.05 of that lower.
    """
    x, y, w, h = found.box
    (left_x, left_y), (right_x, right_y) = found.eyes
    roll = float(np.arctan2(right_y - left_y, right_x - left_x))
    side = 0.9 * max(w, h)
    down = 0.05 * side
    centre = x + w / 2 - down * float(np.sin(roll)), y + h / 2 + down * float(np.cos(roll))
    return centre, 1.5 * side, float(np.rad2deg(roll))


def _lit(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a dark picture in even light, its tones spread out patch by patch: a face in the dark is a face."""
    luma, *chroma = cv2.split(cv2.cvtColor(pixels, cv2.COLOR_RGB2YCrCb))
    even = cv2.createCLAHE(clipLimit=6.0, tileGridSize=(8, 8)).apply(luma)
    return cv2.cvtColor(cv2.merge([even, *chroma]), cv2.COLOR_YCrCb2RGB)


def _head(found: Detection) -> tuple[float, float, float, float]:
    """Return the box from the hairline to the chin that the mesh would give, about."""
    (x, y), side, _ = _region(found)
    height = side / 1.5
    return x - 0.4 * height, y - height / 2, 0.8 * height, height


def _middle(box: tuple[float, float, float, float]) -> tuple[float, float]:
    return box[0] + box[2] / 2, box[1] + box[3] / 2


def _inside(point: tuple[float, float], box: tuple[float, float, float, float]) -> bool:
    """Tell whether a point lies in the middle two thirds of a box."""
    x, y = _middle(box)
    return abs(point[0] - x) < box[2] / 3 and abs(point[1] - y) < box[3] / 3


def _better_region(
    landmarks: Landmarks, centre: tuple[float, float], side: float, angle_deg: float
) -> tuple[tuple[tuple[float, float], float, float], bool]:
    """Return the square region that fits the landmarks, and whether the one they were found in fits about as well.

    Measured on faces that fill tiny pictures: the second look lifts the smile's AUC from 0.966 to 0.978.
    """
    box = _box(landmarks)
    middle, fitting = _middle(box), 1.5 * max(box[2:])
    roll_deg = pose_of(landmarks).roll_deg
    shift = float(np.hypot(middle[0] - centre[0], middle[1] - centre[1])) / side
    turn_deg, octaves = abs(roll_deg - angle_deg), abs(float(np.log2(fitting / side)))
    off = max(shift / _MAX_SHIFT, turn_deg / _MAX_TURN_DEG, octaves / _MAX_OCTAVES)
    return (middle, fitting, roll_deg), off < (0.5 if side < _FEW_PIXELS else 1.0)


def _box(landmarks: Landmarks) -> tuple[float, float, float, float]:
    low, high = landmarks[:, :2].min(0), landmarks[:, :2].max(0)
    return float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])


def _eyes(landmarks: Landmarks) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the eye centres, each the mean of the two corners (ISO/IEC 29794-5)."""
    (x0, y0), (x1, y1) = landmarks[[33, 133], :2].mean(0), landmarks[[362, 263], :2].mean(0)
    return (float(x0), float(y0)), (float(x1), float(y1))


def pose_of(landmarks: Landmarks) -> Pose:
    """Head pose from the plane through the outer eye corners, forehead and chin."""
    x_axis = landmarks[263] - landmarks[33]
    y_axis = landmarks[152] - landmarks[10]
    x_axis = x_axis / np.linalg.norm(x_axis)
    z_axis = np.cross(x_axis, y_axis)
    z_axis = z_axis / np.linalg.norm(z_axis)
    y_axis = np.cross(z_axis, x_axis)
    return Pose(
        yaw_deg=float(np.rad2deg(np.arctan2(x_axis[2], np.hypot(x_axis[0], x_axis[1])))),
        pitch_deg=float(np.rad2deg(np.arctan2(y_axis[2], z_axis[2]))),
        roll_deg=float(np.rad2deg(np.arctan2(x_axis[1], x_axis[0]))),
    )
