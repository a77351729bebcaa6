/* The storyboard: a frame is dragged by its handle into any lane, or moved by Alt and an arrow.
   The server does the move, by the frame's own form; this only presses it, and says what moved. */
const board = () => document.querySelector("#board");
const frame = (at) => at?.closest?.(".frame[data-item]");
let focus = null; // the key of the frame whose move is under way

function send(one, told) {
  const form = one.querySelector("form[data-moves]");
  focus = one.id;
  for (const [name, value] of Object.entries(told)) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    form.append(field);
  }
  form.requestSubmit();
}

document.addEventListener("keydown", (event) => {
  const way = { ArrowLeft: "earlier", ArrowUp: "earlier", ArrowRight: "later", ArrowDown: "later" }[event.key];
  const one = frame(event.target);
  if (!one || !event.altKey || !way) return;
  event.preventDefault();
  const button = one.querySelector(`button[value=${way}]`);
  if (button && !button.disabled) send(one, { way });
});
document.addEventListener("submit", (event) => { if (event.target.matches("[data-moves]")) focus = frame(event.target).id; });

/* Drag */
let taken = null;
document.addEventListener("pointerdown", (event) => {
  const one = event.target.closest("[data-handle]") && frame(event.target);
  if (one) one.draggable = true;
});
document.addEventListener("dragstart", (event) => {
  taken = frame(event.target);
  if (!taken) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", taken.dataset.name);
  taken.dataset.taken = "";
});
document.addEventListener("dragover", (event) => {
  const list = taken && event.target.closest("[data-stretch]");
  if (!list || taken.querySelector(".lanes")?.contains(list)) return;
  event.preventDefault();
  const over = frame(event.target);
  if (!over) return list.append(taken);
  const box = over.getBoundingClientRect();
  if (over !== taken) over[event.clientX < box.left + box.width / 2 ? "before" : "after"](taken);
});
document.addEventListener("dragend", () => {
  if (!taken) return;
  const one = taken;
  taken = null;
  one.removeAttribute("draggable");
  delete one.dataset.taken;
  const into = one.closest("[data-stretch]").dataset.stretch;
  const all = [...document.querySelectorAll("[data-stretch]")].filter((list) => list.dataset.stretch === into);
  send(one, { into, index: all.flatMap((list) => [...list.querySelectorAll(":scope > [data-item]")]).indexOf(one) });
});

const show = () => document.querySelectorAll("[data-handle][hidden]").forEach((handle) => { handle.hidden = false; });
show();
document.addEventListener("htmx:after:swap", () => {
  show();
  const one = focus && document.getElementById(focus);
  focus = null;
  if (!one || !board()) return;
  one.querySelector("form[data-moves] button:not([disabled]), a")?.focus();
  const all = [...one.parentElement.children];
  document.querySelector("#moved").textContent = `${one.dataset.name}: ${one.dataset.day}, ${all.indexOf(one) + 1} / ${all.length}`;
});
