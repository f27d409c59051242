// Warehouses and vans: stock by product, pick lists, and the rounds under way.

import { get } from "../api.js";
import { h, mark, press, say, segments } from "../dom.js";
import { atMinute, atMoment, money, named, t, tenth, whole } from "../i18n.js";
import { AskingPanel } from "../parts/asking-panel.js";
import { listTable } from "../parts/list-table.js";
import { chooser, pageHead, section } from "../parts/page-head.js";
import { address, keepInAddress, route } from "../router.js";
import { FAULT, LOW, OFFLINE, OK, SOLD_OUT, state } from "../store.js";

const PARTS = ["stock", "picks", "vans"];
const PICK_LOOKS = { made: LOW, issued: OK, returned: OFFLINE };
const STOP_LOOKS = { done: OK, missed: FAULT, next: LOW, left: OFFLINE };
const productName = (code) => named(state.chain.products[code] ?? [code, code]);
const looking = (look, text) => h("span", { class: `state s${look}` }, mark(look), h("span", { text }));

export default class StockPage extends AskingPanel {
  oldMs = 4000;

  path() {
    return "/api/stock";
  }

  /** What is shown: a part, or the part of the van or warehouse that the address names. */
  part() {
    const asked = route.query.get("part");
    if (PARTS.includes(asked)) return asked;
    return state.vans.some((van) => van.id === route.query.get("at")) ? "vans" : "stock";
  }

  build() {
    this.parts = segments(t("stock.part"), PARTS.map((part) => [part, t(`stock.part.${part}`)]), this.part(), (part) => this.turn(part));
    this.where = h("span");
    this.filter = h("input", { type: "search", class: "field", placeholder: t("stock.filter"), "aria-label": t("stock.filter"),
      value: route.query.get("q") ?? "", oninput: () => { keepInAddress({ q: this.filter.value.trim() }); this.draw(); } });
    this.stock = this.stockTable();
    this.picks = this.pickTable();
    this.vans = this.vanTable();
    this.stops = this.stopTable();
    this.vanTitle = h("span", { class: "about" });
    this.load = h("p", { class: "muted load" });
    this.body = h("div", { class: "stock-body" });
    return [pageHead(t("nav.stock"), this.where, h("span", { class: "spring" }), this.filter, this.parts), this.body];
  }

  turn(part) {
    keepInAddress({ part });
    press(this.parts, part);
    this.draw();
  }

  routed() {
    press(this.parts, this.part());
    this.draw();
  }

  update(what) {
    if (what.vans || what.snapshot) this.soon();
  }

  show(answer) {
    const { warehouses } = answer;
    const at = warehouses.some((one) => one.id === route.query.get("at")) ? route.query.get("at") : warehouses[0]?.id;
    this.at = at;
    if (this.whereSaid !== JSON.stringify([at, warehouses.length, t("brand"), t("nav.stock")])) {
      this.whereSaid = JSON.stringify([at, warehouses.length, t("brand"), t("nav.stock")]);
      this.where.replaceChildren(warehouses.length > 1
        ? chooser(t("stock.warehouse"), warehouses.map((one) => [one.id, `${one.id} · ${named([one.name_en, one.name_zh])}`]), at, (id) => { keepInAddress({ at: id }); this.show(this.answer); })
        : h("span", { class: "about", text: warehouses[0] ? `${at} · ${named([warehouses[0].name_en, warehouses[0].name_zh])}` : "" }));
    }
    this.draw();
  }

  draw() {
    if (!this.answer) return;
    const { warehouses, vans } = this.answer, part = this.part();
    const warehouse = warehouses.find((one) => one.id === this.at);
    const words = (route.query.get("q") ?? "").toLowerCase();
    const fits = (...texts) => !words || texts.some((text) => text.toLowerCase().includes(words));
    this.filter.hidden = part === "vans";
    if (this.drawn !== part || !this.body.firstChild) this.body.replaceChildren(...this.panels(part));
    this.drawn = part;
    if (part === "stock") this.stock.fill((warehouse?.stock ?? []).filter((row) => fits(row.product, productName(row.product))));
    if (part === "picks") this.picks.fill((warehouse?.pick_lists ?? []).filter((row) => fits(row.van, String(row.round), ...row.goods.map(([code]) => productName(code)))));
    if (part === "vans") {
      this.van = vans.find((van) => van.id === route.query.get("at"))?.id ?? vans.find((van) => van.on_route)?.id ?? vans[0]?.id;
      this.vans.fill(vans);
      this.askVan();
    }
  }

  panels(part) {
    if (part === "stock") return [section(t("stock.part.stock"), this.stock.element)];
    if (part === "picks") return [section(t("stock.part.picks"), this.picks.element)];
    return [section(t("stock.part.vans"), this.vans.element, { name: "vans" }),
      section(t("stock.round"), h("div", { class: "stack" }, this.load, this.stops.element), { about: this.vanTitle, name: "round" })];
  }

  async askVan() {
    const id = this.van;
    if (!id || this.askingVan === id) return;
    this.askingVan = id;
    try {
      const van = await get(`/api/stock/vans/${encodeURIComponent(id)}`);
      if (id !== this.van) return;
      say(this.vanTitle, t("stock.round.about", { van: id, n: whole(van.round), done: whole(van.done), left: whole(van.left) }));
      say(this.load, t("stock.load", { n: whole(van.load_units), goods: van.load.slice(0, 8).map(([code, units]) => `${whole(units)} × ${productName(code)}`).join(", ") || "–" }));
      this.stops.fill(van.stops);
    } catch { /* asked again with the list */ } finally {
      this.askingVan = "";
    }
  }

