// What this browser remembers: language and theme.

const listeners = new Set();

export function remembered(name) {
  try { return localStorage.getItem(`hawker.${name}`); } catch { return null; }
}

export function remember(name, value) {
  try { localStorage.setItem(`hawker.${name}`, value); } catch { /* a browser that keeps nothing still works */ }
}

const light = matchMedia("(prefers-color-scheme: light)");

export function applyTheme() {
  document.documentElement.dataset.theme = remembered("theme") ?? (light.matches ? "light" : "dark");
  colours.clear();
  for (const listener of [...listeners]) listener();
}

export function switchTheme() {
  remember("theme", document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  applyTheme();
}

export function onTheme(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const colours = new Map();

/** A colour of the theme, for canvases. */
export function colour(name) {
  if (!colours.has(name)) {
    colours.set(name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
  }
  return colours.get(name);
}

light.addEventListener("change", applyTheme);
