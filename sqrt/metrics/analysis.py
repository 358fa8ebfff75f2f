"""What several metrics look at, computed once: the reduced frame, the aligned face, skin, person, background."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from sqrt.errors import NotMeasurable
from sqrt.faces import Face, Landmarks, Pose
from sqrt.faces.crop import crop, reduced, upright_matrix
from sqrt.faces.outline import everybody
from sqrt.metrics.gray import gray_of
from sqrt.reading import Photo

FRAME_SIDE = 256
"""Pixels of the long side of the reduced frame on which whole-frame metrics work."""
VIEW_SIDE = 1024
"""Pixels of the long side at which grain is judged: about what a screen shows."""
SCREEN_SIDE = 512
"""Pixels of the long side at which fine detail is judged."""
FACE_SIDE = 224
FACE_IED = 64
"""Pixels between the eyes of the aligned face: every face metric sees this one size, whatever the photo's."""
FACE_EYE_Y = 84

_SHUT = 0.6
"""Of the blink blendshapes: from here on there is no white to be seen."""
_LEAST_EYE = 60
"""Pixels between the lids of the aligned face."""

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
_Found = TypeVar("_Found")

_encoded = np.arange(256) / 255
_LINEAR = np.where(_encoded <= 0.04045, _encoded / 12.92, ((_encoded + 0.055) / 1.055) ** 2.4).astype(np.float32)

# Rings of MediaPipe's face mesh.
_OVAL = [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149]
_OVAL += [150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109]
_EYES = [
    [33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246],
    [263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466],
]
_FEATURES = [
    *_EYES,
    [70, 63, 105, 66, 107, 55, 65, 52, 53, 46],
    [300, 293, 334, 296, 336, 285, 295, 282, 283, 276],
    [61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146],
    [98, 97, 2, 326, 327, 290, 250, 458, 238, 20, 60],
]


def linear(pixels: Pixels) -> Floats:
    """Return linear light, 0 to 1, of HxWx3 sRGB (IEC 61966-2-1)."""
    return cv2.LUT(pixels, _LINEAR)


def linear_luminance(pixels: Pixels) -> Floats:
    """Return linear luminance, 0 to 1, of HxWx3 sRGB."""
    return luminance_of(linear(pixels))


def luminance_of(light: Floats) -> Floats:
    """Return the luminance of HxWx3 linear light: 0.2126 R + 0.7152 G + 0.0722 B."""
    return cv2.transform(light, np.array([[0.2126, 0.7152, 0.0722]], np.float32))


def luma(pixels: Pixels) -> Floats:
    """Return gamma-encoded luma, 0 to 255, of HxWx3 sRGB."""
    return gray_of(pixels).astype(np.float32)


def lab(pixels: Pixels) -> Floats:
    """Return CIELAB (D65) of HxWx3 sRGB: L* 0 to 100, a* and b* in the same unit."""
    return cv2.cvtColor(pixels.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2Lab)


def _known(found: _Found | None) -> _Found:
    if found is None:
        raise NotMeasurable("The simpler way of finding faces, in use here, cannot see this.")
    return found


