// Small helpers to build the page without markup in strings.

const SVG = "http://www.w3.org/2000/svg";

function filled(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "text") element.textContent = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

export function h(tag, properties, ...children) {
  return filled(document.createElement(tag), properties, children);
}

export function svg(tag, properties, ...children) {
  return filled(document.createElementNS(SVG, tag), properties, children);
}

export function icon(path, size = 16) {
  return svg("svg", { viewBox: `0 0 ${size} ${size}`, "aria-hidden": "true" }, svg("path", { d: path }));
}

/** Set text only where it differs, so that nothing is laid out anew and no selection is lost. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function put(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** A row of buttons of which one is pressed. */
export function segments(label, choices, chosen, choose) {
  const buttons = choices.map(([value, text]) =>
    h("button", { type: "button", "aria-pressed": String(value === chosen), "data-value": value, text,
      onclick: () => choose(value) }));
  return h("div", { class: "segments", role: "group", "aria-label": label }, buttons);
}

export function press(group, value) {
  for (const button of group.children) put(button, "aria-pressed", String(button.dataset.value === String(value)));
}

const MARKS = {
  0: "M3 3h5v5H3z",
  1: "M5.5 .5a5 5 0 1 0 .001 0z",
  2: "M5.5 .5 11 10.5H0z",
  3: "M5.5 1a4.5 4.5 0 1 0 .001 0z",
  4: "M5.5 -.5 11.5 5.5 5.5 11.5 -.5 5.5z",
};

/** The shape that stands for a machine's state, the same in table, legend and map. */
export function mark(state) {
  return svg("svg", { class: `mark s${state}`, viewBox: "0 0 11 11", "aria-hidden": "true" }, svg("path", { d: MARKS[state] }));
}
