// The text of a draft: line numbers keep up while one types, and a problem leads into its line.
// Without this module the numbers are those of the saved text, and the links lead to them.

const editor = document.querySelector("[data-editor]");
const box = editor?.querySelector("textarea");
const numbers = editor?.querySelector("ol");

const renumber = () => {
  const count = box.value.split("\n").length;
  while (numbers.children.length < count) {
    const item = document.createElement("li");
    item.id = `line-${numbers.children.length + 1}`;
    item.textContent = String(numbers.children.length + 1);
    numbers.append(item);
  }
  while (numbers.children.length > count) numbers.lastElementChild.remove();
  box.rows = count + 1;
};

const select = (line) => {
  const lines = box.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  box.focus({ preventScroll: true });
  box.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  document.getElementById(`line-${line}`)?.scrollIntoView({ block: "center" });
};

box?.addEventListener("input", renumber);
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-line]");
  if (!link || !box) return;
  event.preventDefault();
  select(Number(link.dataset.line));
});
