/* What a keyboard and a screen reader need and the themes leave out; it is loaded on every page and shows nothing itself. */
"use strict";

(() => {
  const TOGGLES = { __drawer: "Navigation", __search: "Search" };

  /* The heading over an element, to tell tables apart by name. */
  function over(element) {
    for (let at = element; at; at = at.previousElementSibling) if (/^H[1-6]$/.test(at.tagName)) return at.firstChild.textContent.trim();
    return document.querySelector("h1")?.firstChild.textContent.trim() || "";
  }

  /* A table wider than the page scrolls in a box of its own: keys must get into it. */
  function scrolling(box) {
    const wide = box.scrollWidth > box.clientWidth;
    if (wide === box.hasAttribute("tabindex")) return;
    const given = { tabindex: "0", role: "group", "aria-label": `Table: ${over(box)}` };
    for (const [name, value] of Object.entries(given)) {
      if (wide) box.setAttribute(name, value);
      else box.removeAttribute(name);
    }
  }

  const sizes = new ResizeObserver((entries) => entries.forEach((entry) => scrolling(entry.target)));

  function mend() {
    for (const box of document.querySelectorAll(".md-typeset__scrollwrap")) sizes.observe(box);
    /* The buttons of each block of code are no place to navigate to. */
    for (const nav of document.querySelectorAll("nav.md-code__nav:not([role])")) nav.setAttribute("role", "none");
    for (const dialog of document.querySelectorAll("[role=dialog]:not([aria-label])")) dialog.setAttribute("aria-label", TOGGLES.__search);
    for (const [id, name] of Object.entries(TOGGLES)) {
      const label = document.querySelector(`.md-header label.md-header__button[for=${id}]:not([hidden])`);
      if (label) label.after(button(label, id, name));
    }
  }

  /* A button instead of a label, which no key reaches; it presses the label, and has its `for`, by which the theme lays it out. */
  function button(label, id, name) {
    const made = document.createElement("button");
    const toggle = document.getElementById(id);
    const told = () => made.setAttribute("aria-expanded", String(toggle.checked));
    for (const [key, value] of Object.entries({ type: "button", class: label.className, for: id, "aria-label": name })) made.setAttribute(key, value);
    made.append(label.querySelector("svg").cloneNode(true));
    made.addEventListener("click", () => label.click());
    toggle.addEventListener("change", told);
    told();
    label.hidden = true;
    return made;
  }

  function pressed(event) {
    const drawer = document.getElementById("__drawer");
    if (event.key !== "Escape" || !drawer?.checked) return;
    drawer.click();
    document.querySelector(".md-header button[for=__drawer]")?.focus();
  }

  let due = 0;

  function soon() {
    cancelAnimationFrame(due);
    due = requestAnimationFrame(mend);
  }

  function start() {
    mend();
    addEventListener("keydown", pressed);
    new MutationObserver(soon).observe(document.body, { childList: true, subtree: true });
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
