/* From a failure's output to known causes, in the browser: the same answers as `causebook diagnose`, byte for byte.

The modules decode, events, signature, matcher and diagnose of the Python package stand here one after the other, with
their names and their regular expressions as they are written there; Python is the truth, and a test compares both.
As a script of a page it offers `Causebook.diagnose`; as a Worker it loads what is known from beside itself and answers
messages. It loads nothing else and sends nothing anywhere. */
"use strict";

(() => {
  /* ---- Python's strings and regular expressions ---- */

  /* Python's word boundary knows the letters of all scripts, JavaScript's only those of English. */
  const WORD = "[\\p{L}\\p{N}_]";
  const EDGE = `(?:(?<=${WORD})(?!${WORD})|(?<!${WORD})(?=${WORD}))`;
  /* What JavaScript, with the flag u, lets one escape; Python lets one escape any punctuation. */
  const ESCAPABLE = /[\^$\\.*+?()[\]{}|/0-9ntrfvxu]/;
  const QUANTIFIER = /\{[0-9]+(?:,[0-9]*)?\}/y;

  /* A pattern of Python's `re` as JavaScript has to write it: `.` is anything but a line feed, `$` may stand before a
  last one, `\Z` is the very end. */
  function translated(pattern) {
    let out = "";
    let inside = false;
    for (let at = 0; at < pattern.length; at++) {
      const c = pattern[at];
      if (c === "\\") {
        const next = pattern[++at];
        if (!inside && next === "b") out += EDGE;
        else if (!inside && next === "Z") out += "$";
        else out += ESCAPABLE.test(next) || (inside && next === "-") ? `\\${next}` : next;
      } else if (inside) {
        inside = c !== "]";
        out += c;
      } else if (c === "[") {
        inside = true;
        out += c;
      } else if (c === ".") out += "[^\\n]";
      else if (c === "$") out += "(?=\\n?$)";
      else if (c === "]" || c === "}") out += `\\${c}`;
      else if (c === "{") {
        QUANTIFIER.lastIndex = at;
        const found = QUANTIFIER.exec(pattern);
        out += found ? found[0] : "\\{";
        at += found ? found[0].length - 1 : 0;
      } else out += c;
    }
    return out;
  }

  /* A compiled pattern with the methods of Python's; a match knows its end. */
  class Pattern {
    constructor(pattern) {
      this.pattern = pattern;
      const source = translated(pattern);
      this.start = new RegExp(source, "uy");
      this.all = new RegExp(source, "gu");
      this.whole = new RegExp(`^(?:${source})$`, "u");
    }

    /* At the start of the text. */
    match(text) {
      this.start.lastIndex = 0;
      return ended(this.start.exec(text));
    }

    /* Anywhere from `at` on. */
    search(text, at = 0) {
      this.all.lastIndex = at;
      return ended(this.all.exec(text));
    }

    fullmatch(text) {
      return ended(this.whole.exec(text));
    }

    finditer(text) {
      this.all.lastIndex = 0;
      return Array.from(text.matchAll(this.all), ended);
    }

    sub(replace, text) {
      return text.replace(this.all, replace);
    }
  }

  function ended(match) {
    if (match) match.end = match.index + match[0].length;
    return match;
  }

  const re = (pattern) => new Pattern(pattern);
  const raw = String.raw;
  const escaped = (text) => text.replace(/[\^$\\.*+?()[\]{}|/]/g, "\\$&");

  function lstrip(text, chars) {
    let start = 0;
    while (start < text.length && chars.includes(text[start])) start++;
    return text.slice(start);
  }

  function rstrip(text, chars) {
    let end = text.length;
    while (end > 0 && chars.includes(text[end - 1])) end--;
    return text.slice(0, end);
  }

  const strip = (text, chars) => lstrip(rstrip(text, chars), chars);
  const firstLine = (text) => text.split("\n", 1)[0];
  const count = (text, part) => text.split(part).length - 1;
  const has = (object, key) => Object.prototype.hasOwnProperty.call(object, key);

  /* The first characters of a text: whole ones, where JavaScript would count halves of some. */
  function cut(text, most) {
    if (text.length <= most) return text;
    let end = 0;
    for (let n = 0; n < most && end < text.length; n++) end += text.codePointAt(end) > 0xffff ? 2 : 1;
    return text.slice(0, end);
  }

  /* How many characters a text has. */
  function long(text) {
    let pairs = 0;
    for (let at = 0; at < text.length; at++) {
      if (text.codePointAt(at) > 0xffff) {
        pairs++;
        at++;
      }
    }
    return text.length - pairs;
  }

  /* Letters and digits in a text. */
  const alnum = (text) => (text.match(/[\p{L}\p{N}]/gu) || []).length;

  /* ---- decode: raw output -> lines ---- */

  const STAMP = raw`[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?(?: ?Z| ?[+-][0-9]{2}:?[0-9]{2})?`;
  const decode = {
    _ANSI: re(
      raw`\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])|\[(?:[0-9]{1,3};)*[0-9]{0,3}m`,
    ),
    _CONTROL: re(raw`[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]`),
    _WRAPPER: re(
      [
        raw`[^\t]{1,100}\t[^\t]{1,100}\t(?=${STAMP})`,
        raw`${STAMP} [A-Za-z0-9_.-]+\[[A-Za-z0-9_.-]+\]: `,
        raw`\[?${STAMP}\]? ?(?:[0-9]{2}[OE]\+? ?)?`,
        raw`(?:stdout|stderr) [FP] `,
        raw`[A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} [^ ]+ [^ :\[]+(?:\[[0-9]+\])?: `,
        raw`##\[(?:error|warning|debug|notice|group|endgroup|section|command)\]`,
        raw`section_(?:start|end):[0-9]+:[^ ]*`,
        raw`\[ *[0-9]+(?:\.[0-9]+)?s?\] `,
        raw`\[gw[0-9]+\] (?!\[|(?:darwin|linux|win))`,
        raw`[A-Za-z0-9][A-Za-z0-9_.-]{0,40} +\| `,
        raw`[A-Za-z][A-Za-z0-9_.-]{1,40}> (?=[^ ]|  )`,
        raw`\[[A-Za-z][A-Za-z0-9_./-]*-[0-9]+\] `,
        raw`[^\"']{0,90}?(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)[^\"']{0,50}?[:\]|-] ` +
          raw`(?=(?:  )?File \"[^\"]+\", line [0-9]|Traceback \(most recent|Exception ignored in)`,
        raw`[│┃] ?(?=.*[│┃] *$)`,
      ].join("|"),
    ),
    _BOX_END: re(raw` *[│┃] *$`),
    _ESCAPED: re(
      raw`\\n *(?:File \\?\"|Traceback|[A-Za-z_][A-Za-z0-9_.]*(?:Error|Exception)\b)|File \\\"`,
    ),
    _ESCAPE: re(raw`\\[n\"t'\\]`),
    _QUOTE_END: re(raw`[\"'][)}\], ]*$`),
    _COMMENTED: re(raw`# ?(?=Traceback \(most recent call last\):)`),
    _TAG: re(
      raw`<(/?)(failure|error|system-err|system-out|rerunFailure|flakyFailure)\b([^<>]*?)(/?)>|<!\[CDATA\[|\]\]>`,
    ),
    _ENTITY: re(raw`&(?:#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6})|(lt|gt|amp|quot|apos));`),
    _MESSAGE: re(raw`\bmessage=(?:\"([^\"]*)\"|'([^']*)')`),
  };
  const ESCAPES = { "\\n": "\n", '\\"': '"', "\\t": "\t", "\\'": "'", "\\\\": "\\" };
  const JSON_KEYS = ["log", "message", "msg", "event", "exc_info", "exception", "stack_trace", "traceback", "error", "stack"];
  const MOST_ON_A_LINE = 20_000;
  const FEWEST_QUOTED = 3;
  const MOST_WRAPPERS = 12;
  const ENTITIES = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

  function lines(text) {
    const found = [];
    let commented = false;
    const numbers = [];
    const raw = [];
    unxml(text).split("\n").forEach((line, at) => {
      for (const piece of line.split(APART)) {
        raw.push(piece);
        numbers.push(at + 1);
      }
    });
    unquoted(dedented(raw.map(plainLine))).forEach((plain, at) => {
      if (decode._COMMENTED.match(plain)) commented = true;
      else if (commented && !plain.startsWith("#")) commented = false;
      const text = commented ? bare(plain) : plain;
      for (const part of parts(text)) found.push({ text: unwrapped(part), number: numbers[at] });
    });
    return found;
  }

  function bare(text) {
    const mark = text.codePointAt(0) > 0xffff ? 2 : 1;
    return text[mark] === " " ? text.slice(mark + 1) : text.slice(mark);
  }

  /* Lines without the blanks that all of them start with: a block of code in Markdown is indented as a whole. */
  function dedented(texts) {
    let depth = Infinity;
    for (const text of texts) {
      const rest = lstrip(text, " ").length;
      if (rest) depth = Math.min(depth, text.length - rest);
    }
    return depth && depth !== Infinity ? texts.map((text) => text.slice(depth)) : texts;
  }

  function unquoted(texts) {
    if (texts.every((text) => text.startsWith(">") || !strip(text, " "))) return texts.map(bare);
    const out = [...texts];
    let start = 0;
    for (let end = 0; end <= texts.length; end++) {
      if (end < texts.length && texts[end].startsWith(">") && !texts[end].startsWith(">>>")) continue;
      if (end - start >= FEWEST_QUOTED) for (let at = start; at < end; at++) out[at] = bare(texts[at]);
      start = end + 1;
    }
    return out;
  }

  function plainLine(line) {
    let text = cut(line, MOST_ON_A_LINE);
    if (/^[ -ln-~]*$/.test(text)) return text;
    text = rstrip(text, "\r");
    text = text.slice(text.lastIndexOf("\r") + 1);
    return decode._CONTROL.sub("", decode._ANSI.sub("", text));
  }

  function parts(text) {
    if (text.startsWith("{") && /\}[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$/.test(text)) {
      const inner = fromJson(text);
      if (inner.length) return inner;
    }
    if (text.includes("\\") && decode._ESCAPED.search(text)) {
      return decode._QUOTE_END.sub("", decode._ESCAPE.sub((found) => ESCAPES[found], text)).split("\n");
    }
    return [text];
  }

  function fromJson(text) {
    let record;
    try {
      record = JSON.parse(text);
    } catch {
      try {
        /* Python writes and reads these three as numbers. */
        record = JSON.parse(
          text.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (found) => (found[0] === '"' ? found : "null")),
        );
      } catch {
        return [];
      }
    }
    if (record === null || typeof record !== "object" || Array.isArray(record)) return [];
    const held = JSON_KEYS.filter((key) => has(record, key) && typeof record[key] === "string");
    return held.flatMap((key) => rstrip(record[key], "\n").split("\n"));
  }

  function unwrapped(text) {
    for (let round = 0; round < MOST_WRAPPERS; round++) {
      const match = decode._WRAPPER.match(text);
      if (!match) break;
      text = text.slice(match.end);
    }
    return text.includes("│") || text.includes("┃") ? decode._BOX_END.sub("", text) : text;
  }

  const APART = "\x1e"; // stands between the texts of two elements of one line

  function unxml(text) {
    text = text.replaceAll("\r\n", "\n");
    const head = lstrip(cut(text, 400), "\ufeff \t\n");
    if (!head.startsWith("<?xml") && !head.startsWith("<testsuite")) return text;
    const out = [];
    let at = 0;
    let inside = "";
    let cdata = false;
    for (const match of decode._TAG.finditer(text)) {
      const before = text.slice(at, match.index);
      out.push(inside ? (cdata ? before : references(before)) : "\n".repeat(count(before, "\n")));
      at = match.end;
      if (match[2]) out.push(APART);
      if (match[0] === "<![CDATA[") cdata = true;
      else if (match[0] === "]]>") cdata = false;
      else if (match[1]) inside = "";
      else if (match[4]) out.push(said(match[3]));
      else inside = match[2];
    }
    const rest = text.slice(at);
    out.push(inside ? references(rest) : "\n".repeat(count(rest, "\n")));
    return out.join("");
  }

  function said(attributes) {
    const message = decode._MESSAGE.search(attributes);
    return message ? references(message[1] || message[2] || "") : "";
  }

  const references = (text) => decode._ENTITY.sub(reference, text);

  function reference(_, decimal, hex, name) {
    if (name) return ENTITIES[name];
    const code = decimal ? parseInt(decimal, 10) : parseInt(hex, 16);
    const fine = (code > 31 && code < 0xd800) || code === 9 || code === 10 || (code > 0xdfff && code < 0x110000);
    return fine ? String.fromCodePoint(code) : "";
  }

  /* ---- events: lines -> what happened ---- */

  const ID = "[A-Za-z_][A-Za-z0-9_]*";
  const LEVEL = "(?:CRITICAL|ERROR|WARNING|WARN|FATAL|error|warning)";
  const places = {
    FRAMES: [
      raw` *File \"([^\"]+)\", line [0-9]+(?:, in (.+))?$`,
      raw` *File ([^ \"'].*?):[0-9]+(?:, in ([^(]+).*)?$`,
      raw` *(?:Cell )?(In(?:put In)? ?\[[0-9]+\])(?:, (?:line [0-9]+|in (.+)))?(?:$|[ ,:])`,
      raw` *(<ipython-input-[^>]*>) in (.+)$`,
      raw` *((?:~|/|[A-Za-z]:[\\/]|\.)[^ ]*) in ([A-Za-z_<][A-Za-z0-9_<>.]*)\(.*\)?$`,
      raw` *((?:/|[A-Za-z]:\\).+?):[0-9]+ in ([^ ]+)$`,
      raw`([^ :]+\.pyx?):[0-9]+: in (.+)$`,
      raw`([^ :]+\.py) [0-9]+ ([^ ]+)$`,
    ].map(re),
    PLACE: re(raw`((?:[A-Za-z]:)?[^ :]+\.py):[0-9]+: ?(?:${ID})?$`),
    _SITE: re(raw`.*(?:site-packages|dist-packages)/(.*)$`),
    _LIBRARY: re(raw`.*/(?:python[0-9._-]*[a-z]?|Python[0-9._-]*|[Pp]ython[^/]*/[Ll]ib|[Ll]ib)/((?!python).*)$`),
  };
  const events = {
    _HEAD: re(raw`([ |+]*)([^'\"${"`"}]{0,120}?)(Exception Group )?[Tt]raceback \(most recent call last\):?[ ─╮]*$`),
    _EXCEPTION: re(raw`(${ID}(?:\.(?:<locals>|${ID}))*)(?::(?: (.*))?)?$`),
    _WARNING: re(
      raw` *(?:<?[A-Za-z0-9_.][^ :\t]*>?|/[^:]*|[A-Za-z]:\\[^:]*):[0-9]+: ([A-Za-z0-9_.]*Warning)(?:: (.*))?$`,
    ),
    _PYTEST_ERROR: re(raw`E {3,}(.*)$`),
    _PYTEST_LINE: re(raw`(?:[A-Za-z]:)?[^ :]+\.py:[0-9]+: (${ID}(?:\.${ID})*): (.*)$`),
    _SUMMARY: re(
      raw`(?:FAILED|ERROR) [^ ]+(?: .*?)?(?:::[^ ]+| )(?:.*?) - ((?:${ID}\.)*[A-Z][A-Za-z0-9_]*)(?:: (.*))?$`,
    ),
    _LOG: re(
      raw`${LEVEL} {1,5}[A-Za-z0-9_.]+:[A-Za-z0-9_.]+\.py:[0-9]+ (.*)$|${LEVEL}:[A-Za-z0-9_.]+:(.*)$` +
        raw`|${LEVEL} {1,5}\[[^\]]*\]:? (.*)$`,
    ),
    _RECORD: re(raw`.{0,90}?(?:^|[ \[(:|])${LEVEL}(?:/[A-Za-z0-9_-]+)?[\])]?(?:[ :|-]|$)[ :|-]*(.*)$`),
    _LOGGER: re(
      raw`(?:\([^()]*\) *)?` +
        raw`(?:\[[^\]]*\]|[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)+(?::[A-Za-z0-9_<>]+)*(?::[0-9]+)?)(?: *[-:|]+ *| +)`,
    ),
    _HANDLER: re(
      raw`(?:Task was destroyed but it is pending!` +
        raw`|(?:Task|Future|Future/Task|_GatheringFuture) exception was never retrieved` +
        raw`|Unclosed (?:client session|connector|connection|response)` +
        raw`|Executing <.* took [0-9.]+ seconds` +
        raw`|Exception in callback .*` +
        raw`|unhandled exception during asyncio\.run\(\) shutdown` +
        raw`|an error occurred during closing of asynchronous generator .*` +
        raw`|Error on transport creation .*|Fatal (?:read|write) error on .*)$`,
    ),
    _IN_REPR: re(raw`(?:future|task): <.*exception=([A-Za-z_][A-Za-z0-9_]*)\((.*)\)(?: created at .*)?>$`),
    _IGNORED: re(raw`(?:.*: PytestUnraisableExceptionWarning: )?Exception ignored (?:in|on|while)\b`),
    _MEMBER: re(raw`( *(?:\| *)*\+(?:-\+)?)-{4,} [0-9.]+ -{4,}$`),
    _TITLE: re(raw`_{3,} .* _{3,}`),
    _NO_FAIL: re(raw`file |[^ ]+:[0-9]+|${ID} += |\[gw[0-9]+\]|[>E] |[-=_]{3,}|\+ `),
    _RULE: re(raw`[=_\-!]{3,}|[=_-]+ .* [=_-]+$`),
    _CHAINED: re(raw`During handling of the above exception|The above exception was the direct cause`),
    _ENABLE: re(raw`(?:[A-Za-z]*Warning: )?Enable tracemalloc`),
    _SOURCE: re(raw`(?:-+> *[0-9]+| *[0-9]+ | *❱|[ \t])`),
    _ARROW: re(raw`-+> *[0-9]+ `),
    _CUT: re(raw` *(?:\.\.\.|…|<[a-z ]*(?:cut|omitted|snip)[a-z ]*>|\[Previous line repeated|\[\.\.\.\])`),
    _SURE: re(
      raw`(?:Error|Exception|Warning|Group|Interrupt|Exit|Greenlet|Operation|Closed|Refused|Timeout|Cancelled|Failed)$`,
    ),
    _REPR: re(raw`\b(${ID}(?:Error|Exception|Operation|Greenlet|Warning|Failure|Exit))\((['\"])(.*)\2,?\)`),
    _PARENS: re(raw`\b(${ID}(?:Error|Exception|Operation|Greenlet)) \((.*)\)$`),
    CODE: re(
      raw`\b(?:raise|assert|def|return|class|import|lambda|in str)\b|\bmatch=|==|\"\"\"|^ *[#>]|\bprint\(` +
        raw`|\b(?:pytest|log|logger|logging|warnings|self)\.[a-z_]+\(`,
    ),
    _STAMPED: re(
      raw`\[?[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}|(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)[ :]`,
    ),
  };
  const IPYTHON = "IPython:traceback";
  const MOST_LINES = 30;
  const LOST_SOURCE = 80;
  const MOST_FRAMES = 400;
  const RIGHT_AWAY = 2;
  const BLOCK = re(raw`((?:${ID}\.)*[A-Z][A-Za-z0-9_]*)(?:: ?((?:.|\n)*)|$)`);
  const EDGE_OF_GROUP = re(raw`((?: *\|)*) *`);
  const FRAME_STARTS = "FCI<~/.abcdefghijklmnopqrstuvwxyzABDEGHJKLMNOPQRSTUVWXYZ_";

  function event(origin, type, message, line, { frames = [], header = "", chain = 0 } = {}) {
    return { origin, type, message, line, frames, header, chain };
  }

  const told = (event) =>
    event.type && event.message ? `${event.type}: ${event.message}` : event.type || event.message;

  function readLines(lines, loose) {
    const found = [];
    for (const one of new Reader(lines, loose).events()) {
      const last = found[found.length - 1];
      if (!last || !same(last, one)) found.push(one);
      else if (!last.frames.length) {
        const { frames, chain } = one;
        found[found.length - 1] = { ...last, frames, header: last.header || one.header, chain };
      }
    }
    return found;
  }

  function same(last, one) {
    const said = one.type === last.type && one.message === last.message && Boolean(one.type || one.message);
    const again = last.origin === "handler" && one.origin === "exception";
    return said && (again || (one.origin === last.origin && one.line - last.line <= RIGHT_AWAY));
  }

  class Reader {
    constructor(lines, loose) {
      this.lines = lines;
      this.loose = loose;
      this.at = 0;
      this.header = "";
      this.headerAt = 0;
      this.chain = 0;
      this.chained = false;
      this.found = [];
    }

    events() {
      while (this.at < this.lines.length) {
        const start = this.at;
        this.at += 1;
        this.line(this.lines[start].text, start);
      }
      this.ignored();
      return this.found;
    }

    line(line, start) {
      let match;
      if ((match = events._HEAD.match(line))) this.head(match);
      else if ((match = events._PYTEST_ERROR.match(line))) this.found.push(this.pytest(match[1], start));
      else if ((match = events._MEMBER.match(line))) {
        this.chained = true;
        this.bareMember(match[1]);
      } else if (events._TITLE.fullmatch(line)) {
        this.chained = false;
        this.failed();
      } else if (events._IGNORED.match(strip(line, " "))) {
        this.ignored();
        this.header = strip(line, " ");
        this.headerAt = start;
      } else if (events._CHAINED.search(line)) this.chained = true;
      else if (!places.FRAMES[6].match(line) && Reader.frame(line)) {
        this.at = start;
        this.traceback(box(line), !line.startsWith(" ") && !line.startsWith("|"));
      } else if (line) this.single(line, start);
    }

    ignored() {
      if (events._IGNORED.match(this.header)) {
        this.found.push(event("unraisable", "", "", this.number(this.headerAt), { header: this.header }));
      }
      this.header = "";
    }

    number(at) {
      return this.lines.length ? this.lines[Math.min(at, this.lines.length - 1)].number : 1;
    }

    link() {
      if (!this.chained) this.chain += 1;
      this.chained = false;
      return this.chain;
    }

    head(head) {
      const prefix = strip(head[2], " :╭─");
      if (prefix && !events._IGNORED.match(this.header)) this.header = prefix;
      this.traceback(head[1]);
    }

    traceback(box, lost = false) {
      const edge = box.replaceAll("+", "|");
      const frames = [];
      let source = 0;
      let unread = 0;
      let line;
      while (this.at < this.lines.length && (line = this.inside(edge)) !== null) {
        const frame = Reader.frame(line);
        let found;
        if (frame) {
          if (frames.length < MOST_FRAMES) frames.push(frame);
          lost = lost || !line.startsWith(" ");
          source = line.startsWith(" ") ? 0 : 2;
        } else if (!line || events._SOURCE.match(line) || events._CUT.match(line)) {
          if (events._ARROW.match(line) && !frames.includes(IPYTHON)) frames.push(IPYTHON);
        } else if ((found = this.end(edge, line, frames, source !== 2)) !== null) {
          this.found.push(found);
          return;
        } else if (
          events._HEAD.match(line) ||
          ends(line) ||
          events._PYTEST_ERROR.match(line) ||
          (!lost && !source) ||
          unread > LOST_SOURCE
        ) {
          break;
        } else unread += 1;
        if (!frame) source = Math.max(0, source - 1);
        this.at += 1;
      }
      if (!events._IGNORED.match(this.header)) this.header = "";
    }

    end(edge, line, frames, sure) {
      const match = events._EXCEPTION.match(line);
      if (!match || !(sure || (match[2] !== undefined && events._SURE.search(match[1])))) return null;
      if (!typeLike(match[1], match[2] !== undefined)) return null;
      const number = this.number(this.at);
      this.at += 1;
      const message = [match[2] || ""];
      let more;
      while (message.length < MOST_LINES && (more = this.inside(edge)) && !ends(more)) {
        message.push(more);
        this.at += 1;
      }
      if (message.length === 1 && !message[0] && line.endsWith(":")) {
        this.skipBlank();
        if ((more = this.inside(edge)) && !ends(more) && !events._EXCEPTION.match(more)) {
          message.push(more);
          this.at += 1;
        }
      }
      const origin = events._IGNORED.match(this.header) ? "unraisable" : "exception";
      const header = this.header;
      this.header = "";
      const text = strip(message.join("\n"), " \n");
      return event(origin, lastName(match[1]), text, number, { frames, header, chain: this.link() });
    }

    skipBlank() {
      if (this.at + 1 < this.lines.length && !strip(this.lines[this.at].text, " ")) this.at += 1;
    }

    bareMember(box) {
      const rest = this.inside(`${" ".repeat(box.length - 1)}| `);
      const match = rest && !events._HEAD.match(this.lines[this.at].text) ? events._EXCEPTION.match(rest) : null;
      if (!match) return;
      this.at += 1;
      const number = this.number(this.at - 1);
      this.found.push(event("exception", lastName(match[1]), match[2] || "", number, { chain: this.link() }));
    }

    failed() {
      const line = this.inside("") || "";
      if (!line || line[0] === " " || line[0] === "\t" || events._HEAD.match(line) || events._NO_FAIL.match(line)) return;
      const start = this.at;
      const message = [];
      let more;
      while (message.length < MOST_LINES && (more = this.inside("")) && !ends(more)) {
        message.push(more);
        this.at += 1;
      }
      this.found.push(event("exception", "Failed", message.join("\n"), this.number(start), { chain: this.link() }));
    }

    inside(edge) {
      if (this.at >= this.lines.length) return null;
      const line = this.lines[this.at].text;
      if (line.startsWith(edge)) return line.slice(edge.length);
      return strip(line, " |") ? null : "";
    }

    static frame(line) {
      const plain = lstrip(line, " |");
      if (!plain || !FRAME_STARTS.includes(plain[0])) return "";
      for (const pattern of places.FRAMES) {
        const match = pattern.match(plain);
        if (match) return `${tail(match[1])}:${plainName(match[2] || "")}`;
      }
      return "";
    }

    pytest(first, start) {
      const block = [first];
      let more;
      while (this.at < this.lines.length && (more = events._PYTEST_ERROR.match(this.lines[this.at].text))) {
        block.push(more[1]);
        this.at += 1;
      }
      const text = block.slice(0, MOST_LINES).join("\n");
      const match = BLOCK.match(text);
      const number = this.number(start);
      const place = { frames: this.around(start), chain: this.link() };
      if (match && (first.includes(":") || !match[2])) {
        return event("exception", lastName(match[1]), strip(match[2] || "", " \n"), number, place);
      }
      return event("exception", first.startsWith("assert ") ? "AssertionError" : "", strip(text, " \n"), number, place);
    }

    around(start) {
      let found = [];
      let match;
      for (let at = Math.max(0, start - 120); at < start; at++) {
        const line = this.lines[at].text;
        if (events._TITLE.fullmatch(line) || line.startsWith("E  ")) found = [];
        else if ((match = places.PLACE.match(line))) found.push(`${tail(match[1])}:`);
        else if ((match = places.FRAMES[6].match(line))) found.push(`${tail(match[1])}:${match[2]}`);
      }
      for (let at = this.at; at < Math.min(this.lines.length, this.at + 3); at++) {
        if ((match = places.PLACE.match(this.lines[at].text))) found.push(`${tail(match[1])}:`);
      }
      return found;
    }

    single(line, start) {
      const number = this.number(start);
      let match = events._WARNING.match(line);
      if (match) {
        this.found.push(event("warning", lastName(match[1]), match[2] || "", number));
        return;
      }
      const [text, log] = record(line);
      if (events._HANDLER.match(text)) {
        this.header = text;
        this.headerAt = start;
        this.found.push(event("handler", "", text, number));
      } else if ((match = events._IN_REPR.match(text))) {
        this.found.push(event("handler", match[1], plain(match[2]), number));
      } else if (log && (match = events._LOG.match(line))) {
        this.found.push(event("log", "", match[1] || match[2] || match[3] || "", number));
      } else if ((match = events._PYTEST_LINE.match(line)) && typeLike(match[1], true)) {
        this.found.push(event("text", lastName(match[1]), match[2], number));
      } else if (
        (line.startsWith("FAILED ") || line.startsWith("ERROR ")) &&
        (match = events._SUMMARY.match(line))
      ) {
        this.found.push(event("summary", lastName(match[1]), match[2] || "", number));
      } else this.text(line, text, start);
    }

    text(line, text, start) {
      const number = this.number(start);
      let match = events._EXCEPTION.match(lstrip(text, " |"));
      if (match && match[2] !== undefined && typeLike(match[1], true) && !rstrip(match[1], ".").includes(".")) {
        match = events._SURE.search(match[1]) ? match : null;
      }
      if (
        match &&
        (events._SURE.search(match[1]) || match[1].includes(".")) &&
        typeLike(match[1], match[2] !== undefined)
      ) {
        let message = match[2] || "";
        if (!message && text.endsWith(":")) message = this.next() || message;
        if (message || text.includes(":")) {
          const follow = this.inside("") || "";
          const whole = follow && !ends(follow) && !Reader.frame(follow) ? `${message}\n${follow}` : message;
          this.found.push(event("text", lastName(match[1]), whole, number));
          return;
        }
      }
      if (events.CODE.search(line)) return;
      if ((match = events._REPR.search(text))) {
        this.found.push(event("text", match[1], plain(match[2] + match[3] + match[2]), number));
      } else if ((match = events._PARENS.search(text))) {
        this.found.push(event("text", match[1], match[2], number));
      }
      if (this.loose(text)) this.found.push(event("log", "", strip(text, " |"), number));
    }

    next() {
      for (let at = this.at; at < Math.min(this.at + 2, this.lines.length); at++) {
        const text = strip(this.lines[at].text, " |");
        if (text) return text;
      }
      return "";
    }
  }

  function box(line) {
    const match = EDGE_OF_GROUP.match(line);
    return match && match[1].includes("|") ? `${match[1]} ` : "";
  }

  function record(line) {
    const log = events._LOG.match(line);
    if (log) return [log[1] || log[2] || log[3] || "", true];
    const plain = strip(line, " ");
    const match = events._RECORD.match(plain);
    if (!match) return [plain, false];
    let text = match[1];
    let logger;
    while ((logger = events._LOGGER.match(text))) text = text.slice(logger.end);
    return [text, false];
  }

  const ENDING = [
    ...["_HEAD", "_CHAINED", "_ENABLE", "_RULE", "_WARNING", "_HANDLER", "_IGNORED", "_LOG", "_IN_REPR"],
    ...["_PYTEST_ERROR", "_STAMPED"],
  ];
  const ends = (line) => ENDING.some((name) => events[name].match(line));

  function typeLike(name, told) {
    const last = lstrip(lastName(name), "_");
    return /^[A-Z]/.test(last) || (name.includes(".") && told) || ["timeout", "error", "gaierror", "herror"].includes(last);
  }

  const lastName = (name) => name.slice(name.lastIndexOf(".") + 1);
  const plainName = (text) => strip(text.split("(", 1)[0], " ");

  function tail(path) {
    const plain = path.replaceAll("\\\\", "/").replaceAll("\\", "/");
    const match = places._SITE.match(plain) || places._LIBRARY.match(plain);
    return match ? match[1] : lstrip(plain.split("/").slice(-3).join("/"), "/");
  }

  const SEVERAL = { "'": re(raw`(?:^|[^\\])(?:\\\\)*'`), '"': re(raw`(?:^|[^\\])(?:\\\\)*"`) };
  const IN_STRING = re(raw`\\(['\"\\nt])`);

  function plain(text) {
    if (text.length < 2 || !has(SEVERAL, text[0]) || text[text.length - 1] !== text[0]) return text;
    const inner = text.slice(1, -1);
    if (SEVERAL[text[0]].search(inner)) return text;
    return IN_STRING.sub((_, c) => (c === "n" ? "\n" : c === "t" ? "\t" : c), inner);
  }

  /* ---- signature: templates of messages ---- */

  const GAPS = {
    int: raw`-?[0-9]+`,
    hex: raw`(?:0x)?[0-9A-Fa-f]+`,
    quoted: raw`(?:'[^'\n]*'|\"[^\"\n]*\")`,
    ident: raw`[A-Za-z_][A-Za-z0-9_]*`,
    path: raw`[^ \t\n'\"<>]+`,
    dotted: raw`[A-Za-z_][A-Za-z0-9_.<>]*`,
  };
  const MAX_MESSAGE = 8192;
  const signature = { _TOKEN: re(raw`\{\{|\}\}|\{([a-z]*)\}|\(([^()|]*(?:\|[^()|]*)+)\)|[{}]`) };
  const LITERALS = re(raw`\{\{|\}\}|\{[a-z]*\}|\([^()]*\)`);
  const UNSURE = ["summary", "text", "log"];

  class Template {
    constructor(text) {
      this.text = text;
      this.compiled = null;
      const token = signature._TOKEN.search(text);
      this.start = token ? text.slice(0, token.index) : text;
      this.anchor = "";
      for (const part of text.split(LITERALS.all)) if (long(part) > long(this.anchor)) this.anchor = part;
      this.weight = alnum(signature._TOKEN.sub((_, gap, choice) => (choice ? choice.split("|")[0] : ""), text));
    }

    /* Compiled when it is needed: what lacks the longest literal text needs no regular expression. */
    get patterns() {
      if (this.compiled) return this.compiled;
      const pieces = this.pieces();
      const last = pieces.length - 1;
      const [first, ...others] = pieces.map((piece, n) => re(`(?:${piece})${n === last ? "\\Z" : ""}`));
      this.compiled = { first, others, loose: pieces.filter((piece) => piece).map(re) };
      return this.compiled;
    }

    pieces() {
      const pieces = [""];
      let at = 0;
      const add = (more) => (pieces[pieces.length - 1] += more);
      for (const match of signature._TOKEN.finditer(this.text)) {
        add(escaped(this.text.slice(at, match.index)));
        at = match.end;
        if (match[1] === "any") pieces.push("");
        else if (match[1]) add(GAPS[match[1]]);
        else if (match[2]) add(`(?:${match[2].split("|").map(escaped).join("|")})`);
        else add(escaped(match[0][0]));
      }
      add(escaped(this.text.slice(at)));
      return pieces;
    }

    get shown() {
      const text = signature._TOKEN.sub(
        (all, gap, choice) => (gap ? "…" : (choice || all[0]).split("|")[0]),
        this.text,
      );
      return text.replaceAll("……", "…");
    }

    matches(message) {
      message = cut(message, MAX_MESSAGE);
      if (!message.includes(this.anchor)) return false;
      return this.fits(message) || (message.includes("\n") && this.fits(firstLine(message)));
    }

    fits(message) {
      const { first, others } = this.patterns;
      let found = first.match(message);
      for (const pattern of others) {
        if (!found) return false;
        found = pattern.search(message, found.end);
      }
      return Boolean(found);
    }

    foundIn(text) {
      if (!text.includes(this.anchor)) return false;
      let at = 0;
      for (const pattern of this.patterns.loose) {
        const found = pattern.search(text, at);
        if (!found) return false;
        at = found.end;
      }
      return true;
    }
  }

  class Signature {
    constructor(data) {
      this.message = data.message ? new Template(data.message) : null;
      this.type = data.type || "";
      this.origins = data.origin || [];
      this.headers = templates(data.header);
      this.frames = templates(data.frame);
      this.aside = Boolean(data.aside);
      this.alone = Boolean(data.alone);
    }

    fits(event) {
      if (this.type && this.type !== event.type) return false;
      if (this.message && !this.message.matches(event.message)) return false;
      if (this.headers.length && !this.headers.some((template) => template.foundIn(event.header))) return false;
      return !this.frames.length || this.frames.some((t) => event.frames.some((frame) => t.foundIn(frame)));
    }

    /* Whether a line without a traceback can show it. */
    get mayBeQuoted() {
      const sure = ["exception", "warning", "handler"];
      return (
        !this.headers.length &&
        !this.frames.length &&
        (!this.origins.length || this.origins.some((origin) => sure.includes(origin)))
      );
    }
  }

  const templates = (texts) => (texts || []).map((text) => new Template(text));

  /* ---- matcher: events -> causes ---- */

  const TIER = { exception: 97, handler: 95, warning: 95, unraisable: 90, summary: 85, text: 82, log: 66 };
  const JOINED = 58;
  const SUPPORT = 2;
  const REFUTE = 25;
  const CUT = 30;
  const SHORT = 4;
  const CERTAIN = 90;
  const LIKELY = 75;
  const POSSIBLE = 50;
  const MOST_EVIDENCE = 5;
  const MOST_JOINED = 20_000;
  const FEWEST_JOINED = 24;
  const matcher = { _STARTS: re(raw`(?:: |\] | - |\| |\(|'|\"|> |^)`) };
  const CLOSING = re(raw`(.*?)['\")](?:[ ,)\]}>]|$)`);
  const AT_END = re(raw`  +[A-Za-z_]+\.py:[0-9]+$`);
  const LEVELS = re(raw`^(?:(?:\[[a-z ]+\] *)+|(?:DEBUG|INFO|WARNING|ERROR|CRITICAL) +)+`);

  class Clause {
    constructor(data) {
      this.frames = templates(data.frame);
      this.texts = templates(data.text);
    }

    holds(report) {
      return (
        this.frames.some((template) => report.frames.some((frame) => template.foundIn(frame))) ||
        this.texts.some((template) => report.texts.some((line) => template.foundIn(line)))
      );
    }

    get shown() {
      return [...this.frames.map((t) => `a frame ${t.shown}`), ...this.texts.map((t) => `the text ${t.shown}`)].join(" or ");
    }
  }

  class Cause {
    constructor(data) {
      this.data = data;
      this.id = data.id;
      this.title = data.title;
      this.consequence = Boolean(data.consequence);
      this.cascades = data.cascades || [];
      this.signatures = data.signatures.map((one) => new Signature(one));
      for (const name of ["require", "support", "refute"]) this[name] = (data[name] || []).map((one) => new Clause(one));
    }
  }

  class Matcher {
    constructor(causes) {
      this.causes = new Map();
      for (const data of causes) if (!this.causes.has(data.id)) this.causes.set(data.id, new Cause(data));
      const marks = new Set();
      for (const cause of this.causes.values()) {
        for (const one of cause.signatures) {
          if (one.message) marks.add(one.message.anchor);
          else if (!one.headers.length) marks.add(one.type);
          else for (const template of one.headers) if (template.anchor) marks.add(template.anchor);
        }
      }
      const all = [...marks].filter((mark) => mark);
      this.saysSomething = (line) => all.some((mark) => line.includes(mark));
    }

    read(text) {
      const held = lines(text);
      const events = readLines(held, this.saysSomething);
      const frames = new Set(events.flatMap((one) => [...one.frames, one.header]).filter((frame) => frame));
      return { events, lines: held, frames: [...frames], texts: [...new Set(held.map((line) => line.text))] };
    }

    matches(report) {
      let found = new Map();
      for (const one of report.events) {
        for (const cause of this.causes.values()) {
          const [best, signature] = bestOf(cause, one);
          if (best) add(found, cause, one, best, signature);
        }
      }
      if (!found.size) found = this.overLines(report);
      return ranked(folded([...found.values()].filter((match) => weigh(match, report))));
    }

    overLines(report) {
      const judged = new Set(report.events.filter((one) => one.type).map((one) => one.line));
      const [whole, starts] = joined(report.lines.filter((line) => !judged.has(line.number)));
      const found = new Map();
      for (const cause of this.causes.values()) {
        for (const signature of cause.signatures) {
          const template = signature.message;
          if (!template || template.weight < FEWEST_JOINED || !signature.mayBeQuoted) continue;
          const at = whole.indexOf(template.anchor);
          if (at < 0 || !template.foundIn(whole)) continue;
          const line = starts.findLast(([start]) => start <= at)[1];
          add(found, cause, event("log", "", cut(whole.slice(at), 200), line), JOINED, signature);
        }
      }
      return found;
    }
  }

  /* The most points that a signature of the cause gives, and which: one that counts without others goes first. */
  function bestOf(cause, one) {
    let best = [-1, 0, 0];
    let held = null;
    for (const signature of cause.signatures) {
      const order = [points(signature, one), Number(!signature.aside), Number(signature.alone)];
      const step = order.findIndex((value, at) => value !== best[at]);
      if (step >= 0 && order[step] > best[step]) [best, held] = [order, signature];
    }
    return [Math.max(0, best[0]), held];
  }

  function add(found, cause, one, points, signature) {
    if (!found.has(cause.id)) {
      const lists = { evidence: [], folded: [], support: [], refute: [] };
      found.set(cause.id, { cause, points: 0, counts: new Map(), chains: new Set(), aside: true, alone: false, ...lists });
    }
    const match = found.get(cause.id);
    match.aside = match.aside && signature.aside;
    match.alone = match.alone || signature.alone;
    match.points = Math.max(match.points, points);
    match.counts.set(one.origin, (match.counts.get(one.origin) || 0) + 1);
    match.chains.add(one.chain);
    if (match.evidence.length < MOST_EVIDENCE) {
      const text = firstLine(one.type || one.message ? told(one) : one.header);
      match.evidence.push({ line: one.line, origin: one.origin, text: cut(text, 400) });
    }
  }

  /* How often it happened; what a summary or a log says of failures that are shown as well is not counted. */
  function countOf({ counts }) {
    let sure = 0;
    for (const [origin, times] of counts) if (!UNSURE.includes(origin)) sure += times;
    return sure || Math.max(...counts.values());
  }

  function weigh(match, report) {
    const cause = match.cause;
    const met = cause.require.some((clause) => clause.holds(report));
    if (cause.require.length && !met && !match.alone) return false;
    match.support = cause.support.filter((clause) => clause.holds(report)).map((clause) => clause.shown);
    match.refute = cause.refute.filter((clause) => clause.holds(report)).map((clause) => clause.shown);
    const more = SUPPORT * (match.support.length + Number(met));
    match.points = Math.max(1, Math.min(99, match.points + more - REFUTE * match.refute.length));
    return match.points >= POSSIBLE;
  }

  const confidence = (points) => (points >= CERTAIN ? "certain" : points >= LIKELY ? "likely" : "possible");

  function points(signature, one) {
    const elsewhere = signature.origins.length > 0 && !signature.origins.includes(one.origin);
    if (elsewhere && (!UNSURE.includes(one.origin) || !signature.mayBeQuoted)) return 0;
    const fits =
      one.origin === "log"
        ? signature.message && !signature.headers.length && !signature.frames.length && saidIn(signature.message, one.message)
        : signature.fits(one);
    if (!fits) return cutOff(signature, one);
    return TIER[one.origin] - (signature.message && signature.message.weight < 12 ? SHORT : 0);
  }

  function cutOff(signature, one) {
    const template = signature.message;
    const ends = one.message.endsWith("...") || one.message.endsWith("…");
    if (!template || !ends || (signature.type && signature.type !== one.type)) return 0;
    const said = rstrip(one.message, ".…");
    const start = template.start;
    const both = said.startsWith(start) ? start : start.startsWith(said) ? said : "";
    return alnum(both) >= 12 ? TIER[one.origin] - CUT : 0;
  }

  function saidIn(template, text) {
    if (!template.foundIn(text)) return false;
    for (const match of matcher._STARTS.finditer(cut(text, 400))) {
      const rest = text.slice(match.end);
      if (template.matches(rest) || template.matches(rstrip(rest, ")'\"., ;!"))) return true;
      const closing = CLOSING.match(rest);
      if (closing && template.matches(closing[1])) return true;
    }
    return false;
  }

  function joined(lines) {
    const parts = [];
    /* Places are counted as JavaScript counts; only the limit is of whole characters. */
    const starts = [[0, 1]];
    let at = 0;
    let length = 0;
    for (const line of lines) {
      let text = strip(AT_END.sub("", line.text), " │|");
      text = strip(LEVELS.sub("", text), " ");
      if (!text || events.CODE.search(line.text)) continue;
      starts.push([at, line.number]);
      parts.push(text);
      at += text.length + 1;
      length += long(text) + 1;
      if (length > MOST_JOINED) break;
    }
    return [parts.join(" "), starts];
  }

  const firstOf = (match) => match.evidence[0].line;

  function folded(held) {
    const byId = new Map(held.map((match) => [match.cause.id, match]));
    const gone = new Set();
    for (const match of [...held].sort((a, b) => firstOf(a) - firstOf(b))) {
      for (const name of match.cause.cascades) {
        const other = byId.get(name);
        if (!other || gone.has(name) || gone.has(match.cause.id)) continue;
        const shared = [...match.chains].some((chain) => chain !== 0 && other.chains.has(chain));
        if (shared || firstOf(match) <= firstOf(other)) {
          match.folded.push(name);
          gone.add(name);
        }
      }
    }
    return held.filter((match) => !gone.has(match.cause.id));
  }

  function ranked(held) {
    const later = (match) => Number(match.cause.consequence || match.aside);
    const order = (a, b) => (a < b ? -1 : Number(a > b));
    return [...held].sort(
      (a, b) =>
        later(a) - later(b) ||
        b.points - a.points ||
        firstOf(a) - firstOf(b) ||
        order(a.cause.id, b.cause.id),
    );
  }

  /* ---- diagnose: the answer as plain data ---- */

  const MOST_INCIDENTS = 5;
  const MOST_UNKNOWN = 5;
  const MOST_TOLD = 300;

  function answer(matcher, incidents, text, name) {
    const report = matcher.read(text);
    const found = matcher.matches(report);
    const matches = withoutDoubles(found);
    const told = matches.map((match) => toldOf(match, matches, found, incidents));
    return {
      input: name,
      known: told.length > 0,
      matches: told,
      unknown: unknown(report, matches),
      events: report.events.length,
    };
  }

  const linesOf = (match) => new Set(match.evidence.map((one) => one.line));
  const onOneOf = (match, lines) => match.evidence.some((one) => lines.has(one.line));

  /* An incident whose playbook fits as well, or that only quotes the same error, is told with the playbook. */
  function withoutDoubles(matches) {
    const playbooks = new Set(matches.flatMap((match) => [match.cause.id, ...match.folded]));
    const own = matches.filter(({ cause }) => !cause.data.incident);
    const lines = new Set(own.flatMap((match) => [...linesOf(match)]));
    return matches.filter(
      (match) =>
        !playbooks.has(match.cause.data.playbook) && !(match.cause.data.remembered && onOneOf(match, lines)),
    );
  }

  function toldOf(match, matches, every, incidents) {
    const { cause } = match;
    const incident = Boolean(cause.data.incident);
    const lines = linesOf(match);
    const pastOf = ({ cause }) => (has(incidents, cause.id) ? incidents[cause.id] : []);
    const others = every.filter((other) => !matches.includes(other) && onOneOf(other, lines)).flatMap(pastOf);
    const ids = new Set(others.map((one) => one.id));
    const found = [...others, ...pastOf(match).filter((one) => !ids.has(one.id))];
    const data = {
      playbook: incident ? cause.data.playbook || null : cause.id,
      title: cause.title,
      score: match.points / 100,
      confidence: confidence(match.points),
      count: countOf(match),
      evidence: match.evidence.map((one) => ({ ...one, text: cut(one.text, MOST_TOLD) })),
      fix: [...(cause.data.fix || [])],
      incidents: found.slice(0, MOST_INCIDENTS),
    };
    if (incident) data.incident = cause.id;
    if (match.support.length) data.support = match.support;
    if (match.folded.length) data.follows = match.folded;
    const tell = near(match, matches);
    if (tell.length) data.tell = tell;
    return data;
  }

  function near(match, matches) {
    const lines = linesOf(match);
    const others = matches.filter((other) => other !== match && onOneOf(other, lines));
    return others.map(({ cause }) => ({ playbook: cause.id, when: String(cause.data.when || "") }));
  }

  function unknown(report, matches) {
    const chains = new Set(matches.flatMap((match) => [...match.chains]).filter((chain) => chain !== 0));
    const found = new Map();
    for (const one of report.events) {
      if (one.origin !== "exception" || chains.has(one.chain) || !one.type) continue;
      const text = cut(firstLine(told(one)), MOST_TOLD);
      if (!found.has(text)) found.set(text, { line: one.line, text });
    }
    return [...found.values()].slice(-MOST_UNKNOWN);
  }

  /* ---- what is offered ---- */

  const compiled = new WeakMap();

  /* What is `known` of the output `text`, as plain data: the same as `causebook diagnose --format json` says. */
  function diagnose(text, known, name = "-") {
    if (!compiled.has(known)) compiled.set(known, new Matcher(known.causes));
    return answer(compiled.get(known), known.incidents, text, name);
  }

  /* Titles by id, for showing the causes that an answer only names, and whether each is an incident. */
  function names(known) {
    return Object.fromEntries(known.causes.map((one) => [one.id, { title: one.title, incident: Boolean(one.incident) }]));
  }

  /* The regular expressions by their names in Python, and other words and numbers that a test compares. */
  const patterns = { ...TIER };
  for (const [name, gap] of Object.entries(GAPS)) patterns[`signature.${name}`] = gap;
  for (const [module, held] of Object.entries({ decode, places, events, signature, matcher })) {
    for (const [name, one] of Object.entries(held)) {
      patterns[`${module}.${name}`] = Array.isArray(one) ? one.map((each) => each.pattern) : one.pattern;
    }
  }

  self.Causebook = { diagnose, names, patterns };

  if (typeof WorkerGlobalScope !== "undefined" && self instanceof WorkerGlobalScope) {
    importScripts("causebook-signatures.js");
    self.onmessage = ({ data }) => {
      const known = self.CAUSEBOOK_KNOWN;
      self.postMessage({ answer: diagnose(data.text, known, data.name), names: names(known) });
    };
  }
})();
