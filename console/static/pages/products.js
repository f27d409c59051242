// Products: what is sold, at what prices, where, and how much of it is there; one product in full beside the list.

import { get } from "../api.js";
import { h, mark } from "../dom.js";
import { money, named, share, t, whole } from "../i18n.js";
import { may } from "../me.js";
import { AskingPanel } from "../parts/asking-panel.js";
import { command } from "../parts/command-give.js";
import { listTable } from "../parts/list-table.js";
import { chooser, pageHead, section } from "../parts/page-head.js";
import { address, keepInAddress, route } from "../router.js";
import { SOLD_OUT } from "../store.js";

const nameOf = (row) => named([row.name_en, row.name_zh]);
const stocked = (row) => (row.in_machines === null ? null : row.in_machines + (row.weighed ? 0 : row.in_stores + row.in_warehouses));

export default class ProductsPage extends AskingPanel {
  oldMs = 10_000;

  path() {
    const asked = Object.fromEntries(["q", "category"].map((name) => [name, route.query.get(name) ?? ""]).filter(([, value]) => value));
    return `/api/products?${new URLSearchParams({ limit: 500, ...asked })}`;
  }

  build() {
    this.about = h("span", { class: "about" });
    this.words = h("input", { type: "search", class: "field", placeholder: t("products.search"), "aria-label": t("products.search"), value: route.query.get("q") ?? "",
      oninput: () => { keepInAddress({ q: this.words.value.trim() }); this.ask(); } });
    this.kinds = h("span");
    this.loadCategories();
    const stock = may("stock.read") ? [{ name: "stock", text: t("products.stock"), kind: "num", cell: (row) => whole(stocked(row)), sort: (row) => stocked(row) }] : [];
    this.list = listTable({ label: t("nav.products"), id: (row) => row.code, empty: t("products.none"), choose: (row) => this.choose(row.code), chosen: (row) => row.code === this.code(),
      columns: [
        { name: "name", text: t("products.name"), cell: (row) => nameOf(row), sort: (row) => nameOf(row) },
        { name: "code", text: t("products.code"), kind: "slim", cell: (row) => h("span", { class: "code", text: row.code }), sort: (row) => row.code },
        { name: "category", text: t("products.category"), kind: "slim", cell: (row) => row.category, sort: (row) => row.category },
        { name: "price", text: t("products.list"), kind: "num", cell: (row) => this.listPrice(row), sort: (row) => row.price_minor },
        { name: "now", text: t("products.now"), kind: "num", cell: (row) => this.prices(row), sort: (row) => row.low_minor ?? -1 },
        { name: "machines", text: t("products.machines"), kind: "num", cell: (row) => whole(row.machines), sort: (row) => row.machines },
        { name: "empty", text: t("products.empty"), kind: "num", cell: (row) => this.empty(row), sort: (row) => row.empty },
        ...stock,
      ] });
    this.aside = h("section", { class: "panel aside", "aria-label": t("products.product") });
    this.said = null;
    queueMicrotask(() => this.loadOne());
    return [pageHead(t("nav.products"), this.about, h("span", { class: "spring" }), this.kinds, this.words), h("div", { class: "two" }, section(t("nav.products"), this.list.element), this.aside)];
  }

  code() {
    return route.query.get("id") ?? "";
  }

  listPrice(row) {
    return row.weighed ? t("products.per_kg", { money: money(row.price_minor) }) : money(row.price_minor);
  }

  prices(row) {
    if (row.low_minor === null) return "–";
    return row.low_minor === row.high_minor ? money(row.low_minor) : `${money(row.low_minor)} – ${money(row.high_minor)}`;
  }

  empty(row) {
    if (!row.lanes) return "–";
    const text = `${whole(row.empty)} / ${whole(row.lanes)}`;
    return row.empty * 2 > row.lanes ? h("span", { class: `state s${SOLD_OUT}` }, mark(SOLD_OUT), h("span", { text })) : text;
  }

  async loadCategories() {
    const names = await get("/api/products/categories");
    this.kinds.replaceChildren(chooser(t("products.category"), [["", t("products.category.any")], ...names.map((name) => [name, name])], route.query.get("category") ?? "", (category) => { keepInAddress({ category }); this.ask(); }));
  }

