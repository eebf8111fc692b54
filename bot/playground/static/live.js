// Keeps what is marked data-live fresh: asks for the page again, with its ETag, while it is looked at.
"use strict";
(() => {
  const key = (node) => node.querySelector("summary")?.textContent;
  const regions = () => document.querySelectorAll("[data-live]");
  let etag = "", wait = 1500;
  const busy = (old) => old.contains(document.activeElement) && /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)
    || [...old.querySelectorAll("textarea")].some((area) => area.value !== area.defaultValue);
  const put = (fresh) => {
    let skipped = false;
    for (const old of regions()) {
      const now = fresh.getElementById(old.id);
      if (!now || (old.was ?? old.innerHTML) === now.innerHTML) continue;
      if (busy(old)) { skipped = true; continue; }
      const open = new Map([...old.querySelectorAll("details")].map((one) => [key(one), one.open]));
      old.was = now.innerHTML;
      old.replaceChildren(...now.childNodes);
      for (const one of old.querySelectorAll("details")) if (open.has(key(one))) one.open = open.get(key(one));
    }
    return !skipped;
  };
  const look = async () => {
    try {
      if (!document.hidden) {
        const answer = await fetch(location.href, { headers: etag ? { "If-None-Match": etag } : {}, cache: "no-store" });
        if (answer.status === 200) {
          const done = put(new DOMParser().parseFromString(await answer.text(), "text/html"));
          etag = done ? answer.headers.get("ETag") : "";
          wait = 1500;
        } else wait = Math.min(wait * 1.3, 8000);
      }
    } catch { wait = 8000; }
    setTimeout(look, wait);
  };
  if (regions().length) setTimeout(look, wait);
})();
