// Planograms: the lanes of a machine as a grid; changed on paper first, then previewed and ordered, at once or at the
// next service, for this machine or for all that were opened alike.

import { get, listed } from "../api.js";
import { h, say } from "../dom.js";
import { amount, money, named, t, whole } from "../i18n.js";
import { may } from "../me.js";
import { Panel } from "../panel.js";
import { begin, minorOf } from "../parts/command-give.js";
import { WrongInput, askFor, wholeOf } from "../parts/form-dialog.js";
import { chooser, pageHead, section } from "../parts/page-head.js";
import { address, keepInAddress, route } from "../router.js";
import { state } from "../store.js";

const productName = (code) => named(state.chain.products[code] ?? [code, code]);

export default class PlanogramsPage extends Panel {
  build() {
    this.about = h("span", { class: "about" });
    this.choice = h("span");
    this.machine = h("input", { type: "search", class: "field", list: "planogram-machines", "aria-label": t("planograms.machine"), placeholder: t("planograms.machine"),
      onchange: () => this.go(this.machine.value.trim()) });
    this.trouble = h("p", { class: "trouble", role: "alert", hidden: true });
    this.told = h("p", { class: "verdict", role: "status", hidden: true });
    this.grid = h("div", { class: "lane-grid" });
    this.orders = h("div", { class: "deeds" });
    this.heading = h("span", { class: "about" });
    this.changes = new Map();
    this.load();
    return [pageHead(t("nav.planograms"), this.about, h("span", { class: "spring" }), this.choice, this.machine,
      h("datalist", { id: "planogram-machines" }, state.machines.map((machine) => h("option", { value: machine.id })))),
    this.trouble, this.told, section(t("planograms.lanes"), h("div", { class: "stack" }, this.grid, this.orders), { about: this.heading })];
  }

  go(machine) {
    keepInAddress({ machine });
    this.routed();
  }

  routed() {
    this.changes.clear();
    this.load();
  }

  async load() {
    try {
      this.templates = this.templates ?? (await listed("/api/planograms", { limit: 500 })).items;
      const machine = route.query.get("machine") || this.templates[0]?.machines[0];
      if (!machine) {
        this.grid.replaceChildren(h("div", { class: "empty", text: t("planograms.none") }));
        return;
      }
      this.plan = await get(`/api/planograms/${encodeURIComponent(machine)}`);
      if (!this.isConnected) return;
      this.trouble.hidden = true;
      this.draw();
    } catch (error) {
      this.trouble.textContent = error.status === 404 ? t("page.not_there") : error.message;
      this.trouble.hidden = false;
    }
  }

  /** Machines opened by the same template, this one first. */
  alike() {
    const template = this.templates.find((one) => one.id === this.plan.template);
    return [this.plan.machine, ...(template?.machines ?? []).filter((id) => id !== this.plan.machine)];
  }

  draw() {
    const { machine, lanes, template } = this.plan;
    this.machine.value = machine;
    say(this.about, t("planograms.about", { n: whole(this.templates.length) }));
    this.choice.replaceChildren(chooser(t("planograms.template"), this.templates.map((one) => [one.id, t("planograms.one", { id: one.id, size: one.size, lanes: whole(one.lanes), n: whole(one.machines.length) })]), template,
      (id) => this.go(this.templates.find((one) => one.id === id).machines[0])));
    this.heading.replaceChildren(h("a", { href: address("machine", { id: machine }), text: machine }), ` · ${t("planograms.same", { n: whole(this.alike().length) })}`);
    const rows = new Map();
    for (const lane of lanes) rows.set(lane.lane[0], (rows.get(lane.lane[0]) ?? 0) + 1);
    const columns = Math.max(...rows.values());
    const shelves = columns <= 12 && rows.size > 1;
    this.grid.className = `lane-grid${shelves ? " shelves" : ""}`;
    this.grid.style.setProperty("--columns", columns);
    const focused = this.grid.contains(document.activeElement) ? document.activeElement.dataset.lane : null;
    this.grid.replaceChildren(...lanes.map((lane) => this.slot(lane)));
    if (focused) this.grid.querySelector(`[data-lane="${focused}"]`)?.focus();
    this.drawOrders();
  }

