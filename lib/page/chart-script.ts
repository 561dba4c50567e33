/**
 * Browser script that shows the values of a chart in its legend: those under the pointer, or at the step that the arrow
 * keys choose. It also covers charts that are added later.
 */
export const chartScript = `
const shown = (value) => value === null || value === undefined ? "–" : Number(value.toPrecision(4)).toString();
const hideCursors = (except) => {
  for (const line of document.querySelectorAll(".cursor.on")) if (line.closest(".plot") !== except) line.classList.remove("on");
};
const showStep = (plot, data, index) => {
  const line = plot.querySelector(".cursor");
  line.setAttribute("x1", data.px[index]);
  line.setAttribute("x2", data.px[index]);
  line.classList.add("on");
  const texts = data.series.map((series) => shown(series.values[index]));
  const labels = plot.parentElement.querySelectorAll(".legend b");
  labels.forEach((label, at) => { label.textContent = texts[at] + " @ " + data.x[index]; });
  plot.dataset.index = index;
  plot.setAttribute("aria-valuenow", data.x[index]);
  plot.setAttribute("aria-valuetext", "step " + data.x[index] + ": " + data.series.map((series, at) => series.name + " " + texts[at]).join(", "));
};
document.addEventListener("pointermove", (event) => {
  const plot = event.target.closest?.(".plot");
  hideCursors(plot);
  if (!plot) return;
  const data = JSON.parse(plot.dataset.chart);
  const box = plot.getBoundingClientRect();
  const at = (event.clientX - box.left) / box.width * data.width;
  let best = 0;
  data.px.forEach((x, index) => { if (Math.abs(x - at) < Math.abs(data.px[best] - at)) best = index; });
  showStep(plot, data, best);
});
document.addEventListener("keydown", (event) => {
  const plot = event.target.closest?.(".plot");
  if (!plot) return;
  const data = JSON.parse(plot.dataset.chart);
  const last = data.x.length - 1;
  const index = Number(plot.dataset.index ?? last);
  const far = Math.max(1, Math.round(last / 10));
  const moves = {
    ArrowLeft: index - 1, ArrowDown: index - 1, ArrowRight: index + 1, ArrowUp: index + 1,
    PageDown: index - far, PageUp: index + far, Home: 0, End: last,
  };
  if (!(event.key in moves)) return;
  event.preventDefault();
  hideCursors(plot);
  showStep(plot, data, Math.min(last, Math.max(0, moves[event.key])));
});
`;
