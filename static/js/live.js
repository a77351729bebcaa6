/* News for this reader: the server says "look", the page asks again for what it shows. */
const page = document.querySelector("[data-live]");
if (page) {
  let lost = false;
  const look = () => document.body.dispatchEvent(new CustomEvent("news"));
  const news = new EventSource(page.dataset.live);
  news.addEventListener("inbox", look);
  news.addEventListener("error", () => { lost = true; });
  news.addEventListener("open", () => { if (lost) look(); lost = false; });
}
