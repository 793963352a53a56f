/* The page that searches, and the way to it from every other page: Ctrl+K, or a link under what the theme's own box found.
What it shows comes from causebook-search.js; every text is shown as text. */
"use strict";

(() => {
  const script = document.currentScript || document.querySelector('script[src*="causebook-results.js"]');
  const PAUSE = 80; /* Milliseconds after the last key before an answer is looked for. */
  const PAGE = 10;
  const ASKED = "find"; /* Not q: with that the theme opens its own search over the page. */
  const MOST_VALUES = 200;
  const FACETS = {
    kind: "Kind",
    status: "Status",
    severity: "Severity",
    component: "Component",
    tag: "Tag",
    playbook: "Playbook",
    year: "Year",
  };

  function make(tag, properties, ...children) {
    const { data = {}, ...rest } = properties || {};
    const element = Object.assign(document.createElement(tag), rest);
    for (const [name, value] of Object.entries(data)) element.setAttribute(name, value);
    element.append(...children.filter((child) => child !== null));
    return element;
  }

  const spoken = (value) => value.replaceAll("_", " ");

  /* The address of the page that searches, for `text`. */
  function address(text) {
    const page = location.pathname;
    let end = "/";
    if (page.endsWith("/index.html") || location.protocol === "file:") end = "/index.html";
    else if (page.endsWith(".html")) end = ".html";
    const url = new URL(`../search${end}`, script.src);
    if (text) url.searchParams.set(ASKED, text);
    return url.href;
  }

  /* ---- one result ---- */

  function badge(kind, text) {
    return make("span", { className: `cb-badge cb-${kind}` }, spoken(text));
  }

  function card(found) {
    const facts = [found.kind, found.status, found.severity].filter(Boolean).map((value) => badge(value, value));
    if (found.date) facts.push(make("time", { dateTime: found.date }, found.date));
    const pieces = found.line.pieces.map(([text, marked]) => (marked ? make("mark", {}, text) : text));
    return make(
      "li",
      { className: "cb-card" },
      make("h2", {}, make("a", { href: found.href }, found.title)),
      make("p", { className: "cb-facts" }, ...facts),
      make("p", { className: "cb-line" }, make("span", { className: "cb-where" }, `${spoken(found.line.label)}: `), ...pieces),
    );
  }

  /* ---- the page ---- */

  function page(place) {
    const search = self.causebookSearch.open();
    const box = make("textarea", { id: "cb-query", name: ASKED, rows: 1, spellcheck: false, autocomplete: "off",
      placeholder: "An error line, a name, a sha, a path, some words",
      data: { "aria-describedby": "cb-query-hint", "aria-controls": "cb-results" } });
    const selects = Object.fromEntries(
      Object.entries(FACETS).map(([facet, label]) => [facet, make("select", { name: facet, id: `cb-facet-${facet}` }, make("option", { value: "" }, "any"))]),
    );
    const clear = make("button", { type: "reset", className: "md-button" }, "Clear");
    const state = make("p", { className: "cb-state", data: { role: "status" } });
    const list = make("ol", { className: "cb-cards", id: "cb-results" });
    const more = make("button", { type: "button", className: "md-button cb-more", hidden: true }, "More");
    const form = make(
      "form",
      { className: "cb-search", data: { role: "search" } },
      make("label", { htmlFor: "cb-query" }, "What are you looking for?"),
      box,
      make("p", { className: "cb-hint", id: "cb-query-hint" },
        "Paste the line as it was printed. Short shas, parts of names and paths, and slips of the pen are fine. Ctrl+K leads here."),
      make(
        "details",
        { open: matchMedia("(min-width: 40rem)").matches || /[?&](?:kind|status|severity|component|tag|playbook|year)=/.test(location.search) },
        make("summary", {}, "Narrow it down"),
        make(
        "fieldset",
        { className: "cb-facets" },
        make("legend", { className: "cb-rest" }, "Only those of"),
        ...Object.entries(FACETS).map(([facet, label]) =>
          make("div", {}, make("label", { htmlFor: `cb-facet-${facet}` }, label), selects[facet]),
        ),
        clear,
        ),
      ),
    );

    let wanted = {}; /* Values by facet; an address may hold several of one. */
    let shown = 0;
    let turn = 0;
    let timer = 0;
    let last = null;
    let narrowing = false; /* Whether the values to narrow it down by are wanted; they are most of what could be loaded. */

    function remember() {
      const url = new URL(location.href);
      url.search = "";
      if (box.value.trim()) url.searchParams.set(ASKED, box.value);
      for (const [facet, values] of Object.entries(wanted)) for (const value of values) url.searchParams.append(facet, value);
      try {
        history.replaceState(history.state, "", url);
      } catch (error) {
        /* A page that was opened as a file may not change its address in every browser; the answer stands all the same. */
      }
    }

    function recall() {
      const asked = new URL(location.href).searchParams;
      box.value = asked.get(ASKED) || "";
      wanted = Object.fromEntries(Object.keys(FACETS).map((facet) => [facet, asked.getAll(facet)]).filter(([, v]) => v.length));
      for (const [facet, select] of Object.entries(selects)) offer(select, [], (wanted[facet] || [""])[0]);
    }

    function told(total) {
      const several = Object.entries(wanted).filter(([, values]) => values.length > 1);
      const also = several.map(([facet, values]) => ` ${FACETS[facet].toLowerCase()}: ${values.join(", ")}.`).join("");
      const what = box.value.trim() ? `${total || "Nothing"} found.` : `${total} in all, the latest first.`;
      const hint = total || !box.value.trim() ? "" : " Fewer words, or another part of the name, may do.";
      return `${what}${also}${hint}`;
    }

    async function run({ further = false } = {}) {
      const mine = ++turn;
      const offset = further ? shown : 0;
      list.setAttribute("aria-busy", "true");
      try {
        const found = await search.query(box.value, wanted, { limit: PAGE, offset });
        if (mine !== turn) return;
        const cards = found.results.map(card);
        if (further) list.append(...cards);
        else list.replaceChildren(...cards);
        shown = offset + cards.length;
        state.textContent = told(found.total);
        more.hidden = shown >= found.total;
        if (further && cards.length) cards[0].querySelector("a").focus();
        last = found;
        if (narrowing) await count();
      } catch (error) {
        if (mine !== turn) return;
        list.replaceChildren();
        more.hidden = true;
        state.textContent = `The index cannot be read (${error.message}). It is written by "causebook build" and "causebook serve".`;
      }
      list.removeAttribute("aria-busy");
    }

    async function count() {
      const mine = turn;
      const counts = await search.counts(last);
      if (mine !== turn) return;
      for (const [facet, select] of Object.entries(selects)) offer(select, counts[facet] || [], select.value);
    }

    function narrow() {
      if (narrowing || !last) return;
      narrowing = true;
      count().catch(() => {
        narrowing = false;
      });
    }

    /* The values that lead somewhere, the most frequent first; what is chosen stays. */
    function offer(select, counts, chosen) {
      const held = counts.filter(([value, count]) => count || value === chosen).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
      const options = held.slice(0, MOST_VALUES).map(([value, count]) => make("option", { value }, `${spoken(value)} (${count})`));
      if (chosen && !options.some((option) => option.value === chosen)) options.unshift(make("option", { value: chosen }, spoken(chosen)));
      select.replaceChildren(make("option", { value: "" }, "any"), ...options);
      select.value = chosen;
    }

    function now() {
      clearTimeout(timer);
      remember();
      run();
    }

    function soon() {
      clearTimeout(timer);
      timer = setTimeout(now, PAUSE);
    }

    box.addEventListener("input", soon);
    box.addEventListener("keydown", (event) => {
      const first = list.querySelector("a");
      if (event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        now();
      } else if (event.key === "ArrowDown" && first && box.selectionStart === box.value.length) {
        event.preventDefault();
        first.focus();
      }
    });
    list.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      const links = [...list.querySelectorAll("a")];
      const next = links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
      event.preventDefault();
      (links[next] || (next < 0 ? box : links[links.length - 1])).focus();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      now();
    });
    form.addEventListener("reset", (event) => {
      event.preventDefault();
      box.value = "";
      wanted = {};
      for (const select of Object.values(selects)) select.value = "";
      box.focus();
      now();
    });
    for (const [facet, select] of Object.entries(selects)) {
      select.addEventListener("change", () => {
        if (select.value) wanted[facet] = [select.value];
        else delete wanted[facet];
        now();
      });
    }
    const narrower = form.querySelector("details");
    for (const type of ["pointerenter", "focusin", "toggle"]) {
      narrower.addEventListener(type, () => {
        if (type !== "toggle" || (narrower.open && !matchMedia("(min-width: 40rem)").matches)) narrow();
      });
    }
    more.addEventListener("click", () => run({ further: true }));

    recall();
    place.replaceChildren(form, state, list, more);
    run();
    if (!location.hash) box.focus({ preventScroll: true });
  }

  /* ---- the way here ---- */

  /* Under the theme's own box, which finds prose: the same words, asked of the records. */
  function lead() {
    const input = document.querySelector(".md-search__input");
    const below = document.querySelector(".md-search__scrollwrap");
    if (!input || !below || below.querySelector(".cb-lead")) return;
    const link = make("a", { className: "cb-lead", href: address("") }, "Search errors, names, shas and paths");
    const follow = () => {
      link.href = address(input.value.trim());
    };
    input.addEventListener("input", follow);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) location.assign(address(input.value.trim()));
    });
    link.addEventListener("focus", follow);
    below.prepend(link);
  }

  addEventListener(
    "keydown",
    (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
      event.preventDefault();
      event.stopImmediatePropagation(); /* Zensical has its own meaning for it. */
      const box = document.querySelector("#cb-query");
      if (box) box.focus();
      else location.assign(address(""));
    },
    true,
  );

  function start() {
    lead();
    const place = document.querySelector("#causebook-search");
    if (place && !place.querySelector("form")) page(place);
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
  /* With the theme's instant navigation a page changes without being loaded. */
  if (self.document$ && self.document$.subscribe) self.document$.subscribe(start);
})();
