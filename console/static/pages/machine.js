// One machine: lanes, figures and temperature, devices, cash, events, and commands.

import { temperatureCurve } from "../charts.js";
import { h, mark, say } from "../dom.js";
import { named, t, tenth } from "../i18n.js";
import { may } from "../me.js";
import { AskingPanel } from "../parts/asking-panel.js";
import "../parts/machine-commands.js";
import { EventList, cashBox, deviceTable, laneTable } from "../parts/machine-parts.js";
import { pageHead, section } from "../parts/page-head.js";
import { address, entitle, go, route } from "../router.js";
import { fleetOrder, select, state, stateWord } from "../store.js";

customElements.define("event-list", EventList);

export default class MachinePage extends AskingPanel {
  get machine() {
    return state.machines[state.numbers.get(route.params.id) ?? -1];
  }

  path() {
    return this.machine ? `/api/machines/${encodeURIComponent(this.machine.id)}` : "";
  }

  build() {
    const { machine } = this;
    if (!machine) return [pageHead(t("page.not_there")), h("p", { class: "page-notice" }, h("a", { href: "/machines", text: t("nav.machines") }))];
    select(machine.number);
    const path = this.path();
    const neighbours = state.machines.some((other) => other !== machine && other.site === machine.site);
    this.condition = h("span", { class: "state" });
    this.lanes = laneTable();
    this.devices = deviceTable();
    this.cash = may("cash.read") ? cashBox() : null;
    this.events = h("event-list", { path: `${path}/events` });
    this.canvas = h("canvas", { role: "img", "aria-label": t("machine.curve") });
    this.temp = h("span", { class: "about" });
    const district = [machine.district, machine.site].filter(Boolean).join(" · ");
    queueMicrotask(() => entitle(machine.id));
    return [
      pageHead(machine.id, h("span", { class: "about", text: named(machine.names) }), this.condition, h("span", { class: "spring" }),
        h("span", { class: "muted wide-only", text: district }),
        neighbours ? h("a", { class: "button link", href: address("machines", {}, { site: machine.site }), text: t("machine.same_site") }) : null,
        h("button", { class: "button", type: "button", text: t("machine.previous"), onclick: () => this.move(-1) }),
        h("button", { class: "button", type: "button", text: t("machine.next"), onclick: () => this.move(1) })),
      h("div", { class: "machine-grid" },
        h("machine-panel", { class: "panel", role: "region" }),
        section(t("machine.temperature"), this.canvas, { about: this.temp, name: "curve" }),
        may("machines.command") || may("machines.diagnose")
          ? section(t("machine.commands"), h("machine-commands", { machine: machine.id }), { name: "commands" }) : null,
        section(t("machine.lanes"), this.lanes.element, { name: "lane-list" }),
        section(t("machine.devices"), this.devices.element, { name: "devices" }),
        this.cash ? section(t("machine.cash_title"), this.cash.element, { name: "cash" }) : null,
        section(t("machine.events"), this.events, { name: "event-panel" })),
    ];
  }

  resized() {
    this.curve();
  }

  show(full) {
    if (!this.lanes) return;
    this.lanes.fill(full.lanes);
    this.devices.fill(full.devices);
    if (this.cash && full.cash) this.cash.fill(full.cash);
  }

  curve() {
    if (state.detail && this.canvas) temperatureCurve(this.canvas, state.detail.temps, state.chain.temp_band, [t("machine.day_ago"), t("machine.now")]);
  }

  update(what) {
    const { machine } = this;
    if (!machine || !this.condition) return;
    if ((what.machines || what.selected) && this.word !== stateWord(machine) + t("brand")) {
      this.word = stateWord(machine) + t("brand");
      this.condition.className = `state s${machine.state}`;
      this.condition.replaceChildren(mark(machine.state), h("span", { text: t(stateWord(machine)) }));
    }
    if (what.machines || what.theme) say(this.temp, machine.temp === null ? "–" : `${tenth(machine.temp / 10)} °C`);
    if (what.detail || what.theme) this.curve();
    if (what.detail) {
      this.soon();
      this.events.refresh?.();
    }
  }

  /** To the machine before or after it, as the fleet is listed: worst first. */
  move(step) {
    const order = [...state.machines].sort(fleetOrder);
    const at = order.findIndex((machine) => machine.id === route.params.id);
    const other = order[(at + step + order.length) % order.length];
    if (other) go(address("machine", other));
  }
}
