/* The engine of the site's search: reads a few files of api/search/, which the build wrote. Other scripts ask it by

     const search = causebookSearch.open();        // or open(address of api/search/)
     const found = await search.query("Event loop is closed", {status: ["resolved"]}, {limit: 10, offset: 0});
     found.total; found.results[0].title; found.results[0].href; found.results[0].line.pieces    // [text, marked] in turn
     const counts = await search.counts(found);    // by facet [[value, count], ...]

   It touches no page: text it gives has to be shown as text. Files are scripts, since a page that is opened from a folder
   may load nothing else; nothing is evaluated, and a policy of script-src 'self' is enough. tokens.py has the same rules
   for what a term is, searchindex.py writes the files. */
"use strict";

(() => {
  const own = document.currentScript && document.currentScript.src;

  /* ---- text as terms: tokens.py, in the same order and under the same names ---- */

  const TOKEN = /[\p{L}\p{N}_]+(?:[-.:/\\@#+]+[\p{L}\p{N}_]+)*/gu;
  const WORD = /[\p{L}\p{N}_]+/gu;
  const PART = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+/g;
  const CJK = /[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]{2,}/g;
  const LONG_SHA = /^(?=[a-f]*[0-9])[0-9a-f]{13,64}$/;
  const MESSAGE = /:\s+(?=\S)/g;
  const NAMED = /[^\p{L}\p{N}_]/u;
  const SHA = /^(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{7,64}$/;
  const MARGIN = /^[\s>|+]*(?:E\s+)?/;
  const STOP = new Set(
    ("a an and are as at be been but by can did do does for from had has have if in into is it its no not of on or so " +
      "that the their then there these they this to was were what when where which while who why will with").split(" "),
  );
  const ASCII = /^[\x00-\x7f]*$/;

  const plain = (text) => (ASCII.test(text) ? text : text.normalize("NFKC"));
  const all = (pattern, text) => text.match(pattern) || [];
  /* Characters, not halves of one, as Python counts. */
  const head = (text, most) => (text.length <= most ? text : [...text].slice(0, most).join(""));
  const kept = (term) => (LONG_SHA.test(term) ? term.slice(0, 12) : head(term, 80));

  function parts(word) {
    if (SHA.test(word)) return [kept(word)];
    if (ASCII.test(word)) return all(PART, word).map((part) => part.toLowerCase());
    return word.split("_").filter(Boolean).map((part) => part.toLowerCase());
  }

  function terms(token) {
    const whole = token.toLowerCase().replaceAll("\\", "/");
    const found = new Set([kept(whole)]);
    const words = all(WORD, token);
    if (words.length > 1) {
      for (const piece of whole.split(":")) {
        found.add(kept(piece));
        const ends = [...piece].flatMap((sign, at) => (sign === "." || sign === "/" ? [at + 1] : []));
        for (const end of ends.slice(-4)) found.add(kept([...piece].slice(end).join("")));
      }
    }
    for (const word of words) {
      found.add(kept(bare(word)));
      for (const part of parts(word)) found.add(kept(part));
      for (const run of all(CJK, word)) for (let at = 0; at + 1 < run.length; at++) found.add(run.slice(at, at + 2));
    }
    return [...found].filter((term) => [...term].length > 1 && !STOP.has(term));
  }

  const bare = (word) => word.toLowerCase().replace(/^_+|_+$/g, "");
  const flow = (text) => all(WORD, text).flatMap(parts);

  function pairs(text) {
    const words = flow(text);
    return [...new Set(words.slice(1).map((word, at) => `${words[at]} ${word}`))];
  }

  const CRC = Array.from({ length: 256 }, (_, at) => {
    let held = at;
    for (let bit = 0; bit < 8; bit++) held = held & 1 ? (held >>> 1) ^ 0xedb88320 : held >>> 1;
    return held >>> 0;
  });

  function checksum(text) {
    let held = 0xffffffff;
    for (const byte of new TextEncoder().encode(text)) held = CRC[(held ^ byte) & 255] ^ (held >>> 8);
    return (held ^ 0xffffffff) >>> 0;
  }

  function keys(line) {
    const text = line.replace(MARGIN, "").toLowerCase();
    const starts = [0, ...[...text.matchAll(MESSAGE)].map((match) => match.index + match[0].length)].slice(0, 4);
    const found = new Set();
    for (const start of starts) {
      const words = all(WORD, text.slice(start)).map((word) => (/[0-9]/.test(word) ? "0" : word));
      if (words.length > 1) found.add(`=${checksum(words.join(" ")).toString(16)}`);
    }
    return [...found];
  }

  /* ---- files ---- */

  const arrived = new Map();

  /* Every file of the index calls this with what it holds. */
  function take(data) {
    arrived.set(document.currentScript.src, data);
  }

  class Files {
    constructor(base) {
      this.base = new URL(base, location.href);
      this.loading = new Map();
    }

    load(name) {
      const url = new URL(`${name}.js`, this.base);
      if (this.version) url.search = `v=${this.version}`;
      if (!this.loading.has(url.href)) this.loading.set(url.href, this.fetched(url.href));
      return this.loading.get(url.href);
    }

    fetched(address) {
      return new Promise((resolve, reject) => {
        const element = document.createElement("script");
        element.charset = "utf-8";
        element.src = address;
        element.onload = () => {
          element.remove();
          resolve(arrived.get(address));
          arrived.delete(address);
        };
        element.onerror = () => {
          element.remove();
          this.loading.delete(address); /* So that the next key press tries again. */
          reject(new Error(`${address} cannot be loaded`));
        };
        document.head.append(element);
      });
    }
  }

  function safe(prefix) {
    const bytes = new TextEncoder().encode(prefix);
    return Array.from(bytes, (byte) => {
      const sign = String.fromCharCode(byte);
      return byte < 128 && /[0-9A-Za-z]/.test(sign) ? sign : `-${byte.toString(16).padStart(2, "0")}`;
    }).join("");
  }

  /* The files of one kind: those whose names are prefixes of what they hold. */
  class Shelf {
    constructor(files, kind, listed) {
      this.files = files;
      this.kind = kind;
      this.open = new Map();
      this.names = new Set();
      let last = "";
      for (const one of listed ? listed.split(",") : []) {
        last = last.slice(0, parseInt(one[0], 36)) + one.slice(1);
        this.names.add(last);
      }
    }

    home(term) {
      for (let most = Math.min(term.length, 24); most >= 0; most--) {
        if (this.names.has(term.slice(0, most))) return term.slice(0, most);
      }
      return null;
    }

    beyond(prefix) {
      return [...this.names].filter((one) => one.length > prefix.length && one.startsWith(prefix));
    }

    async read(prefix) {
      if (prefix === null || this.open.has(prefix)) return;
      const text = await this.files.load(`${this.kind}-${safe(prefix)}`);
      this.open.set(prefix, text.split(","));
    }
  }

  /* ---- postings: a weight, and the steps from number to number in base 26, each ended by a capital ---- */

  function decoded(text) {
    const numbers = [];
    const weights = [];
    let weight = 0;
    let number = 0;
    let step = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code < 58) {
        weight = code - 48;
        number = 0;
      } else if (code > 96) step = step * 26 + code - 97;
      else {
        number += step * 26 + code - 65;
        step = 0;
        numbers.push(number);
        weights.push(weight);
      }
    }
    return { numbers, weights };
  }

  /* Restricted Damerau-Levenshtein distance, or more than `most`. */
  function distance(a, b, most) {
    if (Math.abs(a.length - b.length) > most) return most + 1;
    let before = [];
    let last = Array.from({ length: b.length + 1 }, (_, at) => at);
    for (let i = 1; i <= a.length; i++) {
      const row = [i];
      for (let j = 1; j <= b.length; j++) {
        const cost = a[i - 1] === b[j - 1] ? 0 : 1;
        row[j] = Math.min(row[j - 1] + 1, last[j] + 1, last[j - 1] + cost);
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
          row[j] = Math.min(row[j], before[j - 2] + 1);
        }
      }
      if (Math.min(...row) > most) return most + 1;
      before = last;
      last = row;
    }
    return last[b.length];
  }

  /* ---- from what was typed to what is looked for ---- */

  const TELLING = /(?:Error|Exception|Warning|Fault|Failure|Exit|Interrupt|Group)\b|\b(?:FAILED|ERROR|FATAL|error|fatal|panic)\b/;
  const FRAME = /^\s*(?:File "|at |Traceback \(|[~^\s]+$|[-=_]{5,})/;
  const MOST_LINES = 3;
  const MOST_WORDS = 24;
  const MOST_NAMES = 6;

  /* A pasted failure is looked for by the lines that say what it is, the last first; other text as it is. */
  function told(text) {
    const lines = plain(text).split(/[\r\n]+/).filter((line) => line.trim());
    if (lines.length < 2) return lines;
    const said = lines.slice(-200).filter((line) => !FRAME.test(line));
    const telling = said.filter((line) => TELLING.test(line) && !/^\s{2,}\S/.test(line));
    return (telling.length ? telling : said.length ? said : lines).slice(-MOST_LINES).reverse();
  }

  function asked(text) {
    const lines = told(text);
    const tokens = [...new Set(lines.flatMap((line) => all(TOKEN, line)))].slice(0, MOST_WORDS);
    const words = [...new Set(tokens.flatMap((token) => all(WORD, token)).map(bare))];
    return {
      keys: lines.flatMap((line) => keys(line).map((key, at) => [key, at])),
      /* Names of several words, such as paths, and the words they consist of. */
      names: tokens
        .filter((token) => all(WORD, token).length > 1)
        .map((token) => [kept(token.toLowerCase().replaceAll("\\", "/")), all(WORD, token).map(bare)])
        .slice(0, MOST_NAMES),
      words: words.filter((word) => word.length > 1 && !STOP.has(word)).slice(0, MOST_WORDS),
      written: new Map(tokens.flatMap((token) => all(WORD, token)).map((word) => [bare(word), word])),
      pairs: [...new Set(lines.flatMap(pairs))],
      open: /[\p{L}\p{N}_]$/u.test(text) && lines.length === 1 ? bare((all(WORD, text).pop() || "")) : "",
    };
  }

  /* ---- the engine ---- */

  const MOST_FILES = 8; /* Files of terms that are read in one go. */
  const MOST_PREFIXED = 40;
  const MOST_CLOSE = 3;
  const MOST_SLIPS = 3;
  const LEAST = 0.2; /* Share of the best one's points from which a document is shown. */
  const worth = (weight) => 0.2 + weight / 5;

  class Search {
    constructor(base) {
      this.files = new Files(base);
      this.root = new URL("../../", this.files.base).href;
      this.ready = null;
      this.decoded = new Map();
    }

    /* What comes first: call it when the box gets the focus, and the first answer comes one step sooner. */
    warm() {
      if (!this.ready) {
        this.ready = this.files.load("manifest").then((held) => {
          this.size = held.documents;
          this.files.version = held.version;
          this.common = new Set(held.common);
          this.facets = held.facets;
          this.terms = new Shelf(this.files, "t", held.terms);
          this.starts = new Shelf(this.files, "a", held.starts);
          this.ends = new Shelf(this.files, "z", held.ends);
        });
        this.ready.catch(() => {
          this.ready = null;
        });
      }
      return this.ready;
    }

    /* Everything that holds `text` and has the values of `facets`, the best first; without text the latest first. */
    async query(text, facets = {}, { limit = 10, offset = 0 } = {}) {
      await this.warm();
      const ask = asked(text);
      const empty = !ask.words.length && !ask.pairs.length && !ask.keys.length;
      if (empty && !offset && !Object.values(facets).some((values) => values.length)) {
        const cards = await this.files.load("l");
        if (limit <= cards.length || this.size === cards.length) {
          return { total: this.size, results: this.shown(cards.slice(0, limit), new Map(), ask), ranked: null, facets };
        }
      }
      const [allowed, { ranked, terms: found }] = await Promise.all([
        this.allowed(Object.entries(facets)),
        empty ? this.latest() : this.ranked(ask),
      ]);
      const numbers = ranked.filter(allowed);
      const cards = await Promise.all(
        numbers.slice(offset, offset + limit).map((number) => this.files.load(`c-${number.toString(36)}`)),
      );
      return { total: numbers.length, results: this.shown(cards, found, ask), ranked, facets };
    }

    shown(cards, found, ask) {
      return cards.map((card) => ({ ...card, href: this.address(card), line: line(card, found, ask) }));
    }

    address({ kind, id }) {
      const page = location.pathname;
      let end = "/";
      if (page.endsWith("/index.html") || location.protocol === "file:") end = "/index.html";
      else if (page.endsWith(".html")) end = ".html";
      return `${this.root}records/${kind}s/${encodeURIComponent(id)}${end}`;
    }

    /* -- facets -- */

    async numbers() {
      if (!this.listed) {
        this.listed = decoded(await this.files.load("n")).numbers;
      }
      return this.listed;
    }

    async latest() {
      return { ranked: [...(await this.numbers())].reverse(), terms: new Map() };
    }

    /* The values of a facet, and by number those that a document has. */
    async column(facet) {
      const [numbers, [values, column]] = await Promise.all([
        this.numbers(),
        this.files.load(`f-${facet}`),
      ]);
      const rows = column.split(",");
      const held = new Map();
      numbers.forEach((number, at) => {
        if (rows[at]) held.set(number, rows[at].split(" ").map((one) => values[parseInt(one, 36)]));
      });
      return { values, held };
    }

    /* What has the values of `facets`: several of a facet that has one widen, several of tags or components narrow. */
    async allowed(facets) {
      const fits = await Promise.all(
        facets.filter(([facet, values]) => values.length && this.facets.includes(facet)).map(async ([facet, values]) => {
          const { held } = await this.column(facet);
          const how = facet === "tag" || facet === "component" ? "every" : "some";
          return (number) => values[how]((one) => (held.get(number) || []).includes(one));
        }),
      );
      return (number) => fits.every((fit) => fit(number));
    }

    /* By facet, how often each value occurs in what was found, as the other facets narrow it. */
    async counts({ ranked, facets }) {
      const found = {};
      const among = ranked || (await this.latest()).ranked;
      for (const facet of this.facets) {
        const { values, held } = await this.column(facet);
        const allowed = await this.allowed(Object.entries(facets).filter(([name]) => name !== facet));
        const count = new Map(values.map((value) => [value, 0]));
        for (const number of among.filter(allowed)) {
          for (const value of held.get(number) || []) count.set(value, count.get(value) + 1);
        }
        found[facet] = [...count];
      }
      return found;
    }

    /* -- postings -- */

    async postings(term) {
      if (this.decoded.has(term)) return this.decoded.get(term);
      let text = "";
      if (this.common.has(term)) {
        text = await this.files.load(`x-${safe(term)}`);
      } else {
        const home = this.terms.home(term);
        await this.terms.read(home);
        const lines = home === null ? [] : this.terms.open.get(home);
        text = (lines.find((one) => one.startsWith(`${term};`)) || ";").slice(term.length + 1);
      }
      const found = decoded(text);
      this.decoded.set(term, found);
      return found;
    }

    /* Terms that begin with `prefix`, the shortest first; pairs of words are none. */
    async prefixed(prefix, files = 2) {
      const home = this.terms.home(prefix);
      const names = [home, ...this.terms.beyond(prefix).slice(0, files)].filter((name) => name !== null);
      await Promise.all(names.map((name) => this.terms.read(name)));
      const found = names
        .flatMap((name) => this.terms.open.get(name))
        .filter((one) => one.startsWith(prefix))
        .map((one) => one.slice(0, one.indexOf(";")))
        .concat([...this.common].filter((term) => term.startsWith(prefix)))
        .filter((term) => !term.includes(" ") && term !== prefix);
      return found.sort((a, b) => a.length - b.length || (a < b ? -1 : 1)).slice(0, MOST_PREFIXED);
    }

    /* Words that differ from `word` by a slip or two. One slip leaves the first two letters as they are, or else all from
       the fourth on: so the words that begin alike are looked at, and where none of them is near, those that end alike. */
    async close(word) {
      const most = word.length < 8 ? 1 : 2;
      const near = (words) => words.map((one) => [distance(word, one, most), one]).filter(([far]) => far > 0 && far <= most);
      let found = near(await this.alike(this.starts, word.slice(0, 2)));
      if (!found.some(([far]) => far === 1)) {
        const end = [...word].reverse().slice(0, Math.max(2, Math.min(5, word.length - 3))).join("");
        found = found.concat(near(await this.alike(this.ends, end)));
      }
      const nearest = Math.min(...found.map(([far]) => far));
      return [...new Map(found.filter(([far]) => far === nearest).map((one) => [one[1], one])).values()].sort().slice(0, MOST_CLOSE);
    }

    /* The words on `shelf` that have `prefix`, and others. */
    async alike(shelf, prefix) {
      const names = [shelf.home(prefix), ...shelf.beyond(prefix)].filter((name) => name !== null);
      await Promise.all(names.map((name) => shelf.read(name)));
      return names.flatMap((name) => shelf.open.get(name));
    }

    /* How rare a term is, of `count` documents that hold it. */
    rarity(count) {
      return Math.log(1 + (this.size - count + 0.5) / (count + 0.5));
    }

    /* Points by number of the documents that hold any of `choices`, each a term and its factor; and what was found. */
    async scored(choices, of = "") {
      const points = new Map();
      const terms = new Map();
      const lists = await Promise.all(choices.map(([term]) => this.postings(term)));
      const sizes = lists.map((held) => held.numbers.length);
      const rarity = this.rarity(Math.max(...sizes, 0));
      choices.forEach(([term, factor], at) => {
        const { numbers, weights } = lists[at];
        if (numbers.length) terms.set(term, { worth: rarity * factor, of });
        numbers.forEach((number, place) => {
          const score = worth(weights[place]) * factor;
          if (score > (points.get(number) || 0)) points.set(number, score);
        });
      });
      return { points, terms, rarity: points.size ? rarity : this.rarity(0) };
    }

    /* One word: itself, else what begins with it. */
    async word(word, open) {
      const sha = SHA.test(word);
      const term = kept(word);
      const exact = (await this.postings(term)).numbers.length > 0;
      const choices = exact ? [[term, 1]] : [];
      if (sha) {
        /* An entry may have written fewer digits than were asked for. */
        for (let most = 7; most < term.length; most++) choices.push([term.slice(0, most), 0.9]);
      }
      if (term.length > 2 && (open || !exact)) {
        for (const longer of await this.prefixed(term, open || sha ? 2 : 0)) {
          choices.push([longer, sha ? 1 : 0.3 + (0.6 * term.length) / longer.length]);
        }
      }
      return this.scored(choices, term);
    }

    /* A word that stands nowhere: its parts, else words like it. */
    async slipped(word, written) {
      const pieces = parts(written || word).filter((part) => part.length > 1);
      if (pieces.length > 1) {
        const found = pieces.map(async (part) => {
          const held = await this.word(part, false);
          return held.points.size ? held : this.slipped(part, part);
        });
        return this.together(await Promise.all(found));
      }
      const near = word.length < 4 || /[0-9]/.test(word) ? [] : await this.close(word);
      return this.scored(near.map(([far, one]) => [one, far === 1 ? 0.7 : 0.5]), word);
    }

    /* The parts of one name as one word: the more of them, the better. */
    together(helds) {
      const points = new Map();
      const terms = new Map(helds.flatMap((held) => [...held.terms]));
      for (const held of helds) {
        for (const [number, score] of held.points) points.set(number, (points.get(number) || 0) + (0.7 * score) / helds.length);
      }
      return { points, terms, rarity: Math.max(...helds.map((held) => held.rarity)) };
    }

    /* -- ranking -- */

    /* The words of the query that are worth their files: rare ones; common ones only where there are few others. */
    chosen(words, held) {
      const rare = words.filter((word) => !this.common.has(kept(word)));
      const common = words.filter((word) => this.common.has(kept(word)));
      const files = new Set();
      return [...rare.sort((a, b) => b.length - a.length), ...(rare.length + held < 2 ? common.slice(0, 3) : [])].filter(
        (word) => files.size < MOST_FILES && files.add(this.terms.home(kept(word))),
      );
    }

    /* What names and words of the query were found. A name that stands somewhere as it is needs no look at its words. */
    async units(ask) {
      const names = await Promise.all(ask.names.map(([name]) => this.name(name)));
      const whole = ask.names.filter((_, at) => names[at].exact);
      const told = new Set(whole.flatMap(([, words]) => words));
      const words = this.chosen(ask.words.filter((word) => !told.has(word)), whole.length);
      const found = await Promise.all(words.map((word) => this.word(word, word === ask.open)));
      /* Slips are looked for in the longest words only: each costs two files and more. */
      const lost = found.flatMap((held, at) => (held.points.size ? [] : [at])).slice(0, MOST_SLIPS);
      await Promise.all(
        lost.map(async (at) => {
          found[at] = await this.slipped(words[at], ask.written.get(words[at]));
        }),
      );
      return { words: [...names.filter((held) => held.exact), ...found], parts: names.filter((held) => !held.exact) };
    }

    async ranked(ask) {
      const total = new Map();
      const terms = new Map();
      const add = (number, points) => total.set(number, (total.get(number) || 0) + points);
      const note = (held) =>
        held.terms.forEach((one, term) => {
          if (!terms.has(term) || terms.get(term).worth < one.worth) terms.set(term, one);
        });
      const [lines, { words, parts: begun }] = await Promise.all([
        Promise.all(ask.keys.slice(0, 6).map(async ([key, at]) => [at, await this.postings(key)])),
        this.units(ask),
      ]);
      const covered = new Map();
      const all = words.reduce((sum, held) => sum + held.rarity, 0);
      for (const held of words) {
        note(held);
        for (const [number, score] of held.points) {
          add(number, score * held.rarity);
          covered.set(number, (covered.get(number) || 0) + held.rarity);
        }
      }
      for (const [number, points] of total) total.set(number, points * (0.25 + 0.75 * (covered.get(number) / all) ** 2));
      for (const held of begun) {
        note(held);
        for (const [number, score] of held.points) add(number, 0.8 * score * held.rarity);
      }
      for (const [at, { numbers, weights }] of lines) {
        numbers.forEach((number, place) => add(number, (at ? 15 : 40) * worth(weights[place])));
      }
      for (const pair of this.affordable(ask.pairs, lines.some(([at, held]) => !at && held.numbers.length))) {
        const held = await this.scored([[pair, 1]]);
        for (const [number, score] of held.points) add(number, 0.35 * score * held.rarity);
      }
      const best = Math.max(0, ...total.values());
      const ranked = [...total].filter(([, points]) => points >= best * LEAST);
      ranked.sort((a, b) => b[1] - a[1] || b[0] - a[0]); /* Of equals the latest first. */
      return { ranked: ranked.map(([number]) => number), terms };
    }

    async name(name) {
      const exact = (await this.postings(name)).numbers.length > 0;
      if (exact) return { ...(await this.scored([[name, 1.5]], name)), exact };
      return this.scored((await this.prefixed(name, 1)).map((longer) => [longer, 0.8]), name);
    }

    /* Pairs of words whose files are there already, and a few more where the line itself is not known. */
    affordable(pairs, known) {
      const dull = (pair) => pair.split(" ").filter((word) => STOP.has(word)).length;
      const rare = pairs.filter((pair) => !this.common.has(pair));
      const there = rare.filter((pair) => this.terms.open.has(this.terms.home(pair)));
      const others = rare.filter((pair) => !there.includes(pair));
      others.sort((a, b) => dull(a) - dull(b) || b.length - a.length);
      return [...there, ...(known ? [] : others.slice(0, 3))].slice(0, MOST_WORDS);
    }
  }

  /* ---- the line that shows why something was found ---- */

  const WIDTH = 240;

  function line(card, found, ask) {
    const sought = new Set(ask.keys.map(([key]) => key));
    let best = { points: 0, label: "", text: "", marks: [] };
    card.lines.forEach(([label, text], at) => {
      const marks = [];
      const worths = new Map();
      for (const match of text.matchAll(TOKEN)) mark(match, found, marks, worths);
      let points = [...worths.values()].reduce((sum, value) => sum + value, 0) * (1 - Math.min(at, 30) / 100);
      if (label === "error" && keys(text).some((key) => sought.has(key))) points += 20;
      if (points > best.points) best = { points, label, text, marks };
    });
    if (!best.text && card.lines.length) {
      const [label, text] = card.lines.find(([name]) => name === "summary") || card.lines[0];
      best = { points: 0, label, text, marks: [] };
    }
    return { label: best.label, pieces: pieces(best.text, best.marks) };
  }

  /* Add to `marks` where a token of a line stands that was found, and to `worths` what it is worth, by what was asked. */
  function mark(match, found, marks, worths) {
    const one = (term, from, length) => {
      const { worth: value, of } = found.get(term);
      worths.set(of, Math.max(value, worths.get(of) || 0));
      marks.push([from, from + length]);
    };
    const lower = match[0].toLowerCase().replaceAll("\\", "/");
    for (const term of terms(match[0])) {
      const at = NAMED.test(term) && found.has(term) ? lower.indexOf(term) : -1;
      if (at >= 0) one(term, match.index + at, term.length);
    }
    for (const word of match[0].matchAll(WORD)) {
      for (const term of new Set([kept(bare(word[0])), ...parts(word[0])])) {
        if (found.has(term)) one(term, match.index + word.index, word[0].length);
      }
    }
    marks.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  }

  /* A text, cut to a line around the first mark, as [text, whether it is marked] in turn. */
  function pieces(text, marks) {
    const first = marks.length ? marks[0][0] : 0;
    let from = text.length <= WIDTH ? 0 : Math.max(0, Math.min(first - 60, text.length - WIDTH));
    if (from) from = text.indexOf(" ", from) + 1 || from;
    if (from > first) from = first;
    const to = Math.min(text.length, from + WIDTH);
    const out = from ? [["… ", false]] : [];
    let at = from;
    for (const [start, end] of marks) {
      if (start < at || end > to) continue;
      if (start > at) out.push([text.slice(at, start), false]);
      out.push([text.slice(start, end), true]);
      at = end;
    }
    if (at < to) out.push([text.slice(at, to), false]);
    if (to < text.length) out.push([" …", false]);
    return out;
  }

  const opened = new Map();

  /* The engine for the index at `base`; without it for the one of this site. */
  function open(base) {
    const address = new URL(base || "../../api/search/", base ? location.href : own).href;
    if (!opened.has(address)) opened.set(address, new Search(address));
    return opened.get(address);
  }

  self.causebookSearch = { open, take, text: { TOKEN, keys, pairs, terms } };
})();