  choose(id) {
    keepInAddress({ id });
    this.show(this.answer);
    this.loadOne();
    if (matchMedia("(max-width: 1100px)").matches) this.aside.scrollIntoView({ block: "start" });
  }

  routed() {
    this.words.value = route.query.get("q") ?? "";
    this.ask();
    this.loadOne();
  }

  show({ items }) {
    this.about.textContent = t("products.about", { n: whole(items.length) });
    this.list.fill(items);
    if (items.length === 1 && !this.code()) this.choose(items[0].code);
  }

  async loadOne() {
    const code = this.code();
    if (!code) {
      this.aside.replaceChildren(h("div", { class: "empty", text: t("products.choose") }));
      return;
    }
    try {
      const one = await get(`/api/products/${encodeURIComponent(code)}`);
      if (code === this.code() && this.isConnected) this.one(one);
    } catch (error) {
      this.aside.replaceChildren(h("div", { class: "empty", text: error.status === 404 ? t("page.not_there") : error.message }));
    }
  }

  one({ row, sold, more, stores, warehouses }) {
    const kept = [...(warehouses ?? []), ...(stores ?? [])];
    const lanes = listTable({ label: t("products.sold_in"), id: (lane) => `${lane.machine}/${lane.lane}`, empty: t("products.nowhere"), columns: [
      { name: "machine", text: t("command.column.machine"), cell: (lane) => (may("machines.read") ? h("a", { href: address("machine", { id: lane.machine }), text: lane.machine }) : lane.machine), sort: (lane) => lane.machine },
      { name: "lane", text: t("command.lane"), cell: (lane) => lane.lane, sort: (lane) => lane.lane },
      { name: "price", text: t("command.price"), kind: "num", cell: (lane) => money(lane.price_minor), sort: (lane) => lane.price_minor },
      { name: "level", text: t("products.level"), kind: "num", cell: (lane) => `${whole(lane.level)} / ${whole(lane.par)}`, sort: (lane) => lane.level },
    ] });
    lanes.fill(sold);
    this.told = h("p", { class: "told", role: "status", hidden: true });
    const figures = [[t("products.code"), row.code], [t("products.category"), row.category], [t("products.list"), this.listPrice(row)], [t("products.now"), this.prices(row)],
      [t("products.lanes"), `${whole(row.lanes)} · ${row.lanes ? t("products.out", { share: share(row.empty / row.lanes) }) : "–"}`],
      ...(row.in_machines === null ? [] : [[t("products.in_machines"), whole(row.in_machines)], [t("products.in_warehouses"), whole(row.in_warehouses)],
        [t("products.in_stores"), row.weighed ? t("products.grams", { n: whole(row.in_stores) }) : whole(row.in_stores)]])];
    this.aside.replaceChildren(
      h("div", { class: "panel-head" }, h("h2", { text: nameOf(row) }), h("span", { class: "spring" })),
      h("dl", { class: "figures" }, figures.map(([name, text]) => [h("dt", { text: name }), h("dd", { text })])),
      ...(may("prices.write") && row.lanes ? [h("div", { class: "deeds" }, h("button", { class: "button", type: "button", text: t("products.reprice"), onclick: () => this.reprice(row, sold) }))] : []), this.told,
      h("h3", { text: t("products.sold_in") }), lanes.element, ...(more ? [h("p", { class: "more-row muted", text: t("command.and_more", { n: whole(more) }) })] : []),
      ...(kept.length ? [h("h3", { text: t("products.kept_in") }), h("ul", { class: "fact-list" }, kept.map((place) => h("li", {}, h("span", { text: place.place }), h("span", { class: "num", text: row.weighed ? t("products.grams", { n: whole(place.quantity) }) : whole(place.quantity) }))))] : []));
  }

  /** A new price wherever it is sold, in this person's places: previewed, then given. */
  reprice(row, sold) {
    const machines = [...new Set(sold.map((lane) => lane.machine))];
    command("prices", { machines }, [], (answer, error) => {
      this.told.hidden = false;
      this.told.textContent = error ? error.message : answer.approval ? t("command.asked", { n: answer.approval }) : t("command.given", { n: whole(answer.machines) });
    }, { product: row.code });
  }
}
