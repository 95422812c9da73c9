// The proposal's form: amounts with dots, a running total, what is not saved yet, and the questions
// about information technology only where they belong. The form works without any of it.

const form = document.querySelector("[data-proposal]");
const words = document.querySelector("[data-words]")?.dataset ?? {};
const grouped = (amount) => String(amount).replace(/\B(?=(\d{3})+(?!\d))/g, ".");
const digits = (text) => text.replace(/^\s*Rp\.?\s*/i, "").replace(/(,0{1,2}|,-)\s*$/, "").replaceAll(".", "").trim();

const total = () => {
  let sum = 0n;
  for (const box of form.querySelectorAll("[data-money]")) {
    const text = digits(box.value);
    if (/^\d{1,15}$/.test(text)) sum += BigInt(text);
  }
  form.querySelector("[data-total]").textContent = `Rp\u00a0${grouped(sum)}`;
};

const technology = () => {
  const answer = form.querySelector('[name="ict_involved"]:checked')?.value;
  form.querySelector('[data-if="ict_involved"]').hidden = answer === "no";
};

let isUnsaved = false;
const unsaved = () => {
  if (isUnsaved) return;
  isUnsaved = true;
  const note = form.querySelector("[data-note]");
  note.textContent = words.unsaved;
  note.classList.add("is-unsaved");
};

if (form) {
  total();
  technology();
  form.addEventListener("input", () => {
    total();
    unsaved();
  });
  form.addEventListener("change", (event) => {
    technology();
    const box = event.target.closest("[data-money]");
    if (box && /^\d{1,15}$/.test(digits(box.value))) box.value = grouped(BigInt(digits(box.value)));
  });
  form.addEventListener("submit", () => {
    isUnsaved = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (isUnsaved) event.preventDefault();
  });
}

// On a narrow screen the list of what is missing is folded, so that the form comes first.
const missing = document.querySelector("[data-missing]");
if (missing && window.matchMedia("(width < 68rem)").matches) missing.open = false;
