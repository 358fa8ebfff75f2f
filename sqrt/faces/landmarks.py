"""Faces, 478 landmarks and expression by MediaPipe's Face Landmarker model, run by ``cv2.dnn``."""

from collections.abc import Iterator, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from sqrt.faces.blendshapes import BLENDSHAPES, INPUT_LANDMARKS
from sqrt.faces.cascade import CascadeEngine, by_importance
from sqrt.faces.crop import crop, reduced, to_picture, upright_matrix
from sqrt.faces.device import Device, put_on
from sqrt.faces.face import Face, Landmarks, Pose

MIN_SCORE = 0.5
MIN_PRESENCE = 4.5
"""Logit of the landmark network: about 20 on a face, under 3 on none."""
LONE_FACE = 0.12
"""Share of the frame's shorter side; one face at least this large ends the search."""

_DETECTOR_SIDE = 128
_MESH_SIDE = 256
_SAME_FACE_IOU = 0.3
_MAX_FACES = 16
# How far a region may be off before the face is looked at again: in sides of the region, degrees, and doublings.
_MAX_SHIFT = 0.05
_MAX_TURN_DEG = 3.0
_MAX_OCTAVES = 0.17


def _anchors() -> NDArray[np.float32]:
    """Return the 896 anchor centres of the detector, in pixels of its 128 px square."""
    centres = []
    for cells, repeats in ((16, 2), (8, 6)):
        middle = (np.arange(cells) + 0.5) * (_DETECTOR_SIDE / cells)
        grid = np.stack(np.meshgrid(middle, middle), -1).reshape(-1, 2)
        centres.append(np.repeat(grid, repeats, axis=0))
    return np.concatenate(centres).astype(np.float32)


class LandmarkEngine:
    """Detector, face mesh and blendshape networks; the cascade proposes faces too small for the detector.

    One thread at a time.

    Parameters
    ----------
    networks : mapping of file name to bytes
        The three ``.tflite`` files, as `sqrt.faces.model_file.read_networks` gives them.
    cascade : CascadeEngine
        Proposes faces where the detector sees none, or several.
    device : "cpu", "opencl" or "cuda"
        What the networks run on; `sqrt.faces.device.usable` tells what is there.
    """

    name = "landmarks"

    def __init__(self, networks: Mapping[str, bytes], cascade: CascadeEngine, device: Device = "cpu") -> None:
        self.detector = _network(networks["face_detector.tflite"])
        self.mesh = _network(networks["face_landmarks_detector.tflite"])
        self.expressions = _network(networks["face_blendshapes.tflite"])
        for network in (self.detector, self.mesh, self.expressions):
            put_on(network, device)
        self._cascade = cascade
        self._anchors = _anchors()

    def find(self, pixels: NDArray[np.uint8]) -> list[Face]:
        """Return the faces of an HxWx3 RGB picture, the main one first."""
        faces: list[Face] = []
        # A face that fills the frame is too large for the detector: it is seen with a margin around it.
        for margin in (0.0, 0.5):
            if not faces:
                for centre, side, angle_deg in self._detect(pixels, margin):
                    self._add(faces, pixels, centre, side, angle_deg)
        # One clear face is what a selfie has; none, a tiny one or a group is worth the cascade's time.
        if len(faces) != 1 or faces[0].box[3] < LONE_FACE * min(pixels.shape[:2]):
            for x, y, w, h in self._cascade.propose(pixels):
                self._add(faces, pixels, (x + w / 2, y + 0.55 * h), 1.35 * w, 0.0)
        return by_importance(faces, pixels.shape)

    def _add(
        self,
        faces: list[Face],
        pixels: NDArray[np.uint8],
        centre: tuple[float, float],
        side: float,
        angle_deg: float,
    ) -> None:
        if len(faces) < _MAX_FACES and not any(_inside(centre, face.box) for face in faces):
            face = self._measure(pixels, centre, side, angle_deg)
            # Where the face fills the picture the detector's region is often off.
            if face and side > min(pixels.shape[:2]) and (better := _better_region(face, centre, side, angle_deg)):
                face = self._measure(pixels, *better)
            if face and not any(_inside(_middle(face.box), known.box) for known in faces):
                faces.append(face)

    def _detect(self, pixels: NDArray[np.uint8], margin: float) -> Iterator[tuple[tuple[float, float], float, float]]:
        """Yield centre, side in pixels and roll in degrees of the square region around each detected face.

        `margin` is what is left around the picture in the detector's square, as a share of the square.
        """
        side = round(_DETECTOR_SIDE * (1 - margin))
        scale = side / max(pixels.shape[:2])
        small = reduced(pixels, side)
        if scale > 1:
            small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        small_wh = small.shape[1], small.shape[0]
        left, top = (_DETECTOR_SIDE - small_wh[0]) // 2, (_DETECTOR_SIDE - small_wh[1]) // 2
        square = np.zeros((_DETECTOR_SIDE, _DETECTOR_SIDE, 3), np.uint8)
        square[top : top + small_wh[1], left : left + small_wh[0]] = small
        self.detector.setInput(cv2.dnn.blobFromImage(square, 1 / 127.5, mean=(127.5, 127.5, 127.5)))
        raw, logits = self.detector.forward(("regressors", "classificators"))
        scores = 1 / (1 + np.exp(-np.clip(logits.reshape(-1), -80, 80)))
        keep = np.flatnonzero(scores >= MIN_SCORE)
        found = raw.reshape(-1, 16)[keep].copy()
        found[:, :2] += self._anchors[keep]
        found[:, 4:] += np.tile(self._anchors[keep], 6)
        for x, y, w, h, eye_x, eye_y, other_x, other_y in _merged(found, scores[keep])[:, :8] / scale:
            roll_deg = float(np.rad2deg(np.arctan2(other_y - eye_y, other_x - eye_x)))
            yield (float(x - left / scale), float(y - top / scale)), float(1.5 * max(w, h)), roll_deg

    def _measure(
        self, pixels: NDArray[np.uint8], centre: tuple[float, float], side: float, angle_deg: float
    ) -> Face | None:
        """Return the face in a square region, or None where the network sees none."""
        matrix = upright_matrix(centre, angle_deg, _MESH_SIDE / side, (_MESH_SIDE / 2, _MESH_SIDE / 2))
        square = crop(pixels, matrix, (_MESH_SIDE, _MESH_SIDE))
        self.mesh.setInput(cv2.dnn.blobFromImage(square, 1 / 255))
        mesh, presence = self.mesh.forward(("Identity", "Identity_1"))
        logit = float(presence.reshape(-1)[0])
        if logit < MIN_PRESENCE:
            return None
        points = mesh.reshape(-1, 3)
        landmarks = np.empty_like(points)
        landmarks[:, :2] = to_picture(points[:, :2], matrix)
        landmarks[:, 2] = points[:, 2] * (side / _MESH_SIDE)
        low, high = landmarks[:, :2].min(0), landmarks[:, :2].max(0)
        return Face(
            box=(float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])),
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


