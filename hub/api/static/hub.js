// Keeps the finished page live: swaps changed texts in place, holds still while someone reads.
// Every word comes from the server's own page; this file adds only the state of the connection.
"use strict";
(() => {
  const STALE_MS = 30000;
  const RETRY_MS = [2000, 4000, 8000, 15000, 30000];
  const ANNOUNCE_MS = 30000;
  const FEED_MAX = 200;
  const $ = (id) => document.getElementById(id);
  const feed = $("feed"), lines = $("feed-lines"), show = $("feed-show");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let stream = null, tries = 0, retryAt = 0, beatAt = Date.now(), lastSeen = new Date();
  let newest = Number(document.body.dataset.newest), waiting = [], heldSince = null;
  let fetching = false, again = false, state = "", newEvents = 0, newNumbers = 0, announcedAt = 0;

  const clock = (at) => {
    const d = new Date(at), h = d.getUTCHours(), two = (n) => String(n).padStart(2, "0");
    return `${h % 12 || 12}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())} ${h < 12 ? "a.m." : "p.m."} UTC`;
  };
  const setText = (node, text) => { if (node.textContent !== text) node.textContent = text; };
  const announce = (text) => { announcedAt = Date.now(); setText($("announcer"), text); };

  function connect() {
    retryAt = 0;
    if (stream) stream.close();
    stream = new EventSource(`/v1/stream?after=${newest}`);
    stream.addEventListener("heartbeat", (event) => alive(JSON.parse(event.data).at));
    stream.addEventListener("summary", () => refresh());
    stream.addEventListener("feed", (event) => receive(JSON.parse(event.data)));
    stream.addEventListener("trouble", () => { setState("trouble"); });
    stream.onerror = lost;
  }
  function alive(at) {
    beatAt = Date.now(); tries = 0;
    if (state === "trouble") return;  // Ends with the next summary that could be fetched.
    lastSeen = new Date(at);
    setState("live");
  }
  function lost() {
    if (retryAt) return;
    stream.close();
    retryAt = Date.now() + RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)];
    setState("lost");
  }
  function setState(next) {
    const before = state;
    state = next;
    document.body.classList.toggle("is-stale", next !== "live");
    $("connection").dataset.state = next === "live" ? "live" : "lost";
    $("try-now").hidden = next !== "lost";
    if (next === "lost" && before !== "lost") announce(`Connection lost at ${clock(lastSeen)}.`);
    if (next === "live" && before === "lost") announce("Connection is back.");
    sayState();
  }
  function sayState() {
    const words = $("connection-words");
    if (state === "live") setText(words, `Live, as of ${clock(lastSeen)}, ${waiting.length} waiting.`);
    if (state === "trouble") setText(words, `The hub could not work out its numbers; those below are from ${clock(lastSeen)}. It tries again every second.`);
    if (state === "lost") {
      const left = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
      setText(words, `Connection lost at ${clock(lastSeen)}; numbers are from then. Next try in ${left} s.`);
    }
  }

  async function refresh() {
    if (fetching) { again = true; return; }
    fetching = true;
    try {
      const answer = await fetch("/", { cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      merge(new DOMParser().parseFromString(await answer.text(), "text/html"));
      if (state === "trouble") setState("live");
    } catch {
      setState(retryAt ? "lost" : "trouble");
    }
    fetching = false;
    if (again) { again = false; setTimeout(refresh, 1000); }
  }
  function merge(later) {
    for (const part of document.querySelectorAll("[data-part]")) {
      const twin = later.querySelector(`[data-part="${part.dataset.part}"]`);
      if (twin && keysOf(twin) !== keysOf(part) && !isHeld(part)) {
        part.replaceChildren(...[...twin.childNodes].map((node) => document.importNode(node, true)));
      }
    }
    for (const whole of document.querySelectorAll("[data-whole]")) {
      const twin = later.getElementById(whole.id);
      if (twin && twin.outerHTML !== whole.outerHTML) whole.replaceWith(document.importNode(twin, true));
    }
    const fresh = new Map([...later.querySelectorAll("[data-k]")].map((node) => [node.dataset.k, node]));
    for (const node of document.querySelectorAll("[data-k]")) {
      const twin = fresh.get(node.dataset.k);
      if (!twin || twin.textContent === node.textContent) continue;
      node.textContent = twin.textContent;
      node.className = twin.className;
      if (node.title) node.title = twin.title;
      mark(node);
    }
    document.title = later.title;
    choose();
  }
  const keysOf = (part) => [...part.querySelectorAll("[data-k]")].map((node) => node.dataset.k).join("|");
  const isHeld = (part) => part.matches(":hover") || part.contains(document.activeElement);
  function mark(node) {
    newNumbers += 1;
    const name = calm.matches ? "was-changed" : "changed";
    node.classList.remove(name);
    void node.offsetWidth;  // Starts the fading over when a number changes twice within it.
    node.classList.add(name);
    setTimeout(() => node.classList.remove(name), calm.matches ? 10000 : 2000);
  }

  function receive(line) {
    if (line.sequence <= newest) return;
    newest = line.sequence; newEvents += 1;
    waiting.push(line);
    if (waiting.length > FEED_MAX) waiting.shift();
    settle();
  }
  const feedHeld = () => feed.matches(":hover") || feed.contains(document.activeElement) || feed.scrollTop > 4;
  function settle(force) {
    if (force || !feedHeld()) { heldSince = null; flush(); } else if (!heldSince) heldSince = new Date();
    const held = heldSince && feedHeld();
    setText($("feed-state"), held
      ? `Held since ${clock(heldSince)} while you read, ${waiting.length} waiting.`
      : "New lines appear on top.");
    show.hidden = !waiting.length;
    setText(show, `Show ${waiting.length} new`);
    sayState();
  }
  function flush() {
    for (const line of waiting) lines.prepend(lineOf(line));
    waiting = [];
    while (lines.children.length > FEED_MAX) lines.lastElementChild.remove();
    $("feed-empty").hidden = lines.children.length > 0;
  }
  function lineOf(line) {
    const item = document.createElement("li"), time = document.createElement("time");
    const who = document.createElement("b"), what = document.createElement("span");
    item.dataset.sequence = line.sequence;
    time.dateTime = line.at; time.textContent = clock(line.at);
    who.textContent = line.who;
    what.append(line.what);
    for (const more of line.follows) what.append(document.createElement("br"), `→ ${more}`);
    item.append(time, " ", who, " ", what);
    return item;
  }

  function choose() {
    const code = $("choose-state").value;
    for (const row of document.querySelectorAll("#table-pairs tbody tr")) {
      row.hidden = Boolean(code) && row.dataset.source !== code;
    }
  }
  function tick() {
    if (state === "live" && Date.now() - beatAt > STALE_MS) lost();
    if (retryAt && Date.now() >= retryAt) connect();
    settle();
    if ((newEvents || newNumbers) && Date.now() - announcedAt >= ANNOUNCE_MS) {
      announce(`${newEvents} new ${newEvents === 1 ? "event" : "events"}, ${newNumbers} ${newNumbers === 1 ? "number" : "numbers"} changed.`);
      newEvents = 0; newNumbers = 0;
    }
  }

  $("try-now").addEventListener("click", connect);
  show.addEventListener("click", () => { feed.scrollTop = 0; settle(true); feed.focus(); });
  $("choose-state").addEventListener("change", choose);
  addEventListener("pagehide", () => stream && stream.close());
  addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
  connect();
  setInterval(tick, 1000);
})();
