// j and k move through the rows of a table, Enter opens the one that is marked.
const table = document.querySelector("[data-rows]");
const rows = table ? [...table.tBodies[0].rows] : [];
let at = -1;

const mark = (index) => {
  rows[at]?.classList.remove("is-marked");
  at = Math.max(0, Math.min(index, rows.length - 1));
  rows[at].classList.add("is-marked");
  rows[at].querySelector("a")?.focus({ preventScroll: true });
  rows[at].scrollIntoView({ block: "nearest" });
};

document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "j" || event.key === "k") {
    event.preventDefault();
    if (rows.length) mark(at + (event.key === "j" ? 1 : -1));
  }
});

// Focus that came by Tab or by a click counts as well.
table?.addEventListener("focusin", (event) => {
  const index = rows.indexOf(event.target.closest("tr"));
  if (index >= 0 && index !== at) mark(index);
});

// A click anywhere in a row opens it, unless text is being selected.
table?.addEventListener("click", (event) => {
  if (event.target.closest("a, button, summary") || String(getSelection())) return;
  event.target.closest("tr")?.querySelector("a")?.click();
});
