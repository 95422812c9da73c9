// In a demonstration city, a click on a name fills the form in.
const username = document.querySelector('[name="username"]');
const password = document.querySelector('[name="password"]');
const demoPassword = document.querySelector("#demo-password");

for (const name of document.querySelectorAll("[data-demo]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "gate-user";
  button.textContent = name.dataset.demo;
  button.addEventListener("click", () => {
    username.value = name.dataset.demo;
    password.value = demoPassword.textContent;
    password.form.querySelector("button").focus();
  });
  name.replaceWith(button);
}
if (!document.querySelector("[data-focus]")) username.focus();
