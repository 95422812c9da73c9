// Rows of a list are added and taken out without asking the server. Without this module the same
// buttons send the form, and the server does it.

const spoken = (name) => document.querySelector("[data-words]")?.dataset[name] ?? "";

const say = (text) => {
  const note = document.querySelector("[data-note]");
  if (note && text) note.textContent = text;
};

const listOf = (button) =>
  button.closest("form")?.querySelector(`[data-list="${button.dataset.add}"]`);

const clear = (row) => {
  for (const box of row.querySelectorAll("input, textarea, select")) {
    if (box.type === "checkbox" || box.type === "radio") box.checked = false;
    else if (box.tagName === "SELECT") box.selectedIndex = 0;
    else box.value = "";
    box.removeAttribute("aria-invalid");
  }
  for (const wrong of row.querySelectorAll(".field-error")) wrong.remove();
  for (const wrong of row.querySelectorAll(".field-wrong")) wrong.classList.remove("field-wrong");
};

const numberOf = (row, name) => {
  const box = row.querySelector(`[name^="${name}-"]`);
  return Number(box?.name.match(new RegExp(`^${name}-(\\d+)`))?.[1] ?? 0);
};

const renumber = (row, name, from, to) => {
  const pattern = new RegExp(`(^|[\\s-])(${name})-${from}(?=-|$|\\s)`, "g");
  for (const element of row.querySelectorAll("*")) {
    for (const attribute of ["id", "name", "for", "aria-describedby", "value"]) {
      const words = element.getAttribute(attribute);
      if (words && (attribute !== "value" || element.tagName === "BUTTON")) {
        element.setAttribute(attribute, words.replace(pattern, `$1$2-${to}`));
      }
    }
  }
};

const headings = (list) => {
  list.querySelectorAll("[data-row]").forEach((row, index) => {
    for (const part of row.querySelectorAll(".row-head h3, .row-head .visually-hidden")) {
      part.textContent = part.textContent.replace(/\d+\s*$/, String(index + 1));
    }
  });
};

const changed = (list) => list.dispatchEvent(new Event("input", { bubbles: true }));

const add = (button, list) => {
  const rows = [...list.querySelectorAll("[data-row]")];
  const name = list.dataset.list;
  const row = rows.at(-1).cloneNode(true);
  const last = Math.max(...rows.map((one) => numberOf(one, name)));
  renumber(row, name, numberOf(rows.at(-1), name), last + 1);
  clear(row);
  list.append(row);
  headings(list);
  row.querySelector("input, textarea, select")?.focus();
  say(spoken("added"));
  changed(list);
};

const remove = (button, list) => {
  const row = button.closest("[data-row]");
  if (list.querySelectorAll("[data-row]").length === 1) clear(row);
  else {
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    neighbour.querySelector("input, textarea, select")?.focus();
  }
  headings(list);
  say(spoken("removed"));
  changed(list);
};

document.addEventListener("click", (event) => {
  const adding = event.target.closest("[data-add]");
  const removing = event.target.closest("[data-remove]");
  const list = adding ? listOf(adding) : removing?.closest("[data-list]");
  if (!list) return;
  event.preventDefault();
  if (adding) add(adding, list);
  else remove(removing, list);
});
