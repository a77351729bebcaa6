/* data-copy="#id" on a button: copies the words of that element; [data-copied] beside it says so. */
document.querySelectorAll("[data-copy]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const from = document.querySelector(button.dataset.copy);
    const told = button.parentElement.querySelector("[data-copied]");
    try {
      await navigator.clipboard.writeText(from.textContent);
      if (told) told.textContent = told.dataset.copied;
    } catch { // not allowed: it is selected, ready to be copied by hand
      getSelection().selectAllChildren(from);
    }
  });
});
