// The list of calls by keyboard: j and k go from call to call, Enter opens one (it is a link),
// Space plays it, Escape comes back from the player, / goes to the search, ? shows the keys.

import { isCommand, nameOf } from "./keys.js";

const rows = () => [...document.querySelectorAll("tr.call")];
const rowAt = () => document.activeElement.closest("tr.call");

const focusRow = (row) => {
  row?.querySelector(".when a").focus();
  row?.scrollIntoView({ block: "nearest" });
};

const step = (by) => {
  const all = rows();
  const at = rowAt() ?? document.querySelector("tr.call.open");
  const next = at ? all[all.indexOf(at) + by] : all[0];
  focusRow(next);
};

const play = (row) => {
  const toggle = row.classList.contains("open") && document.querySelector("#dock [data-part=play]");
  (toggle || row.querySelector(".round")).click();
};

const search = () => {
  const box = document.querySelector("details[data-box]");
  box.open = true;
  box.querySelector("input[type=text]").focus();
};

const turn = (rel) => document.querySelector(`.pages a[rel=${rel}]`)?.click();

const keysOf = () => {
  const keys = {
    j: () => step(1),
    k: () => step(-1),
    n: () => turn("next"),
    p: () => turn("prev"),
    "/": search,
    "?": () => document.querySelector("#list-keys").showModal(),
  };
  const row = rowAt();
  if (row) Object.assign(keys, { ArrowDown: keys.j, ArrowUp: keys.k, " ": () => play(row) });
  return keys;
};

document.addEventListener("keydown", (event) => {
  const list = document.querySelector("table.calls, #results");
  if (!list || !isCommand(event)) return;
  // within the player its own keys hold, but for the two that lead out of it
  const inside = event.target.closest("[data-player]");
  const away = { "/": search, Escape: () => focusRow(document.querySelector("tr.call.open")) };
  const act = (inside ? away : keysOf())[nameOf(event)];
  if (!act) return;
  event.preventDefault();
  act();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-show-keys]")) document.querySelector("#list-keys").showModal();
});
