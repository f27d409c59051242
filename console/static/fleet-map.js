// The map: districts from the chain's GeoJSON, and on a canvas above them machines, stores, warehouses and vans.

import * as L from "/vendor/leaflet/leaflet-src.esm.js";
import { h, mark, press, say, segments } from "./dom.js";
import { moneyWhole, named, t, whole } from "./i18n.js";
import { PointLayer } from "./map-points.js";
import { Panel } from "./panel.js";
import { colour } from "./prefs.js";
import { address, go } from "./router.js";
import { FAULT, LOW, OFFLINE, OK, SOLD_OUT, STATES, select, state, stateWord } from "./store.js";

const MODES = ["state", "stock", "sales", "temp"];

export class FleetMap extends Panel {
  static districts = null;
  mode = "state";

  build() {
    this.setAttribute("aria-label", t("map.title"));
    this.modes = segments(t("map.mode"), MODES.map((mode) => [mode, t(`map.${mode}`)]), this.mode, (mode) => this.show(mode));
    this.legend = h("div", { class: "legend" });
    this.tip = h("div", { class: "tip", hidden: true });
    this.zoom = h("div", { class: "zoom" },
      h("button", { type: "button", text: "+", "aria-label": t("map.zoom_in"), onclick: () => this.map?.zoomIn(1) }),
      h("button", { type: "button", text: "−", "aria-label": t("map.zoom_out"), onclick: () => this.map?.zoomOut(1) }));
    this.box ??= h("div", { class: "canvas" });
    this.box.setAttribute("role", "group");
    this.box.setAttribute("aria-label", t("map.words"));
    queueMicrotask(() => this.start());
    this.drawLegend();
    return [
      h("div", { class: "panel-head" }, h("h2", { text: t("map.title") }),
        h("span", { class: "about", text: t("map.about", { n: whole(state.machines.length) }) }), h("span", { class: "spring" }), this.modes),
      this.box, this.legend, this.zoom, this.tip,
    ];
  }

  start() {
    if (this.map || !this.isConnected) return;
    const things = [...state.machines, ...state.stores].filter((thing) => thing.lat || thing.lon);
    if (!things.length) {
      this.box.replaceChildren(h("div", { class: "empty", text: t("map.none") }));
      this.legend.hidden = this.zoom.hidden = true;
      return;
    }
    this.map = L.map(this.box, { zoomControl: false, attributionControl: false, zoomAnimation: false, fadeAnimation: false,
      zoomSnap: 0.1, zoomDelta: 0.75, wheelPxPerZoomLevel: 90, minZoom: 8, maxZoom: 18, preferCanvas: true, doubleClickZoom: false });
    this.bounds = L.latLngBounds(things.map((thing) => [thing.lat, thing.lon]));
    this.fit();
    if (FleetMap.districts) {
      this.land = L.geoJSON(FleetMap.districts, { interactive: false, style: () => this.landStyle() }).addTo(this.map);
    }
    this.points = new PointLayer(this).addTo(this.map);
    this.map.on("mousemove", (event) => this.hover(event.containerPoint));
    this.map.on("mouseout", () => { this.tip.hidden = true; });
    this.map.on("click", (event) => {
      const found = this.points.nearest(event.containerPoint);
      if (found?.state !== undefined) select(found.number);
    });
    this.map.on("dblclick", (event) => {
      const found = this.points.nearest(event.containerPoint);
      if (found?.state !== undefined) go(address("machine", found));
    });
    this.map.on("movestart zoomstart", () => { this.touched = this.fitting ? this.touched : true; });
  }

  fit() {
    this.fitting = true;
    this.map.invalidateSize({ animate: false });
    const narrow = this.legend.offsetWidth > this.box.clientWidth * 0.6;
    const foot = narrow ? this.legend.offsetHeight + 12 : 14;
    this.map.fitBounds(this.bounds, { paddingTopLeft: [20, 34], paddingBottomRight: [20, foot], animate: false });
    this.fitting = false;
  }

  landStyle() {
    return { color: colour("coast"), weight: 1, fillColor: colour("land"), fillOpacity: 1, opacity: 0.8 };
  }

  /** Show only the machines whose number passes this test; null shows all. */
  showOnly(test) {
    this.fits = test;
    this.points?.redraw();
  }

  ended() {
    this.map?.remove();
    this.map = this.points = this.box = null;
  }

  resized() {
    if (!this.map) return;
    if (this.touched) this.map.invalidateSize({ animate: false });
    else this.fit();
  }

  show(mode) {
    this.mode = mode;
    press(this.modes, mode);
    this.drawLegend();
    this.points?.redraw();
  }

  drawLegend() {
    const ramp = (kind, from, to) => [h("span", { text: from }), h("i", { class: `ramp ${kind}` }), h("span", { text: to })];
    this.legend.replaceChildren(...{
      state: () => [FAULT, SOLD_OUT, LOW, OFFLINE, OK].map((condition) => h("span", {}, mark(condition), t(`state.${STATES[condition]}`))),
      stock: () => ramp("stock", t("map.empty"), t("map.full")),
      sales: () => ramp("", t("map.little"), t("map.much")),
      temp: () => ramp("temp", t("map.cold"), t("map.warm", { temp: whole(state.chain.temp_band[1] / 10) })),
    }[this.mode]());
  }

  update(what) {
    if (!this.map) return;
    if (what.theme) this.land?.setStyle(this.landStyle());
    if (what.selected || what.theme || what.snapshot) this.points.redraw();
    else if (what.machines?.length || what.vans) this.points.refresh();
  }

  hover(point) {
    const found = this.points.nearest(point);
    this.tip.hidden = !found;
    this.box.style.cursor = found?.state !== undefined ? "pointer" : "";
    if (!found) return;
    say(this.tip, "");
    this.tip.append(h("b", { text: found.id }), this.words(found));
    const top = this.box.offsetTop + point.y + 14;
    const left = Math.min(point.x + 14, this.box.clientWidth - this.tip.offsetWidth - 6);
    this.tip.style.translate = `${Math.max(4, left)}px ${Math.min(top, this.clientHeight - this.tip.offsetHeight - 6)}px`;
    this.tip.style.left = this.tip.style.top = "0";
  }

  words(thing) {
    if (thing.state !== undefined) return `${named(thing.names)} · ${t(stateWord(thing))} · ${moneyWhole(thing.sales)}`;
    if (thing.baskets !== undefined) return t("map.store", { name: named(thing.names), money: moneyWhole(thing.sales), n: whole(thing.baskets) });
    if (thing.onRoute !== undefined) return thing.onRoute ? t("map.van", { to: thing.to, n: whole(thing.done) }) : t("map.van_home");
    return named(thing.names);
  }
}
