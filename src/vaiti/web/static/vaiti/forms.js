// Forms that do a little more than a form: the number field, and buttons that are pressed once.

const DOTS = "···";
const HIDDEN = /[*·•.xX_…]+\s*$/;

// The last three digits of a typed number leave the field before it is sent. The server does the
// same for a browser without scripts.
const dropLastDigits = (field) => {
  const text = field.value.trim();
  if (!text || HIDDEN.test(text)) return;
  let left = 3;
  let kept = text;
  while (left && kept) {
    if (/[0-9]/.test(kept.at(-1))) left -= 1;
    kept = kept.slice(0, -1);
  }
  field.value = kept.trim() ? `${kept.trim()} ${DOTS}` : "";
};

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-number]")) dropLastDigits(event.target);
});

document.addEventListener(
  "submit",
  (event) => {
    for (const field of event.target.querySelectorAll("[data-number]")) dropLastDigits(field);
  },
  true,
);

// The menu is folded above the page where it has no room beside it; elsewhere it is open, for those
// who read pages aloud too.
const above = matchMedia("(width <= 62rem)");
const foldMenu = () => {
  for (const menu of document.querySelectorAll("[data-menu]")) menu.open = !above.matches;
};
above.addEventListener("change", foldMenu);
foldMenu();

// On a narrow screen the calls come first; the search opens when it is asked for.
const narrow = matchMedia("(width <= 46rem)");
const closeUnused = () => {
  if (!narrow.matches) return;
  for (const box of document.querySelectorAll("details[data-box]:not([data-used])"))
    box.open = false;
};

document.addEventListener("htmx:after:swap", (event) => {
  const found = document.querySelector("[data-said]");
  if (event.detail.ctx?.select !== "#main" || !found) return;
  closeUnused();
  document.querySelector("#said").textContent = found.textContent.trim();
});
closeUnused();

document.addEventListener("click", (event) => {
  const closer = event.target.closest("[data-close-dialog]");
  if (closer) closer.closest("dialog").close();
});
