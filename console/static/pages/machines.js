// All machines, as a list and on the map, by filters that stand in the address.

import { h, press, say, segments } from "../dom.js";
import { t, whole } from "../i18n.js";
import { may } from "../me.js";
import { Panel } from "../panel.js";
import "../parts/machine-commands.js";
import { MachineFilters } from "../parts/machine-filters.js";
import { pageHead } from "../parts/page-head.js";
import { keepInAddress, route } from "../router.js";
import { state } from "../store.js";

customElements.define("machine-filters", MachineFilters);

const VIEWS = ["both", "list", "map"];

export default class MachinesPage extends Panel {
  build() {
    this.count = h("span", { class: "about" });
    this.views = segments(t("machines.view"), VIEWS.map((view) => [view, t(`machines.view.${view}`)]), this.view(), (view) => this.look(view));
    this.filters = h("machine-filters");
    this.table = h("fleet-table", { class: "panel", role: "region", bare: true, "data-moves": true });
    this.map = h("fleet-map", { class: "panel", role: "region" });
    this.filters.addEventListener("filtered", () => this.fit());
    this.filters.addEventListener("resorted", () => this.order());
    this.table.addEventListener("sorted", (event) => keepInAddress({ sort: event.detail }));
    this.body = h("div", { class: `split ${this.view()}` }, this.table, this.map);
    queueMicrotask(() => {
      this.order();
      this.fit();
    });
    const orders = may("commands.give") ? h("details", { class: "panel fleet-orders" }, h("summary", { text: t("command.fleet") }), h("fleet-commands")) : null;
    return [pageHead(t("nav.machines"), this.count, h("span", { class: "spring" }), this.views), this.filters, orders, this.body];
  }

  view() {
    const asked = route.query.get("view");
    return VIEWS.includes(asked) ? asked : "both";
  }

  look(view) {
    keepInAddress({ view: view === "both" ? "" : view });
    press(this.views, view);
    this.body.className = `split ${view}`;
  }

  order() {
    const sort = route.query.get("sort") ?? "";
    this.table.sortBy(sort.replace(/^-/, ""), sort.startsWith("-"));
  }

  fit() {
    const test = this.filters.test();
    this.table.showOnly(test);
    this.map.showOnly(test);
    this.told();
  }

  /** The address changed on the same page: back, forward, or a link. */
  routed() {
    press(this.views, this.view());
    this.body.className = `split ${this.view()}`;
    this.filters.said();
    this.order();
    this.fit();
  }

  told() {
    say(this.count, t("machines.count", { n: whole(this.table.order.machines.length), of: whole(state.machines.length) }));
  }

  update(what) {
    if (what.tick && this.table?.order) this.told();
  }
}
