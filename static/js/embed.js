/* Baton: puts a form into a page of yours. Write
     <a href="https://…/f/guide/" data-baton-form>The guide</a>
     <script src="https://…/static/js/embed.js" async></script>
   Without this script the link still leads to the form. It sets nothing and needs no cookie. */
(() => {
  const frames = new Map();

  function put(link) {
    const there = new URL(link.href);
    const frame = document.createElement("iframe");
    frame.src = `${there.origin}${there.pathname.replace(/\/?$/, "/")}embedded/${there.search}`;
    frame.title = link.textContent.trim() || "Form";
    frame.width = "100%";
    frame.height = "560";
    frame.style.border = "0";
    frames.set(frame, there.origin);
    link.replaceWith(frame);
  }

  // The key of t.js, where the reader agreed: told to the form in the page, as an address could carry anybody's.
  function introduce(frame, origin) {
    const browser = document.cookie.match(/(?:^|; )baton_v=([0-9a-f]{32})(?:;|$)/)?.[1];
    if (browser) frame.contentWindow.postMessage({ batonBrowser: browser }, origin);
  }

  window.addEventListener("message", (event) => {
    for (const [frame, origin] of frames) {
      if (event.source !== frame.contentWindow || event.origin !== origin) continue;
      const { batonHeight: height, batonGo: place, batonAsks: asks } = event.data ?? {};
      if (asks) introduce(frame, origin);
      if (Number.isFinite(height)) frame.height = String(Math.min(Math.max(Math.ceil(height), 80), 6000));
      if (typeof place === "string" && /^https?:\/\//.test(place)) location.assign(place);
    }
  });

  const all = () => document.querySelectorAll("a[data-baton-form]").forEach(put);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", all); else all();
})();
