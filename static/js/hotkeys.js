/* data-hotkey="a" on a button, link or field: the key presses, follows or focuses it while nobody types. */
const typing = (target) => target.closest("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");
const visible = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;

function find(key) {
  return [...document.querySelectorAll("[data-hotkey]")].find((one) => one.dataset.hotkey === key && visible(one));
}

function listKeys(dialog) {
  const rows = [...document.querySelectorAll("[data-hotkey]")].map((one) => {
    const row = document.createElement("li");
    const key = document.createElement("kbd");
    key.textContent = one.dataset.hotkey;
    row.append(key, " ", one.dataset.hotkeyLabel ?? one.getAttribute("aria-label") ?? one.textContent.trim());
    return row;
  });
  dialog.querySelector("ul").replaceChildren(...rows);
  dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (document.querySelector("dialog[open]") && event.key !== "Escape") return;
  const keys = document.querySelector("dialog#keys");
  if (event.key === "?" && keys) { event.preventDefault(); listKeys(keys); return; }
  const target = find(event.key);
  if (!target) return;
  event.preventDefault();
  if (target.dataset.hotkeyFocus) document.querySelector(target.dataset.hotkeyFocus)?.focus();
  else if (target.matches("input, textarea, select")) { target.focus(); if (target.matches("[type=radio]")) target.click(); }
  else target.click();
});
