// A Leaflet layer that draws everything that stands or drives, on one canvas.

import * as L from "/vendor/leaflet/leaflet-src.esm.js";
import { prepared } from "./charts.js";
import { named } from "./i18n.js";
import { colour } from "./prefs.js";
import { FAULT, LOW, OFFLINE, OK, SOLD_OUT, columns, state } from "./store.js";

const REACH = 13;
const NEWS_MS = 1000;

export const PointLayer = L.Layer.extend({
  initialize(owner) {
    this.owner = owner;
    this.labels = districtLabels(owner.constructor.districts);
  },

  onAdd(map) {
    this.canvas = L.DomUtil.create("canvas", "leaflet-zoom-hide");
    this.canvas.setAttribute("aria-hidden", "true");
    map.getPane("markerPane").append(this.canvas);
    map.on("move zoom viewreset resize", this.redraw, this);
    this.redraw();
  },

  onRemove(map) {
    map.off("move zoom viewreset resize", this.redraw, this);
    this.canvas.remove();
  },

  redraw() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      if (this._map) this.draw();
    });
  },

  /** For news of figures: soon enough to be seen, seldom enough to cost nothing. */
  refresh() {
    this.late ??= setTimeout(() => {
      this.late = null;
      if (this._map) this.redraw();
    }, NEWS_MS);
  },

  at(thing) {
    return this._map.latLngToContainerPoint([thing.lat, thing.lon]);
  },

  /** Where machines are on the canvas: projected once a zoom, then moved along with the map. */
  places() {
    const zoom = this._map.getZoom();
    if (this.projected?.zoom !== zoom) {
      const x = new Float64Array(state.machines.length), y = new Float64Array(state.machines.length);
      state.machines.forEach((machine, number) => {
        const point = machine.lat || machine.lon ? this._map.project([machine.lat, machine.lon], zoom) : { x: NaN, y: NaN };
        [x[number], y[number]] = [point.x, point.y];
      });
      this.projected = { zoom, x, y };
    }
    const origin = this._map.containerPointToLayerPoint([0, 0]).add(this._map.getPixelOrigin());
    return { x: this.projected.x, y: this.projected.y, left: origin.x, top: origin.y };
  },

  draw() {
    const size = this._map.getSize();
    L.DomUtil.setPosition(this.canvas, this._map.containerPointToLayerPoint([0, 0]));
    this.canvas.style.width = `${size.x}px`;
    this.canvas.style.height = `${size.y}px`;
    const drawing = prepared(this.canvas);
    if (!drawing) return;
    const { context } = drawing;
    const family = getComputedStyle(this.owner).fontFamily;
    this.names(context, family, size);
    for (const van of state.vans) if (van.onRoute) this.route(context, van);
    for (const store of state.stores) this.house(context, store, storeFront);
    for (const warehouse of state.warehouses) this.house(context, warehouse, gable);
    this.machines(context);
    this.van(context, family);
    const chosen = state.machines[state.selected];
    if (chosen && (chosen.lat || chosen.lon)) {
      const { x, y } = this.at(chosen);
      context.strokeStyle = colour("accent");
      context.lineWidth = 2;
      context.beginPath();
      context.arc(x, y, 12, 0, 7);
      context.stroke();
    }
  },

  names(context, family, size) {
    context.font = `500 12px ${family}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const taken = [];
    for (const label of this.labels) {
      const { x, y } = this.at(label);
      const text = named(label.names), half = context.measureText(text).width / 2 + 4;
      const box = [x - half, y - 8, x + half, y + 8];
      const clash = taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1]);
      if (clash || box[0] < 0 || box[2] > size.x) continue;
      taken.push(box);
      context.strokeStyle = colour("land");
      context.lineWidth = 3;
      context.strokeText(text, x, y);
      context.fillStyle = colour("label");
      context.fillText(text, x, y);
    }
  },

  machines(context) {
    const { mode } = this.owner, warm = state.chain.temp_band[1];
    const { x, y, left, top } = this.places();
    const most = mode === "sales" ? columns.sales.reduce((one, other) => Math.max(one, other), 1) : 1;
    const shown = this.owner.fits ?? (() => true);
    for (const condition of [OK, OFFLINE, LOW, SOLD_OUT, FAULT]) {
      const draw = mode === "state" ? began(context, condition) : null;
      for (let number = 0; number < x.length; number += 1) {
        if (columns.state[number] !== condition || Number.isNaN(x[number]) || !shown(number)) continue;
        const across = x[number] - left, down = y[number] - top;
        if (draw) draw(across, down);
        else this.dot(context, mode, number, across, down, most, warm);
      }
      if (draw) ended(context, condition);
    }
  },

  dot(context, mode, number, x, y, most, warm) {
    const stock = columns.stock[number], sales = columns.sales[number], { temp } = state.machines[number];
    if (mode === "stock") dot(context, x, y, 4, stock === 0 ? "sold-out" : stock <= 300 ? "low" : "mark", 1);
    else if (mode === "sales") dot(context, x, y, 2 + 8 * Math.sqrt(sales / most), "accent", 0.25 + 0.6 * (sales / most));
    else dot(context, x, y, temp > warm ? 5 : 3, temp === null ? "line" : temp > warm ? "fault" : "mark", 1);
  },

  house(context, thing, inside) {
    if (!thing.lat && !thing.lon) return;
    const { x, y } = this.at(thing);
    context.fillStyle = colour("panel");
    context.strokeStyle = colour("muted");
    context.lineWidth = 1.4;
    context.beginPath();
    context.roundRect(x - 8.5, y - 8.5, 17, 17, 4);
    context.fill();
    context.stroke();
    context.beginPath();
    inside(context, x, y);
    context.stroke();
  },

  route(context, van) {
    const target = state.places.get(van.to);
    if (!target) return;
    const from = this.at(van), to = this.at(target);
    const bend = 0.14, middle = [(from.x + to.x) / 2 - (to.y - from.y) * bend, (from.y + to.y) / 2 + (to.x - from.x) * bend];
    context.strokeStyle = colour("accent");
    context.globalAlpha = 0.75;
    context.lineWidth = 1.6;
    context.setLineDash([2, 4]);
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.quadraticCurveTo(...middle, to.x, to.y);
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
  },

  van(context, family) {
    context.font = `600 12px ${family}`;
    context.textAlign = "left";
    context.textBaseline = "middle";
    for (const van of state.vans) {
      if (!van.onRoute || (!van.lat && !van.lon)) continue;
      const { x, y } = this.at(van);
      context.save();
      context.translate(x, y);
      context.rotate(van.heading);
      context.fillStyle = colour("accent");
      context.beginPath();
      context.roundRect(-7, -4.5, 14, 9, 2);
      context.fill();
      context.fillStyle = colour("panel");
      context.fillRect(3, -3, 1.5, 6);
      context.restore();
      const text = van.id.replace(/^van-/i, "V");
      context.strokeStyle = colour("land");
      context.lineWidth = 3;
      context.strokeText(text, x + 10, y - 9);
      context.fillStyle = colour("text");
      context.fillText(text, x + 10, y - 9);
    }
  },

  /** What stands within reach of a point: vans before machines before houses. */
  nearest(point) {
    const near = (things) => {
      let best = null, least = REACH;
      for (const thing of things) {
        if ((!thing.lat && !thing.lon) || thing.onRoute === false) continue;
        const { x, y } = this.at(thing);
        const away = Math.hypot(x - point.x, y - point.y);
        if (away < least) [best, least] = [thing, away];
      }
      return best;
    };
    return near(state.vans) ?? this.nearestMachine(point) ?? near(state.stores) ?? near(state.warehouses);
  },

  nearestMachine(point) {
    const { x, y, left, top } = this.places();
    let best = null, least = REACH;
    for (let number = 0; number < x.length; number += 1) {
      const away = Math.hypot(x[number] - left - point.x, y[number] - top - point.y);
      if (away < least && (this.owner.fits?.(number) ?? true)) [best, least] = [state.machines[number], away];
    }
    return best;
  },
});

function dot(context, x, y, radius, name, alpha) {
  context.globalAlpha = alpha;
  context.fillStyle = colour(name);
  context.beginPath();
  context.arc(x, y, radius, 0, 7);
  context.fill();
  context.globalAlpha = 1;
}

/** Begin all marks of one state as one path; the answer adds one. */
function began(context, condition) {
  context.beginPath();
  if (condition === OK) return (x, y) => context.rect(x - 2, y - 2, 4, 4);
  if (condition === OFFLINE || condition === LOW) {
    const radius = condition === LOW ? 3.8 : 3.6;
    return (x, y) => {
      context.moveTo(x + radius, y);
      context.arc(x, y, radius, 0, 7);
    };
  }
  const corners = condition === SOLD_OUT ? [[0, -5], [5, 4], [-5, 4]] : [[0, -6], [6, 0], [0, 6], [-6, 0]];
  return (x, y) => {
    corners.forEach(([dx, dy], index) => (index ? context.lineTo(x + dx, y + dy) : context.moveTo(x + dx, y + dy)));
    context.closePath();
  };
}

function ended(context, condition) {
  if (condition === OFFLINE) {
    context.strokeStyle = colour("muted");
    context.lineWidth = 1.5;
    context.stroke();
    return;
  }
  context.fillStyle = colour({ [OK]: "mark", [LOW]: "low", [SOLD_OUT]: "sold-out", [FAULT]: "fault" }[condition]);
  context.fill();
}

function storeFront(context, x, y) {
  context.rect(x - 4.5, y - 4.5, 9, 3);
  context.rect(x - 3.5, y - 1.5, 7, 6);
}

function gable(context, x, y) {
  [[-4.5, 4.5], [-4.5, -1], [0, -4.5], [4.5, -1], [4.5, 4.5]].forEach(([dx, dy]) => context.lineTo(x + dx, y + dy));
  context.moveTo(x - 2, y + 4.5);
  context.lineTo(x - 2, y + 1);
  context.lineTo(x + 2, y + 1);
  context.lineTo(x + 2, y + 4.5);
}

/** Where each district's name goes: the middle of its largest part; the largest districts come first. */
function districtLabels(map) {
  const labels = (map?.features ?? []).map(({ properties, geometry }) => {
    const parts = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
    const [area, lon, lat] = parts.map((part) => middle(part[0])).reduce((one, other) => (other[0] > one[0] ? other : one));
    return { area, lon, lat, names: [properties.name_en, properties.name_zh] };
  });
  return labels.sort((one, other) => other.area - one.area);
}

function middle(ring) {
  let area = 0, lon = 0, lat = 0;
  for (let at = 0; at + 1 < ring.length; at += 1) {
    const cross = ring[at][0] * ring[at + 1][1] - ring[at + 1][0] * ring[at][1];
    area += cross;
    lon += (ring[at][0] + ring[at + 1][0]) * cross;
    lat += (ring[at][1] + ring[at + 1][1]) * cross;
  }
  return [Math.abs(area / 2), lon / (3 * area), lat / (3 * area)];
}
