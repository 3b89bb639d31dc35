// Single-key commands: whether they are wanted, and whether a key is one (WCAG 2.1.4).
// They work only while they are switched on, and never while somebody types.

const KEPT = "vaiti-single-keys";
const TYPING = "input:not([type=range]):not([type=checkbox]), select, textarea, [contenteditable]";

const wanted = () => localStorage.getItem(KEPT) !== "off";

export const isCommand = (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return false;
  if (!wanted() || document.querySelector("dialog[open]")) return false;
  const at = event.target;
  if (at.closest(TYPING)) return false;
  return !(at.matches("input[type=range]") && /^(Arrow|Home|End)/.test(event.key));
};

export const isOnControl = (event) => Boolean(event.target.closest("button, a, summary, input, label"));

export const nameOf = (event) => (event.key.length === 1 ? event.key.toLowerCase() : event.key);

const showChoice = () => {
  for (const box of document.querySelectorAll("[data-single-keys]")) box.checked = wanted();
};

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-single-keys]")) return;
  localStorage.setItem(KEPT, event.target.checked ? "on" : "off");
  showChoice();
});
document.addEventListener("htmx:after:swap", showChoice);
showChoice();