@dataclass(frozen=True, eq=False)
class Analysis:
    """A photo with its faces, in pixels of ``photo.pixels``; one thread at a time."""

    photo: Photo
    faces: list[Face]
    outline: Pixels | None = None
    """Where people are, as `sqrt.faces.FaceEngine.outline` gives it; None where that is not known."""

    @cached_property
    def face(self) -> Face:
        """The main face; raises NotMeasurable where there is none."""
        if not self.faces:
            raise NotMeasurable("No face was found.")
        return self.faces[0]

    def alone(self, face: Face) -> "Analysis":
        """Return the analysis of one of the faces alone; what concerns the frame is shared, not computed again."""
        other = Analysis(self.photo, [face], self.outline)
        shared = ("view", "view_luma", "screen_gray", "frame", "frame_luminance", "person")
        vars(other).update({name: getattr(self, name) for name in shared})
        return other

    @cached_property
    def landmarks(self) -> Landmarks:
        """Landmarks of the main face; raises NotMeasurable without the landmark engine."""
        return _known(self.face.landmarks)

    @cached_property
    def pose(self) -> Pose:
        """Head pose of the main face; raises NotMeasurable without the landmark engine."""
        return _known(self.face.pose)

    @cached_property
    def blendshapes(self) -> Mapping[str, float]:
        """Expression of the main face; raises NotMeasurable without the landmark engine."""
        return _known(self.face.blendshapes)

    @cached_property
    def eyes(self) -> NDArray[np.float32]:
        """2x2: the eye at the picture's left, then the other; raises NotMeasurable where the engine saw none."""
        if self.face.eyes is None:
            raise NotMeasurable("The eyes could not be located.")
        return np.array(self.face.eyes, np.float32)

    @cached_property
    def inter_eye_distance(self) -> float:
        """Pixels of ``photo.pixels``; estimated from the face's width where the eyes were not located."""
        if self.face.eyes is None:
            return 0.42 * self.face.box[2]
        return max(float(np.hypot(*(self.eyes[1] - self.eyes[0]))), 1.0)

    @cached_property
    def view(self) -> Pixels:
        """The frame as a screen shows it."""
        return reduced(self.photo.pixels, VIEW_SIDE)

    @cached_property
    def view_luma(self) -> Floats:
        return luma(self.view)

    @cached_property
    def screen_gray(self) -> Pixels:
        """The frame at the size at which fine detail is judged, in gray levels; a smaller one as it is."""
        return gray_of(reduced(self.view, SCREEN_SIDE))

    @cached_property
    def frame(self) -> Pixels:
        """The frame, small, for what concerns it as a whole."""
        return reduced(self.view, FRAME_SIDE)

    @cached_property
    def frame_light(self) -> Floats:
        """Linear light of the small frame, HxWx3."""
        return linear(self.frame)

    @cached_property
    def frame_luminance(self) -> Floats:
        return luminance_of(self.frame_light)

    @cached_property
    def frame_lab(self) -> Floats:
        return lab(self.frame)

    @cached_property
    def face_matrix(self) -> NDArray[np.float64]:
        """2x3: maps ``photo.pixels`` to the aligned face, see `sqrt.faces.crop.Matrix`."""
        x, y, w, h = self.face.box
        middle, angle_deg = (x + w / 2, y + 0.38 * h), 0.0
        if self.face.eyes is not None:
            middle = tuple(self.eyes.mean(0))
            across = self.eyes[1] - self.eyes[0]
            angle_deg = float(np.rad2deg(np.arctan2(across[1], across[0])))
        return upright_matrix(middle, angle_deg, FACE_IED / self.inter_eye_distance, (FACE_SIDE / 2, FACE_EYE_Y))

    @cached_property
    def aligned(self) -> Pixels:
        """The main face upright, `FACE_IED` pixels between the eyes, in a square of `FACE_SIDE` pixels."""
        return crop(self.photo.pixels, self.face_matrix, (FACE_SIDE, FACE_SIDE))

    @cached_property
    def aligned_luma(self) -> Floats:
        return luma(self.aligned)

    @cached_property
    def aligned_luminance(self) -> Floats:
        return linear_luminance(self.aligned)

    def aligned_lab(self, mask: Mask) -> Floats:
        """Return the Nx3 CIELAB colours of the aligned face where `mask` is set."""
        return lab(self.aligned[mask][None])[0]

    @cached_property
    def aligned_landmarks(self) -> Floats:
        """478x2, pixels of the aligned face."""
        matrix = self.face_matrix
        return (self.landmarks[:, :2] @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)

    @cached_property
    def oval(self) -> Mask:
        """The face's oval on the aligned face, within the frame."""
        mask = np.zeros((FACE_SIDE, FACE_SIDE), np.uint8)
        if self.face.landmarks is None:
            centre = (FACE_SIDE // 2, FACE_EYE_Y + FACE_IED // 3)
            cv2.ellipse(mask, centre, (round(1.05 * FACE_IED), round(1.4 * FACE_IED)), 0, 0, 360, 1, -1)
        else:
            cv2.fillPoly(mask, [np.round(self.aligned_landmarks[_OVAL]).astype(np.int32)], 1)
        return mask.astype(bool) & self._in_frame

    @cached_property
    def skin(self) -> Mask:
        """The oval without eyes, brows, lips and nostrils, on the aligned face."""
        mask = self.oval.astype(np.uint8)
        if self.face.landmarks is None:
            # Two cheeks and the bridge of the nose: skin on any face, with or without a beard or a fringe.
            mask[: FACE_EYE_Y + FACE_IED // 4] = 0
            mask[FACE_EYE_Y + FACE_IED * 4 // 5 :] = 0
        else:
            mask = cv2.erode(mask, np.ones((9, 9), np.uint8))
            cut = np.zeros_like(mask)
            for ring in _FEATURES:
                cv2.fillPoly(cut, [cv2.convexHull(np.round(self.aligned_landmarks[ring]).astype(np.int32))], 1)
            mask &= 1 - cv2.dilate(cut, np.ones((7, 7), np.uint8))
        if mask.sum() < 200:
            raise NotMeasurable("Too little of the face is in the picture.")
        return mask.astype(bool)

    @cached_property
    def eye_openings(self) -> Mask:
        """What lies between the lids of both eyes, on the aligned face; raises NotMeasurable without landmarks."""
        mask = np.zeros((FACE_SIDE, FACE_SIDE), np.uint8)
        for ring in _EYES:
            cv2.fillPoly(mask, [np.round(self.aligned_landmarks[ring]).astype(np.int32)], 1)
        return mask.astype(bool)

    @cached_property
    def eye_whites_stops(self) -> float:
        """Light on the whites of the eyes, in stops below white; raises NotMeasurable without landmarks or open eyes.

        They are alike in all people, so they tell the light on the face whatever the skin.
        """
        if max(self.blendshapes["eyeBlinkLeft"], self.blendshapes["eyeBlinkRight"]) > _SHUT:
            raise NotMeasurable("An eye is closed.")
        between = linear_luminance(self.aligned[self.eye_openings][None])
        if between.size < _LEAST_EYE:
            raise NotMeasurable("The eyes are hardly open.")
        return float(np.log2(np.percentile(between, 85) + 0.001))

    @cached_property
    def cheeks(self) -> Mask:
        """The skin between eyes and mouth: free of beard and fringe, as ISO/IEC 29794-5's cheek zones."""
        mask = self.skin.copy()
        mouth_y = FACE_EYE_Y + FACE_IED
        if self.face.landmarks is not None:
            mouth_y = round(float(self.aligned_landmarks[[13, 14], 1].mean()))
        mask[: FACE_EYE_Y + FACE_IED // 5] = False
        mask[mouth_y:] = False
        if mask.sum() < 200:
            raise NotMeasurable("Too little of the face is in the picture.")
        return mask

    @cached_property
    def _in_frame(self) -> Mask:
        """Which pixels of the aligned face lie inside the photo."""
        height, width = self.photo.pixels.shape[:2]
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]]) @ self.face_matrix[:, :2].T
        inside = np.zeros((FACE_SIDE, FACE_SIDE), np.uint8)
        cv2.fillConvexPoly(inside, np.round(corners + self.face_matrix[:, 2]).astype(np.int32), 1)
        return inside.astype(bool)

    @cached_property
    def person(self) -> Mask:
        """Everybody in the picture, on the small frame: seen in the outline, or guessed from the faces."""
        scale = self.frame.shape[1] / self.photo.pixels.shape[1]
        faces = [face.scaled(scale) for face in (self.face, *self.faces[1:])]
        return everybody(self.frame.shape[:2], faces, self.outline)

    @cached_property
    def background(self) -> Mask:
        """What is not `person`; raises NotMeasurable where the person fills the frame."""
        mask = ~self.person
        if mask.mean() < 0.05:
            raise NotMeasurable("The person fills the frame.")
        return mask
