/* A list whose order people choose: [data-order] holds rows [data-item] with a data-name.
   Buttons [data-move="-1|1"] move their row, so do Alt+arrows anywhere in it, and a drag by its [data-handle].
   [data-said] beside the list says what moved. Without this script the buttons ask the server. */
const rows = (list) => [...list.querySelectorAll(":scope > [data-item]")];
const said = (list) => list.parentElement.querySelector("[data-said]");

function tell(list, row) {
  const all = rows(list);
  const place = said(list);
  if (place) place.textContent = `${row.dataset.name}: ${all.indexOf(row) + 1} / ${all.length}`;
  list.dispatchEvent(new Event("input", { bubbles: true }));
}

function move(row, by) {
  const list = row.closest("[data-order]");
  const all = rows(list);
  const there = all.indexOf(row) + by;
  const focused = document.activeElement;
  if (there >= 0 && there < all.length) all[there][by < 0 ? "before" : "after"](row);
  focused?.focus();
  tell(list, row);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-order] [data-move]");
  if (!button) return;
  event.preventDefault();
  move(button.closest("[data-item]"), Number(button.dataset.move));
});

document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.("[data-order] > [data-item]");
  if (!row || !event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  event.preventDefault();
  move(row, event.key === "ArrowUp" ? -1 : 1);
});

/* Drag: a row can only be taken by its handle, so that text in it can still be selected. */
let taken = null;
document.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest("[data-order] [data-handle]");
  if (handle) handle.closest("[data-item]").draggable = true;
});
document.addEventListener("pointerup", () => { if (!taken) document.querySelectorAll("[data-item][draggable]").forEach((row) => row.removeAttribute("draggable")); });
document.addEventListener("dragstart", (event) => {
  taken = event.target.closest?.("[data-order] > [data-item]") ?? null;
  if (!taken) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", taken.dataset.name);
  taken.dataset.taken = "";
});
document.addEventListener("dragover", (event) => {
  const over = event.target.closest?.("[data-order] > [data-item]");
  if (!taken || !over || over.parentElement !== taken.parentElement) return;
  event.preventDefault();
  const box = over.getBoundingClientRect();
  if (over !== taken) over[event.clientY < box.top + box.height / 2 ? "before" : "after"](taken);
});
document.addEventListener("drop", (event) => { if (taken) event.preventDefault(); });
document.addEventListener("dragend", () => {
  if (!taken) return;
  const row = taken;
  taken = null;
  row.removeAttribute("draggable");
  delete row.dataset.taken;
  tell(row.closest("[data-order]"), row);
});

/* Handles are for who has this script; what was added or taken out by the server keeps the focus near. */
const show = () => document.querySelectorAll("[data-handle][hidden]").forEach((handle) => { handle.hidden = false; });
show();
let pressed = null;
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-added], [data-removes]");
  if (!button) return;
  const list = document.querySelector("[data-order]");
  const at = "added" in button.dataset ? Infinity : rows(list).indexOf(button.closest("[data-item]"));
  pressed = { list, at };
}, true);
document.addEventListener("htmx:after:swap", () => {
  show();
  const list = pressed && document.querySelector("[data-order]");
  if (!list || list === pressed.list) return; // something else came in
  const all = rows(list);
  const row = all[Math.min(pressed.at, all.length - 1)];
  (row?.querySelector("input:not([type=hidden])") ?? document.querySelector("[data-added]"))?.focus();
  pressed = null;
  if (row) tell(list, row);
});
