/* Tells Baton alone what was read; never where readers say no. */
((d, n, at, s) => {
  const me = d.currentScript, my = me.dataset, to = new URL("/t/", me.src)
  const get = name => d.cookie.match(`(?:^|; )baton_${name}=(\\w+)`)?.[1]
  const put = (name, value, age = 4e7) => {
    d.cookie = `baton_${name}=${value};path=/;samesite=lax;max-age=${age}`
      + (my.domain ? ";domain=" + my.domain : "") + (at.protocol == "https:" ? ";secure" : "")
  }
  const random = size => [...crypto.getRandomValues(new Uint8Array(size))]
    .map(b => (b + 256).toString(16).slice(1)).join("")
  const may = () => n.doNotTrack != 1 && !n.globalPrivacyControl && get("c") != "no"
    && (!("consent" in my) || get("c") == "yes")
  const browser = () => {
    const key = get("v")
    put("v", /^[0-9a-f]{32}$/.test(key) ? key : random(16))
    return get("v")
  }
  const tell = more => {
    const v = may() && browser()
    if (!v) return
    const body = JSON.stringify({v, i: random(8), t: Date.now(), u: at.pathname + at.search, n: d.title, ...more})
    n.sendBeacon(to, body) || fetch(to, {method: "POST", body, keepalive: true, mode: "no-cors"})
  }
  const view = () => {
    const here = new URL(at), q = here.searchParams
    s = q.get("baton")
    if (s) {
      q.delete("baton")
      history.replaceState(history.state, "", here)
    }
    tell({r: d.referrer, s})
  }
  d.addEventListener("click", e => {
    const a = e.target.closest("a[href]")
    if (a && (a.matches("[download], [data-asset]") || /\.(pdf|zip|docx?|xlsx?|pptx?|dwg|dxf|ste?p|mp[34])$/i.test(a.pathname)))
      tell({k: "d", a: a.href})
    if (s && e.isTrusted) s = tell({k: "h", s})
  }, true)
  d.addEventListener("submit", e => {
    const box = e.target.elements.baton_v
    if (box && may()) box.value = browser()
  }, true)
  window.baton = {view, consent: yes => {
    put("c", yes ? "yes" : "no")
    yes ? view() : put("v", "", 0)
  }}
  d.prerendering ? d.addEventListener("prerenderingchange", view, {once: true}) : view()
})(document, navigator, location)
