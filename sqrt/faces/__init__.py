"""Faces: two engines that find them, behind one small interface. May import reading."""

from sqrt.faces.face import Face, FaceEngine, Landmarks, Pose

__all__ = ["Face", "FaceEngine", "Landmarks", "Pose"]
