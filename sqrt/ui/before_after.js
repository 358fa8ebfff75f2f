// Two pictures, one over the other, with a line between them that can be dragged, or moved by the arrow keys.

export default function ({ parentElement, data }) {
  const stage = parentElement.querySelector(".stage");
  const find = selector => stage.querySelector(selector);
  const slider = find("input");
  const show = () => {
    stage.style.setProperty("--at", `${slider.value}%`);
    slider.setAttribute("aria-valuetext", `${slider.value} %`);
  };
  for (const [name, src] of [[".before", data.before], [".after", data.after]]) {
    if (find(name).getAttribute("src") !== src) find(name).src = src;
  }
  find(".before").alt = data.before_alt;
  find(".after").alt = data.after_alt;
  find(".left").textContent = data.before_tag;
  find(".right").textContent = data.after_tag;
  slider.setAttribute("aria-label", data.how);
  slider.addEventListener("input", show);
  show();
  return () => slider.removeEventListener("input", show);
}
