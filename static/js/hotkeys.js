/* data-hotkey="a" on a button, link or field: the key presses, follows or focuses it while nobody types.
   `?` lists the keys of the page; whoever doesn't want single keys switches them off there. */
const OFF = "baton-keys-off";
const dialog = document.querySelector("dialog#keys");
const toggle = dialog?.querySelector("[type=checkbox]");

const typing = (target) => target.closest?.("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");
const off = () => { try { return localStorage.getItem(OFF) === "1"; } catch { return false; } };
const shown = () => [...document.querySelectorAll("[data-hotkey]")].filter((one) => one.checkVisibility());

function words(one) {
  if (one.dataset.hotkeyLabel) return one.dataset.hotkeyLabel;
  const copy = one.cloneNode(true);
  copy.querySelectorAll("kbd, svg").forEach((part) => part.remove());
  return one.getAttribute("aria-label") ?? copy.textContent.trim();
}

function listKeys() {
  dialog.querySelector("ul").replaceChildren(...shown().map((one) => {
    const row = document.createElement("li");
    const key = document.createElement("kbd");
    key.textContent = one.dataset.hotkey;
    row.append(key, words(one));
    return row;
  }));
  toggle.checked = !off();
  dialog.showModal();
}

function use(target) {
  if (target.dataset.hotkeyFocus) document.querySelector(target.dataset.hotkeyFocus)?.focus();
  else if (!target.matches("input, textarea, select")) target.click();
  else { target.focus(); if (target.matches("[type=radio], [type=checkbox]")) target.click(); }
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  if (off() || typing(event.target) || document.querySelector("dialog[open]")) return;
  const target = shown().find((one) => one.dataset.hotkey === event.key);
  if (event.key === "?" && dialog) listKeys();
  else if (target) use(target);
  else return;
  event.preventDefault();
});

document.querySelectorAll("[data-opens=keys]").forEach((one) => { one.hidden = false; one.addEventListener("click", listKeys); });
toggle?.addEventListener("change", () => { try { localStorage.setItem(OFF, toggle.checked ? "0" : "1"); } catch { /* then for this page only */ } });
