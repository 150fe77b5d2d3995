// Draws the figures of a page. Expressions are interpreted, so that no code is made from text.
"use strict";
const paper = document.createElement("span");
paper.className = "on-paper";
paper.hidden = true;
document.body.append(paper);
const tokenOf = (element) => (name) => getComputedStyle(element).getPropertyValue(name).trim();
const theme = (token, background) => ({
  background,
  mark: { color: token("--series-0") },
  legend: { labelColor: token("--ink"), titleColor: token("--ink"), labelFont: "sans-serif" },
  view: { stroke: null },
  axis: { labelColor: token("--muted"), titleColor: token("--ink"), gridColor: token("--line"), domainColor: token("--line-strong"), tickColor: token("--line-strong"), labelFont: "sans-serif", titleFont: "sans-serif" },
});
const coloured = (value, token) => {
  if (typeof value === "string") return value.startsWith("token:") ? token(value.slice(6)) : value;
  if (Array.isArray(value)) return value.map((one) => coloured(one, token));
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, coloured(one, token)]));
  return value;
};
const embedded = (place, specification, token, background) =>
  vegaEmbed(place, coloured(specification, token), { mode: "vega-lite", ast: true, actions: false, defaultStyle: false, tooltip: false, renderer: "canvas", config: theme(token, background) });
const save = (href, name) => {
  const link = document.createElement("a");
  Object.assign(link, { href, download: name });
  link.click();
};
const button = (label, act) => {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className: "file-button", textContent: label });
  made.addEventListener("click", act);
  return made;
};
async function draw(figure) {
  const answer = await fetch(figure.dataset.figure, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const specification = await answer.json();
  const width = Math.max(180, figure.clientWidth - 130);
  (specification.vconcat || []).forEach((panel) => { panel.width = width; });
  if (specification.width) specification.width = Math.min(specification.width, width);
  await embedded(figure.querySelector(".canvas"), specification, tokenOf(document.documentElement), "transparent");
  const name = (figure.dataset.name || "figure").toLowerCase().replace(/[^a-z0-9]+/g, "-");
  const onPaper = async () => (await embedded(document.createElement("div"), specification, tokenOf(paper), "#ffffff")).view;
  const files = figure.querySelector(".figure-files");
  files.append(
    " ", button("SVG", async () => save(URL.createObjectURL(new Blob([await (await onPaper()).toSVG()], { type: "image/svg+xml" })), `${name}.svg`)),
    " ", button("PNG", async () => save(await (await onPaper()).toImageURL("png", 2), `${name}.png`)),
  );
  figure.dataset.drawn = "yes";
}
// A figure that is folded away has no width: it is drawn when its fold opens.
const drawOnce = (figure) => { if (figure.clientWidth && !figure.dataset.drawn) { figure.dataset.drawn = "begun"; draw(figure); } };
document.querySelectorAll("[data-figure]").forEach((figure) => {
  drawOnce(figure);
  const fold = figure.closest("details");
  if (fold) fold.addEventListener("toggle", () => drawOnce(figure));
});
