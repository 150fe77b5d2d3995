// Draws the figures of a page. Expressions are interpreted, so that no code is made from text.
"use strict";
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const theme = () => ({
  background: "transparent",
  mark: { color: token("--series-0") },
  point: { color: token("--series-0") },
  line: { color: token("--series-0") },
  rule: { color: token("--series-1") },
  text: { color: token("--ink") },
  axis: { labelColor: token("--muted"), titleColor: token("--ink"), gridColor: token("--line"), domainColor: token("--line-strong"), tickColor: token("--line-strong"), labelFont: "sans-serif", titleFont: "sans-serif" },
});
const saved = (href, name, label) => {
  const link = document.createElement("a");
  Object.assign(link, { href, download: name, textContent: label });
  return link;
};
async function draw(figure) {
  const answer = await fetch(figure.dataset.figure, { headers: { Accept: "application/json" } });
  const specification = await answer.json();
  const width = Math.max(200, figure.clientWidth - 120);
  (specification.vconcat || []).forEach((panel) => { panel.width = width; });
  const options = { mode: "vega-lite", ast: true, actions: false, defaultStyle: false, tooltip: false, renderer: "canvas", config: theme() };
  const { view } = await vegaEmbed(figure.querySelector(".canvas"), specification, options);
  const files = figure.querySelector(".figure-files");
  const svg = new Blob([await view.toSVG()], { type: "image/svg+xml" });
  files.append(" ", saved(URL.createObjectURL(svg), "figure.svg", "SVG"), " ", saved(await view.toImageURL("png", 2), "figure.png", "PNG"));
}
document.querySelectorAll("[data-figure]").forEach(draw);
