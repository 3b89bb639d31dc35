import "./keys.js";
import "./forms.js";
import "./list.js";

// What only some pages need is fetched where they need it: a list alone loads no player.
const PARTS = {
  "[data-player]": () => import("./player.js"),
  "[data-passkey]": () => import("./passkeys.js"),
  "#live": () => import("./live.js"),
};

const bring = () => {
  for (const [part, fetched] of Object.entries(PARTS)) if (document.querySelector(part)) fetched();
};

// Whoever points at a call is about to play it: then the player is there before the click.
const foresee = (event) => {
  if (event.target.closest?.("tr.call")) PARTS["[data-player]"]();
};

document.addEventListener("pointerover", foresee);
document.addEventListener("focusin", foresee);
document.addEventListener("htmx:after:swap", bring);
bring();
