/* The palette: Ctrl+K, ⌘K or / opens it; arrows choose, Enter opens, Escape closes. Without a script the
   same link leads to the search page. The focus stays in the field: the chosen option is told by its id. */
const dialog = document.querySelector("dialog#palette");
const field = dialog?.querySelector("[role=combobox]");
const list = dialog?.querySelector("[role=listbox]");
const PAUSE = 120;
let waiting, asked = null, going = null;

const options = () => [...list.querySelectorAll("[role=option]")];

function choose(option) {
  options().forEach((one) => one.setAttribute("aria-selected", String(one === option)));
  if (option) { field.setAttribute("aria-activedescendant", option.id); option.scrollIntoView({ block: "nearest" }); }
  else field.removeAttribute("aria-activedescendant");
}

async function look() {
  const words = field.value.trim();
  if (words === asked) return;
  going?.abort();
  going = new AbortController();
  try {
    const answer = await fetch(`${dialog.dataset.from}?q=${encodeURIComponent(words)}`, { headers: { "HX-Request": "true" }, signal: going.signal });
    if (!answer.ok || answer.redirected) return;
    list.innerHTML = await answer.text();
    asked = words;
    field.setAttribute("aria-expanded", String(options().length > 0));
    choose(options()[0]);
  } catch (trouble) { if (trouble.name !== "AbortError") throw trouble; }
}

function open() {
  if (dialog.open) { field.select(); return; }
  field.value = "";
  asked = null;
  list.replaceChildren();
  dialog.showModal();
  field.focus();
  look();
}

function step(by) {
  const all = options();
  const now = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
  if (all.length) choose(all[(now + by + all.length) % all.length]);
}

const keys = { ArrowDown: () => step(1), ArrowUp: () => step(-1), Home: () => choose(options()[0]), End: () => choose(options().at(-1)) };

if (dialog) {
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (!document.querySelector("dialog[open]:not(#palette)")) open();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-opens=palette]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(look, PAUSE); });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || !keys[event.key] || ((event.key === "Home" || event.key === "End") && field.value)) return;
    event.preventDefault();
    keys[event.key]();
  });
  dialog.querySelector("form").addEventListener("submit", (event) => {
    const chosen = asked === field.value.trim() && list.querySelector("[aria-selected=true]");
    if (chosen) { event.preventDefault(); location.assign(chosen.href); }
  });
  dialog.querySelector("[data-closes]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
}
