"""Finding faces: two engines behind one small interface."""

from sqrt.faces.face import Face, FaceEngine, Landmarks, Pose

__all__ = ["Face", "FaceEngine", "Landmarks", "Pose"]
