// Keys: "/" searches, "g" and a letter goes somewhere, "?" tells which. They can be switched off, and never act while typing.
"use strict";
const help = document.getElementById("keys");
const kept = "lupercal-keys";
const places = Object.fromEntries([...document.querySelectorAll("[data-key]")].map((one) => [one.dataset.key, one.href]));
const typing = (element) => element.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName);
const switched = help.querySelector("input");
switched.checked = localStorage.getItem(kept) !== "off";
switched.addEventListener("change", () => localStorage.setItem(kept, switched.checked ? "on" : "off"));
document.querySelectorAll("[data-keys]").forEach((one) => { one.hidden = false; one.addEventListener("click", () => help.showModal()); });
let went = 0;
const search = () => {
  const field = document.getElementById("search");
  if (field) { field.focus(); field.select(); } else if (places.p) location.assign(`${places.p}#search`);
};
document.addEventListener("keydown", (event) => {
  if (!switched.checked || event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || help.open) return;
  const after = Date.now() - went < 1500;
  went = 0;
  if (after && places[event.key]) { event.preventDefault(); location.assign(places[event.key]); }
  else if (event.key === "/") { event.preventDefault(); search(); }
  else if (event.key === "?") help.showModal();
  else if (event.key === "g") went = Date.now();
});
if (location.hash === "#search") search();
