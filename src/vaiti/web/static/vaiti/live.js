// The agent's page is swapped as the call goes on. Whoever was at its controls stays at them: the
// button that was pressed is gone by then, and the next one is the one that is wanted.
let there = false;

const note = (event) => {
  there = Boolean(event.target.closest?.("#live"));
};

document.addEventListener("focusin", note);
document.addEventListener("pointerdown", note);
document.addEventListener("htmx:after:swap", () => {
  if (there && document.activeElement === document.body)
    document.querySelector("#live :is(button, summary)")?.focus();
});

// A window of its own, as small as what it shows; without it the link opens a page as any other does.
document.querySelector("[data-corner]")?.addEventListener("click", (event) => {
  const { href, target } = event.currentTarget;
  if (window.open(href, target, "popup,width=340,height=480")) event.preventDefault();
});
