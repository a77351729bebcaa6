/* Toasts can be put away before they leave. Without a script they leave by themselves, or with the page. */
document.addEventListener("click", (event) => {
  event.target.closest("[data-puts-away]")?.closest(".toast")?.remove();
});
