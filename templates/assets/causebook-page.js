/* The page that diagnoses: paste or drop a failure's output, read the known cause. It is loaded on every page and does
nothing on those without #causebook-diagnose, but that it sees to causebook-home.js where there is #causebook-home, which
shows known causes alike. What is pasted stays in the browser; every text is shown as text. */
"use strict";

(() => {
  const script = document.currentScript || document.querySelector('script[src*="causebook-page.js"]');
  const assets = new URL(".", script.src);
  const WORD = { certain: "certainly", likely: "likely", possible: "possibly" };
  const MOST_SHOWN = 500_000; /* Characters of a file that the text field still handles well. */
  const MOST_EVIDENCE = 3;
  const SUPERSEDED = "superseded";

  /* ---- running the engine: in a Worker, so that the page stays alive, or here where there can be none ---- */

  let worker = null;
  let waiting = null;

  function stop(reason) {
    if (worker) worker.terminate();
    worker = null;
    if (waiting) waiting.reject(reason);
    waiting = null;
  }

  function byWorker(job) {
    if (waiting) stop(SUPERSEDED);
    return new Promise((resolve, reject) => {
      worker = worker || new Worker(new URL("causebook-diagnose.js", assets));
      waiting = { resolve, reject };
      worker.onmessage = ({ data }) => {
        waiting = null;
        resolve(data);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        stop("the Worker failed");
      };
      worker.postMessage(job);
    });
  }

  const loaded = new Map();

  function load(name) {
    if (!loaded.has(name)) {
      loaded.set(
        name,
        new Promise((resolve, reject) => {
          const element = document.createElement("script");
          element.src = new URL(name, assets).href;
          element.onload = resolve;
          element.onerror = () => {
            loaded.delete(name);
            reject(new Error(`${name} cannot be loaded`));
          };
          document.head.append(element);
        }),
      );
    }
    return loaded.get(name);
  }

  async function byPage(job) {
    await Promise.all(["causebook-diagnose.js", "causebook-signatures.js"].map(load));
    const known = self.CAUSEBOOK_KNOWN;
    return { answer: self.Causebook.diagnose(job.text, known, job.name), names: self.Causebook.names(known) };
  }

  let workers = true;

  async function diagnose(job) {
    if (workers) {
      try {
        return await byWorker(job);
      } catch (reason) {
        if (reason === SUPERSEDED) throw reason;
        workers = false; /* Opened as a file, a page may start none. */
      }
    }
    return byPage(job);
  }

  /* ---- showing ---- */

  /* An element with properties and children; strings become text and never markup. */
  function make(tag, properties, ...children) {
    const { data = {}, ...rest } = properties || {};
    const element = Object.assign(document.createElement(tag), rest);
    for (const [name, value] of Object.entries(data)) element.setAttribute(name, value);
    element.append(...children.filter((child) => child !== null));
    return element;
  }

  function address(folder, id) {
    const page = location.pathname;
    let end = "/";
    if (page.endsWith("/index.html") || location.protocol === "file:") end = "/index.html";
    if (page.endsWith(".html") && !page.endsWith("/index.html")) end = ".html";
    return new URL(`../${folder}/${encodeURIComponent(id)}${end}`, assets).href;
  }

  const linked = (folder, id, text) => make("a", { href: address(folder, id) }, text);

  function cause(id, names) {
    const known = Object.prototype.hasOwnProperty.call(names, id) ? names[id] : { title: id, incident: false };
    return linked(known.incident ? "incidents" : "playbooks", id, known.title);
  }

  function part(title, list, items) {
    if (!items.length) return [];
    return [make("h4", {}, title), make(list, {}, ...items.map((item) => make("li", {}, ...[item].flat())))];
  }

  function shownMatch(match, number, names) {
    const id = `causebook-match-${number}`;
    const home = match.incident
      ? linked("incidents", match.incident, match.title)
      : linked("playbooks", match.playbook, match.title);
    const times = match.count > 1 ? `, seen ${match.count} times` : "";
    const proof = match.evidence.slice(0, MOST_EVIDENCE).map((one) => `line ${one.line}: ${one.text}`);
    return make(
      "section",
      { className: `cb-match cb-is-${match.confidence}`, data: { "aria-labelledby": id } },
      make("h3", { id }, make("span", { className: "cb-verdict" }, WORD[match.confidence]), " ", home),
      make("p", { className: "cb-points" }, `${Math.round(match.score * 100)} points of 100${times}`),
      make("pre", { className: "cb-proof" }, make("code", {}, proof.join("\n"))),
      ...part("Fix", "ol", match.fix),
      match.incident && match.playbook ? make("p", {}, "More: ", cause(match.playbook, names)) : null,
      ...part(
        "Seen before",
        "ul",
        match.incidents.filter((one) => one.id !== match.incident).map((one) => [
          `${one.date}: `,
          linked("incidents", one.id, one.title),
          ` (${one.status.replaceAll("_", " ")})`,
        ]),
      ),
      ...part("What follows from it", "ul", (match.follows || []).map((one) => cause(one, names))),
      ...part(
        "Or another one?",
        "ul",
        (match.tell || []).map((one) => ["It is ", cause(one.playbook, names), ` rather if ${one.when}`]),
      ),
    );
  }

  function shownUnknown(answer) {
    const out = [];
    if (!answer.known) {
      const why = answer.events ? "no playbook or incident fits." : "no failure was found in it.";
      out.push(make("p", { className: "cb-unknown" }, make("strong", {}, "Unknown"), `: ${why}`));
    }
    if (answer.unknown.length) {
      const lines = answer.unknown.map((one) => `line ${one.line}: ${one.text}`).join("\n");
      out.push(
        make(
          "section",
          { className: "cb-match" },
          make("h3", {}, "Not known"),
          make("pre", { className: "cb-proof" }, make("code", {}, lines)),
          make("p", {}, make("code", {}, "causebook diagnose --draft"), " writes it down as an incident."),
        ),
      );
    }
    return out;
  }

  function show(result, { answer, names }) {
    result.replaceChildren(
      make("h2", {}, answer.input === "-" ? "Result" : `Result for ${answer.input}`),
      ...(answer.known ? [] : shownUnknown(answer)),
      ...answer.matches.map((match, at) => shownMatch(match, at + 1, names)),
      ...(answer.known ? shownUnknown(answer) : []),
    );
    if (result.getBoundingClientRect().top > innerHeight / 2) result.scrollIntoView({ block: "start" });
  }

  /* ---- files ---- */

  /* Bytes as text, as the command line reads them: UTF-8, or UTF-16 where its mark says so. */
  function decoded(bytes) {
    const mark = bytes.length > 1 ? bytes[0] * 256 + bytes[1] : 0;
    if (mark === 0xfffe) return new TextDecoder("utf-16le").decode(bytes);
    if (mark === 0xfeff) return new TextDecoder("utf-16be").decode(bytes);
    const head = bytes.subarray(0, 65_536);
    if (head.filter((byte) => byte === 0).length > Math.floor(head.length / 20)) {
      throw new Error("is no text: it holds null bytes");
    }
    return new TextDecoder().decode(bytes);
  }

  /* ---- the form ---- */

  function start() {
    if (document.getElementById("causebook-home")) load("causebook-home.js").then(() => self.causebookHome(), () => {});
    const place = document.getElementById("causebook-diagnose");
    if (!place || place.dataset.started) return;
    place.dataset.started = "true";

    const text = make("textarea", {
      id: "causebook-text",
      rows: 12,
      spellcheck: false,
      placeholder: "Traceback (most recent call last):\n  …\nRuntimeError: Event loop is closed",
      data: { autocapitalize: "off", autocomplete: "off", "aria-describedby": "causebook-hint" },
    });
    const file = make("input", { id: "causebook-file", type: "file" });
    const submit = make("button", { type: "submit", className: "md-button md-button--primary" }, "Diagnose");
    const clear = make("button", { type: "reset", className: "md-button" }, "Clear");
    const result = make("div", { className: "cb-result", data: { "aria-live": "polite" } });
    const form = make(
      "form",
      { className: "cb-diagnose" },
      make("label", { htmlFor: text.id }, "What the failure printed"),
      text,
      make("p", { id: "causebook-hint", className: "cb-hint" }, "Ctrl+Enter in the field does the same as the button."),
      make("div", { className: "cb-drop" }, make("label", { htmlFor: file.id }, "Or drop a file here, or choose one:"), file),
      make("div", { className: "cb-buttons" }, submit, clear),
    );

    async function run(job) {
      result.setAttribute("aria-busy", "true");
      result.replaceChildren(make("p", {}, "Reading …"));
      try {
        show(result, await diagnose(job));
      } catch (reason) {
        if (reason === SUPERSEDED) return;
        result.replaceChildren(make("p", { className: "cb-unknown" }, `It did not work: ${reason.message || reason}`));
      }
      result.removeAttribute("aria-busy");
    }

    async function read(chosen) {
      let held;
      try {
        held = decoded(new Uint8Array(await chosen.arrayBuffer()));
      } catch (error) {
        result.replaceChildren(make("p", { className: "cb-unknown" }, `${chosen.name} ${error.message}`));
        return;
      }
      text.value = held.length <= MOST_SHOWN ? held : "";
      await run({ text: held, name: chosen.name });
    }

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      run({ text: text.value, name: "-" });
    });
    form.addEventListener("reset", () => {
      result.replaceChildren();
      text.focus();
    });
    text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
    file.addEventListener("change", () => {
      if (file.files.length) read(file.files[0]);
    });
    for (const type of ["dragenter", "dragover", "dragleave", "drop"]) {
      form.addEventListener(type, (event) => {
        /* Text that is dragged goes into the field as always. */
        if (!event.dataTransfer || !event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        form.classList.toggle("cb-over", type === "dragenter" || type === "dragover");
        if (type === "drop" && event.dataTransfer.files.length) read(event.dataTransfer.files[0]);
      });
    }
    place.replaceChildren(form, result);
  }

  self.causebookPage = { assets, SUPERSEDED, load, make, diagnose, shownMatch, shownUnknown };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
  /* With the theme's instant navigation a page changes without being loaded. */
  if (self.document$ && self.document$.subscribe) self.document$.subscribe(start);
})();
