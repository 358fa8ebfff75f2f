"""What the browser alone knows of its camera: whether it may be used, and, where nothing is sent back, the picture."""

import streamlit as st

from sqrt.ui.language import _

# Runs at every change of `data`; what must last stands on the element.
_SCRIPT = """
export default function({ parentElement, data, setStateValue }) {
  const video = parentElement.querySelector("video");
  const stop = () => {
    video.srcObject?.getTracks().forEach(track => track.stop());
    video.srcObject = null;
  };
  const tell = problem => { if (problem !== video.dataset.problem) setStateValue("problem", problem); };
  const look = async () => {
    if (!navigator.mediaDevices) return tell("insecure");
    if (video.permission?.state === "denied") return tell("refused");
    const devices = await navigator.mediaDevices.enumerateDevices();
    tell(devices.some(device => device.kind === "videoinput") ? "" : "absent");
  };
  const watch = async () => {
    if (video.watched) return look();
    video.watched = true;
    // Browsers that cannot be asked say it when the camera is opened.
    video.permission = await navigator.permissions?.query({ name: "camera" }).catch(() => null);
    if (video.permission) video.permission.onchange = look;
    if (navigator.mediaDevices) navigator.mediaDevices.ondevicechange = look;
    return look();
  };
  const play = async () => {
    if (video.srcObject || video.opening) return;
    video.opening = true;
    const camera = { width: data.width, height: data.height, facingMode: data.facing };
    video.srcObject = await navigator.mediaDevices?.getUserMedia({ video: camera }).catch(() => null) ?? null;
    video.opening = false;
    if (video.hidden) stop();
  };
  video.dataset.problem = data.problem;
  video.hidden = !data.shown;
  video.setAttribute("aria-label", data.label);
  video.style.transform = data.mirrored ? "scaleX(-1)" : "";
  watch();
  if (data.shown) play(); else stop();
  return () => { video.hidden = true; stop(); };
}
"""

# Of several lines, or Streamlit takes it for the name of a file.
_STYLE = """
video { display: block; width: 100%; border-radius: 0.5rem; }
video[hidden] { display: none; }
"""

_camera = st.components.v2.component(
    "sqrt_camera",
    html="<video autoplay muted playsinline hidden></video>",
    css=_STYLE,
    js=_SCRIPT,
)


def camera(*, shown: bool, mirrored: bool, facing: str, size_wh: tuple[int, int]) -> str | None:
    """Watch the browser's camera, and show its picture right there if asked; return a key of `PROBLEMS`, or None."""
    problem = st.session_state.get("camera", {}).get("problem") or ""
    width, height = size_wh
    data = {
        "shown": shown,
        "mirrored": mirrored,
        "facing": facing,
        "width": width,
        "height": height,
        "label": _("Your camera"),
        "problem": problem,
    }
    seen = _camera(key="camera", data=data, default={"problem": ""}, on_problem_change=lambda: None)
    return seen.problem or None
