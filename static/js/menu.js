/* A menu is a <details> that opens by itself; here it closes: by Escape, by a click elsewhere, by leaving. */
const open = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => open().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; }));
document.addEventListener("focusin", (event) => open().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; }));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  open().forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
});