def _merged(found: NDArray[np.float32], scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weighted non-maximum suppression: overlapping boxes become their mean, weighted by score."""
    merged = []
    left = list(np.argsort(-scores))
    while left:
        overlap = _iou(found[left[0]], found[left])
        same = [i for i, iou in zip(left, overlap, strict=True) if iou > _SAME_FACE_IOU or i == left[0]]
        merged.append(np.average(found[same], axis=0, weights=scores[same]))
        left = [i for i in left if i not in same]
    return np.array(merged, np.float32).reshape(-1, 16)


def _iou(one: NDArray[np.float32], many: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union of centre-size boxes."""
    low = np.maximum(one[:2] - one[2:4] / 2, many[:, :2] - many[:, 2:4] / 2)
    high = np.minimum(one[:2] + one[2:4] / 2, many[:, :2] + many[:, 2:4] / 2)
    both: NDArray[np.float32] = np.prod(np.maximum(high - low, 0), axis=1)
    return both / np.maximum(one[2] * one[3] + many[:, 2] * many[:, 3] - both, 1e-6)


def _middle(box: tuple[float, float, float, float]) -> tuple[float, float]:
    return box[0] + box[2] / 2, box[1] + box[3] / 2


def _inside(point: tuple[float, float], box: tuple[float, float, float, float]) -> bool:
    """Tell whether a point lies in the middle two thirds of a box."""
    x, y = _middle(box)
    return abs(point[0] - x) < box[2] / 3 and abs(point[1] - y) < box[3] / 3


def _better_region(
    face: Face, centre: tuple[float, float], side: float, angle_deg: float
) -> tuple[tuple[float, float], float, float] | None:
    """Return the square region that fits the landmarks, if the one they were found in fits badly.

    Measured on faces that fill tiny pictures: the second look lifts the smile's AUC from 0.966 to 0.978.
    """
    x, y, w, h = face.box
    middle, fitting = (x + w / 2, y + h / 2), 1.5 * max(w, h)
    roll_deg = face.pose.roll_deg if face.pose else 0.0
    shift = float(np.hypot(middle[0] - centre[0], middle[1] - centre[1])) / side
    if shift < _MAX_SHIFT and abs(roll_deg - angle_deg) < _MAX_TURN_DEG and abs(np.log2(fitting / side)) < _MAX_OCTAVES:
        return None
    return middle, fitting, roll_deg


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