  stockTable() {
    const free = (row) => row.units - row.allotted;
    const figure = (name) => ({ name, kind: "num", text: t(`stock.${name}`), cell: (row) => whole(row[name]), sort: (row) => row[name] });
    return listTable({
      label: t("stock.part.stock"), empty: t("stock.none"), id: (row) => row.product,
      columns: [
        { name: "product", text: t("machine.product"), cell: (row) => productName(row.product), sort: (row) => productName(row.product) },
        { name: "code", kind: "code", text: t("stock.code"), cell: (row) => row.product, sort: (row) => row.product },
        { name: "batch", text: t("machine.batches"), cell: () => h("span", { class: "muted", text: t("machine.undated") }) },
        figure("units"), figure("allotted"),
        { name: "free", kind: "num", text: t("stock.free"), cell: (row) => (free(row) > 0 ? whole(free(row)) : h("span", { class: "state s2" }, mark(SOLD_OUT), whole(free(row)))), sort: free },
        figure("issued"), figure("received"),
      ],
    });
  }

  pickTable() {
    return listTable({
      label: t("stock.part.picks"), empty: t("stock.picks.none"), id: (row) => `${row.van}:${row.round}`,
      columns: [
        { name: "round", text: t("stock.round.number"), cell: (row) => whole(row.round), sort: (row) => row.round },
        { name: "van", text: t("stock.van"), cell: (row) => h("a", { href: address("stock", {}, { part: "vans", at: row.van }), text: row.van }), sort: (row) => row.van },
        { name: "state", text: t("fleet.state"), cell: (row) => looking(PICK_LOOKS[row.state], t(`pick.${row.state}`)), sort: (row) => row.state },
        { name: "made", kind: "num", text: t("stock.made"), cell: (row) => atMoment(row.made_ms), sort: (row) => row.made_ms },
        { name: "depart", kind: "num", text: t("stock.departs"), cell: (row) => (row.depart_ms ? atMoment(row.depart_ms) : "–"), sort: (row) => row.depart_ms },
        { name: "stops", kind: "num", text: t("stock.stops"), cell: (row) => whole(row.stops), sort: (row) => row.stops },
        { name: "units", kind: "num", text: t("stock.units"), cell: (row) => whole(row.units), sort: (row) => row.units },
        { name: "goods", text: t("stock.goods"), cell: (row) => this.goods(row.goods) },
      ],
    });
  }

  goods(goods) {
    return h("details", {}, h("summary", { text: t("stock.products", { n: whole(goods.length) }) }),
      h("ul", {}, goods.map(([code, units]) => h("li", { text: `${whole(units)} × ${productName(code)}` }))));
  }

  vanTable() {
    return listTable({
      label: t("stock.part.vans"), empty: t("stock.vans.none"), id: (van) => van.id, chosen: (van) => van.id === this.van,
      choose: (van) => { keepInAddress({ at: van.id, part: "vans" }); this.draw(); },
      columns: [
        { name: "van", text: t("stock.van"), cell: (van) => van.id, sort: (van) => van.id },
        { name: "state", text: t("fleet.state"), cell: (van) => (van.on_route ? looking(OK, t("stock.to", { to: van.to })) : looking(OFFLINE, t("map.van_home"))), sort: (van) => Number(van.on_route) },
        { name: "stops", text: t("stock.stops"), cell: (van) => this.progress(van), sort: (van) => van.left },
        { name: "eta", kind: "num", text: t("stock.eta"), cell: (van) => (van.on_route && van.eta_ms ? atMinute(van.eta_ms) : "–"), sort: (van) => van.eta_ms },
        { name: "load", kind: "num", text: t("stock.aboard"), cell: (van) => whole(van.load_units), sort: (van) => van.load_units },
        { name: "km", kind: "num", text: t("stock.km"), cell: (van) => tenth(van.distance_m / 1000), sort: (van) => van.distance_m },
        { name: "cash", kind: "num", text: t("stock.bags"), cell: (van) => (van.cash_minor === null ? "–" : money(van.cash_minor)), sort: (van) => van.cash_minor ?? 0 },
      ],
    });
  }

  progress(van) {
    const all = van.done + van.left, bar = h("i");
    bar.style.width = `${all ? (100 * van.done) / all : 0}%`;
    const words = t("stock.done", { done: whole(van.done), all: whole(all) });
    return h("span", { class: "progress" }, h("span", { class: "stock", "aria-hidden": "true" }, bar), words);
  }

  stopTable() {
    const name = (id) => named(state.places.get(id)?.names ?? [id, id]);
    return listTable({
      label: t("stock.round"), empty: t("stock.stops.none"), id: (stop) => stop.machine,
      columns: [
        { name: "machine", text: t("fleet.machine"), cell: (stop) => h("a", { href: address("machine", { id: stop.machine }), text: stop.machine }) },
        { name: "site", text: t("fleet.site"), cell: (stop) => name(stop.machine) },
        { name: "state", text: t("fleet.state"), cell: (stop) => looking(STOP_LOOKS[stop.state], t(`stop.${stop.state}`)) },
        { name: "units", kind: "num", text: t("stock.units"), cell: (stop) => whole(stop.units) },
        { name: "at", kind: "num", text: t("stock.done_at"), cell: (stop) => (stop.done_ms ? atMinute(stop.done_ms) : "–") },
      ],
    });
  }
}