  slot(was) {
    const lane = { ...was, ...this.changes.get(was.lane) };
    const changed = this.changes.has(was.lane);
    return h("button", { type: "button", class: `slot${changed ? " changed" : ""}`, "data-lane": was.lane, disabled: !may("planograms.write") && !may("prices.write"), onclick: () => this.edit(was) },
      h("b", {}, h("span", { text: was.lane }), h("span", { text: money(lane.price_minor) })), h("span", { text: productName(lane.product), title: productName(lane.product) }),
      h("span", { class: "muted", text: t("planograms.fill", { level: whole(was.level), par: whole(lane.par), capacity: whole(lane.capacity) }) }),
      was.why ? h("span", { class: "shut", text: t("planograms.closed") }) : null,
      changed ? h("span", { class: "flag", text: t("planograms.changed") }) : null);
  }

  edit(was) {
    const now = { ...was, ...this.changes.get(was.lane) };
    const products = Object.keys(state.chain.products).map((code) => [code, `${productName(code)} · ${code}`]).sort((one, other) => one[1].localeCompare(other[1]));
    const whole_ = may("planograms.write");
    const fields = [...(whole_ ? [{ name: "product", label: t("command.product"), kind: "select", value: now.product, choices: products }] : []),
      { name: "price_minor", label: t("command.price"), kind: "number", value: amount(now.price_minor), about: t("planograms.list", { price: money(was.list_minor) }) },
      ...(whole_ ? [{ name: "capacity", label: t("planograms.capacity"), kind: "number", value: now.capacity }, { name: "par", label: t("planograms.par"), kind: "number", value: now.par, about: t("planograms.par.about") }] : [])];
    askFor({ title: t("planograms.lane", { lane: was.lane }), go: t("planograms.note"), fields, deed: (typed) => this.note(was, typed) });
  }

  /** Keep a change on paper, if it is one; what is wrong is said at its field. */
  note(was, typed) {
    const wanted = { product: typed.product ?? was.product, price_minor: minorOf("price_minor", typed.price_minor), capacity: typed.capacity === undefined ? was.capacity : wholeOf("capacity", typed.capacity), par: typed.par === undefined ? was.par : wholeOf("par", typed.par) };
    if (wanted.price_minor < 0) throw new WrongInput("price_minor", t("form.number", { value: typed.price_minor }));
    if (wanted.capacity < 1 || wanted.capacity > 1000) throw new WrongInput("capacity", t("planograms.rule.capacity", { value: typed.capacity }));
    if (wanted.par < 0 || wanted.par > wanted.capacity) throw new WrongInput("par", t("planograms.rule.par", { capacity: whole(wanted.capacity), value: typed.par }));
    if (Object.entries(wanted).every(([name, value]) => was[name] === value)) this.changes.delete(was.lane);
    else this.changes.set(was.lane, wanted);
    this.told.hidden = true;
    setTimeout(() => this.draw());
  }

  drawOrders() {
    const many = this.changes.size;
    if (!may("planograms.write") && !may("prices.write")) {
      this.orders.replaceChildren();
      return;
    }
    const button = (key, go, main = false) => h("button", { class: `button${main ? " main" : ""}`, type: "button", disabled: !many, text: t(`planograms.${key}`), onclick: go });
    this.orders.replaceChildren(h("span", { class: "muted", text: many ? t("planograms.pending", { n: whole(many) }) : t("planograms.how") }), button("discard", () => { this.changes.clear(); this.draw(); }),
      button("order", () => this.order(), true));
  }

  order() {
    const alike = this.alike(), planned = may("planograms.write");
    askFor({ title: t("planograms.order"), go: t("command.go"), fields: [
      { name: "to", label: t("planograms.to"), kind: "select", value: "one", choices: [["one", this.plan.machine], ...(alike.length > 1 ? [["alike", t("planograms.alike", { n: whole(alike.length) })]] : [])] },
      ...(planned ? [{ name: "when", label: t("command.when"), kind: "select", value: "next_service", choices: ["next_service", "now"].map((when) => [when, t(`command.when.${when}`)]) }] : []),
    ], deed: ({ to, when }) => begin({ ...this.said(planned, when), machines: to === "alike" ? alike.slice(0, 500) : [this.plan.machine] }, (answer) => this.given(answer)) });
  }

  said(planned, when) {
    if (!planned) return { kind: "prices", prices: Object.fromEntries([...this.changes].map(([lane, { price_minor: price }]) => [lane, price])) };
    return { kind: "planogram", when, lanes: [...this.changes].map(([lane, wanted]) => ({ lane, ...wanted })) };
  }

  given(answer) {
    this.told.hidden = false;
    this.told.textContent = answer.approval ? t("command.asked", { n: answer.approval }) : t("command.given", { n: whole(answer.machines) });
    if (!answer.approval) this.changes.clear();
    this.load();
  }
}
