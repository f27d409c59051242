// `/`: find a machine, store, product, van or site by name or number, and go there.

import { h, put } from "./dom.js";
import { named, t } from "./i18n.js";
import { may } from "./me.js";
import { Panel } from "./panel.js";
import { PAGES, address, go } from "./router.js";
import { fleetOrder, state, stateWord } from "./store.js";

const EACH_MAX = 6;

export const matches = (thing, wanted) =>
  thing.id.toLowerCase().includes(wanted) || thing.names.some((name) => name.toLowerCase().includes(wanted));

/** What fits the words, by kind: [heading key, [{id, words, path}]]. */
export function found(wanted) {
  const pick = (things, permission, made) => (may(permission) ? things.slice(0, EACH_MAX).map(made) : []);
  const machines = state.machines.filter((machine) => matches(machine, wanted)).sort((one, other) => fit(one, other, wanted));
  const stores = state.stores.filter((store) => matches(store, wanted));
  const vans = state.vans.filter((van) => van.id.toLowerCase().includes(wanted));
  const warehouses = state.warehouses.filter((place) => matches(place, wanted));
  const products = Object.entries(state.chain.products)
    .filter(([code, names]) => matches({ id: code, names }, wanted)).map(([code, names]) => ({ id: code, names }));
  const pages = PAGES.filter((page) => page.nav && may(page.permission) && t(page.key).toLowerCase().includes(wanted));
  return [
    ["search.machines", pick(machines, "machines.read", (one) => ({ id: one.id, words: `${named(one.names)} · ${t(stateWord(one))}`, path: address("machine", one) }))],
    ["search.stores", pick(stores, "stores.read", (one) => ({ id: one.id, words: named(one.names), path: address("store", one) }))],
    ["search.vans", pick([...vans.map((one) => ({ id: one.id, names: [] })), ...warehouses], "stock.read", (one) => ({ id: one.id, words: named(one.names), path: address("stock", {}, { at: one.id }) }))],
    ["search.products", pick(products, "products.read", (one) => ({ id: one.id, words: named(one.names), path: address("products", {}, { q: one.id }) }))],
    ["search.pages", pages.map((page) => ({ id: "", words: t(page.key), path: page.path }))],
  ].filter(([, things]) => things.length);
}

/** Whoever begins with the words first, then the worst. */
function fit(one, other, wanted) {
  const begins = (machine) => (machine.id.toLowerCase().startsWith(wanted) ? 0 : 1);
  return begins(one) - begins(other) || fleetOrder(one, other);
}

export class SearchBox extends Panel {
  build() {
    this.className = "search";
    this.input = h("input", { type: "search", placeholder: t("search.placeholder"), "aria-label": t("search.placeholder"),
      autocomplete: "off", spellcheck: "false", role: "combobox", "aria-expanded": "false", "aria-controls": "search-found",
      "aria-autocomplete": "list", oninput: () => this.find(), onkeydown: (event) => this.keyed(event),
      onfocus: () => { clearTimeout(this.closing); this.find(); }, onblur: () => { this.closing = setTimeout(() => this.close(), 150); } });
    this.list = h("div", { id: "search-found", class: "found", role: "listbox", "aria-label": t("search.found"), hidden: true });
    return [this.input, h("kbd", { text: "/", "aria-hidden": "true" }), this.list];
  }

  focus() {
    this.classList.add("open");
    this.input.focus();
    this.input.select();
  }

  find() {
    const wanted = this.input.value.trim().toLowerCase();
    this.options = [];
    if (!wanted) return this.shown([]);
    const groups = found(wanted);
    this.shown(groups.length ? groups.map(([key, things]) => this.group(key, things)) : [h("div", { class: "empty", role: "option", "aria-disabled": "true", text: t("search.none") })]);
    this.choose(0);
  }

  group(key, things) {
    const title = h("div", { class: "found-title", role: "presentation", text: t(key) });
    const options = things.map((thing) => {
      const option = h("a", { class: "found-one", role: "option", href: thing.path, tabindex: "-1", id: `found-${this.options.length}`,
        onmousedown: (event) => event.preventDefault(), onclick: () => this.leave() },
      thing.id ? h("b", { text: thing.id }) : null, h("span", { text: thing.words }));
      this.options.push(option);
      return option;
    });
    return h("div", { role: "group", "aria-label": t(key) }, title, options);
  }

  shown(children) {
    this.list.replaceChildren(...children);
    this.list.hidden = !children.length;
    put(this.input, "aria-expanded", String(!this.list.hidden));
  }

  choose(at) {
    this.at = Math.max(0, Math.min(this.options.length - 1, at));
    this.options.forEach((option, index) => put(option, "aria-selected", String(index === this.at)));
    const chosen = this.options[this.at];
    if (chosen) {
      put(this.input, "aria-activedescendant", chosen.id);
      chosen.scrollIntoView({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
  }

  keyed(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      this.choose(this.at + step);
    } else if (event.key === "Enter" && this.options[this.at]) {
      const path = this.options[this.at].getAttribute("href");
      this.leave();
      go(path);
    } else if (event.key === "Escape") this.leave();
  }

  leave() {
    this.input.value = "";
    this.close();
    this.input.blur();
  }

  close() {
    this.shown([]);
    this.classList.remove("open");
  }
}
