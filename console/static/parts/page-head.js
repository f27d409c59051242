// The heading of a page: its name, what it says of itself, and its controls.

import { h } from "../dom.js";

export function pageHead(title, ...rest) {
  return h("div", { class: "page-head" }, h("h1", { text: title }), ...rest);
}

/** A panel of a page with a heading of its own. */
export function section(title, content, { about = null, controls = [], name = "" } = {}) {
  return h("section", { class: `panel ${name}`.trim(), "aria-label": title },
    h("div", { class: "panel-head" }, h("h2", { text: title }), about, h("span", { class: "spring" }), controls), content);
}

/** A choice from a list, with its name in front of it. */
export function chooser(label, choices, chosen, choose) {
  const select = h("select", { "aria-label": label, onchange: () => choose(select.value) },
    choices.map(([value, text]) => h("option", { value, text, selected: value === chosen })));
  return select;
}
