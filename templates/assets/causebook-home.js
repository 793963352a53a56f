/* The box of the start page: takes words or what a failure printed, tells which, and answers below itself. Causes come from
the page that diagnoses, entries from the search; what is asked stays in the browser, and every text is shown as text. */
"use strict";

(() => {
  const { assets, SUPERSEDED, load, make, diagnose, shownMatch, shownUnknown } = self.causebookPage;
  const PAUSE = 150; /* Milliseconds after the last key before an answer is looked for. */
  const MOST = 6; /* Entries that are shown; the page that searches has them all. */

  /* ---- which is it? ---- */

  const RAISED = /^[\s|>]*(?:E\s+)?(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Warning|Failure|Fault|Interrupt|Exit|Group)\b\s*(?::|\(|$)/m;
  const TOLD = /Traceback \(most recent call last\)|^E {2,}\S|^(?:FAILED|ERROR) \S+::|^(?:ERROR|CRITICAL|WARNING)[:\s]/m;

  /* Whether it is what a failure printed. Several lines always are; one line is where it reads like the head of an error. */
  function printed(text) {
    return text.trim().split("\n").length > 1 || RAISED.test(text) || TOLD.test(text);
  }

  /* ---- the search: all that is asked of it stands here ---- */

  async function engine() {
    if (!self.causebookSearch) await load("causebook-search.js");
    return self.causebookSearch.open(new URL("../../api/search/", assets).href);
  }

  /* Entries and playbooks for `text`: {total, results: [{kind, title, href, status, severity, date, line}]}; null without an index. */
  async function searched(text) {
    try {
      return await (await engine()).query(text, {}, { limit: MOST });
    } catch (error) {
      return null;
    }
  }

  /* The page that searches, with all that there is for `text`. */
  function everything(text) {
    const page = location.pathname;
    let end = "/";
    if (page.endsWith("/index.html") || location.protocol === "file:") end = "/index.html";
    else if (page.endsWith(".html")) end = ".html";
    const url = new URL(`../search${end}`, assets);
    url.searchParams.set("find", text.length > 1000 ? text.slice(-1000) : text);
    return url.href;
  }

  /* ---- cards ---- */

  const spoken = (value) => value.replaceAll("_", " ");
  const badge = (value) => make("span", { className: `cb-badge cb-${value}` }, spoken(value));

  function card(found) {
    const facts = [found.kind, found.status, found.severity].filter(Boolean).map(badge);
    if (found.date) facts.push(make("time", { dateTime: found.date }, found.date));
    const pieces = found.line.pieces.map(([text, marked]) => (marked ? make("mark", {}, text) : text));
    return make(
      "li",
      { className: "cb-card" },
      make("h3", {}, make("a", { href: found.href }, found.title)),
      make("p", { className: "cb-facts" }, ...facts),
      make("p", { className: "cb-line" }, make("span", { className: "cb-where" }, `${spoken(found.line.label)}: `), ...pieces),
    );
  }

  /* Those of `found` that are not shown already. */
  function entries(found, text, title, shown) {
    if (!found || !found.total) return [];
    const more = found.total > found.results.length ? `All ${found.total}, and narrow them down` : "Narrow them down";
    const held = found.results.filter((one) => !shown.includes(one.id));
    return [
      ...(held.length ? [make("h2", {}, title), make("ol", { className: "cb-cards" }, ...held.map(card))] : []),
      make("p", {}, make("a", { href: everything(text) }, more)),
    ];
  }

  function causes({ answer, names }) {
    if (!answer.known) return [make("h2", {}, "Cause"), ...shownUnknown(answer)];
    const title = answer.matches.length === 1 ? "Known cause" : "Known causes";
    return [make("h2", {}, title), ...answer.matches.map((match, at) => shownMatch(match, at + 1, names)), ...shownUnknown(answer)];
  }

  const counted = (count, one, many) => `${count || "no"} ${count === 1 ? one : many}`;

  function said(diagnosed, found) {
    const parts = [];
    if (diagnosed) parts.push(counted(diagnosed.answer.matches.length, "known cause", "known causes"));
    if (found) parts.push(counted(found.total, "entry or playbook found", "entries and playbooks found"));
    else parts.push("the index of the search cannot be read");
    const text = parts.join(", ");
    return `${diagnosed ? "Read as what a failure printed: " : ""}${diagnosed ? text : text[0].toUpperCase() + text.slice(1)}.`;
  }

  /* ---- the box ---- */

  function box(place) {
    const text = make("textarea", {
      id: "cb-ask",
      rows: 3,
      spellcheck: false,
      placeholder: "RuntimeError: Event loop is closed",
      data: { autocapitalize: "off", autocomplete: "off", "aria-describedby": "cb-ask-hint", "aria-controls": "cb-answer" },
    });
    const state = make("p", { className: "cb-state", data: { role: "status" } });
    const answer = make("div", { id: "cb-answer", className: "cb-result" });
    const form = make(
      "form",
      { className: "cb-ask", data: { role: "search" } },
      make("label", { htmlFor: text.id }, "What failed?"),
      text,
      make("p", { id: "cb-ask-hint", className: "cb-hint" }, "Paste what it printed, or type words, a name, a sha, a path. Nothing is sent anywhere."),
      make(
        "div",
        { className: "cb-buttons" },
        make("button", { type: "submit", className: "md-button md-button--primary" }, "Find"),
        make("button", { type: "reset", className: "md-button" }, "Clear"),
      ),
      state,
    );
    /* What stands below steps aside for an answer: it would be pushed about with every key. */
    const below = [];
    for (let next = place.nextElementSibling; next; next = next.nextElementSibling) below.push(next);

    let turn = 0;
    let timer = 0;
    let answered = "";
    let pending = false;

    function show(...children) {
      answer.replaceChildren(...children);
      for (const element of below) element.hidden = children.length > 0;
    }

    function done() {
      pending = false;
      answer.removeAttribute("aria-busy");
    }

    async function run() {
      clearTimeout(timer);
      const asked = text.value;
      if (asked === answered) {
        if (!pending) answer.removeAttribute("aria-busy");
        return;
      }
      answered = asked;
      const mine = ++turn;
      if (!asked.trim()) {
        state.textContent = "";
        show();
        done();
        return;
      }
      pending = true;
      answer.setAttribute("aria-busy", "true");
      const failure = printed(asked);
      try {
        const [diagnosed, found] = await Promise.all([failure ? diagnose({ text: asked, name: "-" }) : null, searched(asked)]);
        if (mine !== turn) return;
        state.textContent = said(diagnosed, found);
        show(
          ...(diagnosed ? causes(diagnosed) : []),
          ...(diagnosed
            ? entries(found, asked, "Looks alike", diagnosed.answer.matches.map((match) => match.incident || match.playbook))
            : entries(found, asked, "Found", [])),
          ...(diagnosed || !found || found.total ? [] : [make("p", {}, "Fewer words may do, or another part of the name.")]),
        );
      } catch (reason) {
        if (reason === SUPERSEDED || mine !== turn) return;
        state.textContent = `It did not work: ${reason.message || reason}`;
        show();
      }
      done();
    }

    text.addEventListener("input", (event) => {
      answer.setAttribute("aria-busy", "true");
      clearTimeout(timer);
      timer = setTimeout(run, (event.inputType || "").startsWith("insertFrom") ? 0 : PAUSE);
    });
    text.addEventListener("focus", () => {
      engine().then((search) => search.warm(), () => {});
    }, { once: true });
    text.addEventListener("keydown", (event) => {
      const one = !text.value.trim().includes("\n");
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || !(one || event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      form.requestSubmit();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      answered = "";
      run();
    });
    form.addEventListener("reset", () => {
      text.value = "";
      run();
      text.focus();
    });
    place.replaceChildren(form, answer);
  }

  /* Called when a page with #causebook-home is there. */
  self.causebookHome = () => {
    const place = document.getElementById("causebook-home");
    if (place && !place.querySelector("form")) box(place);
  };
})();
