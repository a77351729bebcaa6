/* A list by keyboard: j and k walk, x chooses, Enter opens. The box in the head chooses the whole page. */
const list = document.querySelector("[data-list]");
const boxes = list ? [...list.querySelectorAll("tbody [type=checkbox]")] : [];
const all = document.querySelector("#pick-all");

const typing = (target) => target.closest?.("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");
const links = () => [...list.querySelectorAll("tbody .who a")];
const here = () => links().findIndex((link) => link.closest("tr").contains(document.activeElement));

function walk(step) {
  const rows = links();
  const next = rows[Math.min(Math.max(here() + step, 0), rows.length - 1)];
  next?.focus();
  next?.closest("tr").scrollIntoView({ block: "nearest" });
}

function choose() {
  const box = document.activeElement.closest("tr")?.querySelector("[type=checkbox]");
  if (box && boxes.includes(box)) box.click();
}

const keys = { j: () => walk(1), k: () => walk(-1), x: choose };
let off = () => false;
try { off = () => localStorage.getItem("baton-keys-off") === "1"; } catch { /* keys stay on */ }

document.addEventListener("keydown", (event) => {
  if (!list || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || off()) return;
  if (typing(event.target) || document.querySelector("dialog[open]") || !keys[event.key]) return;
  keys[event.key]();
  event.preventDefault();
});

if (all) {
  all.hidden = false;
  all.addEventListener("change", () => boxes.forEach((box) => { if (box.checked !== all.checked) box.click(); }));
  document.addEventListener("change", () => {
    const chosen = boxes.filter((box) => box.checked).length;
    all.checked = chosen > 0 && chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
    document.querySelectorAll("[data-chosen]").forEach((one) => { one.textContent = chosen; });
  });
}
