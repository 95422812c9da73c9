// The case: words that were typed for a decision survive a closed tab, until they are sent.

const forms = document.querySelectorAll(".decision-body");
const keyOf = (form) => `alur:${location.pathname}:${form.elements.track.value}:${form.elements.action.value}`;
const HIDDEN = new Set(["csrf_token", "action", "track", "version", "request_id"]);

const keep = (form) => {
  const typed = [...new FormData(form)].filter(([name, text]) => !HIDDEN.has(name) && text !== "");
  sessionStorage.setItem(keyOf(form), JSON.stringify(typed));
};

const restore = (form) => {
  const kept = JSON.parse(sessionStorage.getItem(keyOf(form)) ?? "[]");
  if (form.querySelector(".error-summary")) return;
  for (const [name, text] of kept) {
    for (const box of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (box.type === "radio" || box.type === "checkbox") box.checked ||= box.value === text;
      else if (box.value === "") box.value = text;
    }
  }
};

// A checklist says how many of its items are answered.
const progress = (form) => {
  const line = form.querySelector("[data-progress]");
  if (!line) return;
  const items = [...form.querySelectorAll(".checklist-item")];
  const done = items.filter((item) => item.querySelector("input:checked")).length;
  line.textContent = line.dataset.words.replace("{done}", done).replace("{total}", items.length);
  line.hidden = false;
};

for (const form of forms) {
  restore(form);
  progress(form);
  form.addEventListener("change", () => progress(form));
  form.addEventListener("input", () => keep(form));
  form.addEventListener("submit", () => sessionStorage.removeItem(keyOf(form)));
}

// An address that points at a field of a folded form opens it.
const open = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const folded = target?.closest("details:not([open])");
  if (folded) folded.open = true;
};
window.addEventListener("hashchange", open);
open();

// The picture begins where the case stands, and the lanes keep their names beside it, on a shelf
// under which the steps pass.
const SHELF = { x: -16, width: 148 };
const flow = document.querySelector("[data-flow]");
if (flow) {
  const shelves = [...flow.querySelectorAll(".lane")].map((lane) => {
    const shelf = lane.cloneNode();
    for (const [name, length] of Object.entries(SHELF)) shelf.setAttribute(name, length);
    return shelf;
  });
  const beside = [...shelves, ...flow.querySelectorAll(".lane-name")];
  flow.querySelector("svg").append(...beside);
  flow.addEventListener("scroll", () => {
    for (const part of beside) part.setAttribute("transform", `translate(${flow.scrollLeft} 0)`);
  });
  const here = [...flow.querySelectorAll(".here")].at(-1)?.getBoundingClientRect();
  const frame = flow.getBoundingClientRect();
  if (here) flow.scrollLeft = here.left + here.width / 2 - frame.left - (SHELF.width + frame.width) / 2;
}

// On paper the whole history stands, and what a field said before.
const folded = "details:is(.story-older, .doc-before):not([open])";
window.addEventListener("beforeprint", () => {
  for (const part of document.querySelectorAll(folded)) {
    part.dataset.unfolded = "yes";
    part.open = true;
  }
});
window.addEventListener("afterprint", () => {
  for (const part of document.querySelectorAll("details[data-unfolded]")) {
    part.open = false;
    delete part.dataset.unfolded;
  }
});
