// What makes every page a little quicker. Nothing here is needed for a page to work.

// A list of problems gets the focus, so that it is read out and the links in it are one Tab away.
document.querySelector("[data-focus]")?.focus();

// On a narrow screen the present tabs are in sight.
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  tab.scrollIntoView({ block: "nearest", inline: "nearest" });
}

// "/" goes to the search, as in a mail program.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.closest("input, textarea, select")) return;
  const search = document.querySelector('[data-key="/"]');
  if (search) {
    event.preventDefault();
    search.focus();
  }
});

// Menus close on Escape and on a click elsewhere.
const close = (except) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
};
document.addEventListener("click", (event) => close(event.target.closest("details.menu")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelector("details.menu[open] > summary")?.focus();
  close(null);
});

// A form is sent once, however often its button is pressed. The server would notice anyway.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
