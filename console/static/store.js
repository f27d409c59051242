// What the page knows, and who wants to hear of it. Frames of the feed are applied here and nowhere else.
//
// Machines' changing figures stand in one typed array a column (`columns`), as frames bring them; `state.machines`
// are thin objects that read them by name.

import { COLUMNS } from "./frames.js";

export const OK = 0, LOW = 1, SOLD_OUT = 2, OFFLINE = 3, FAULT = 4;
export const STATES = ["ok", "low", "sold_out", "offline", "fault"];
const NO_TEMP = -32768;

export const state = {
  chain: null, machines: [], stores: [], vans: [], warehouses: [], alarms: new Map(), numbers: new Map(), places: new Map(),
  kpi: null, history: [], day: null, now: 0, speed: 1, nodes: [0, 0], detail: null, selected: -1,
  stale: true, staleSince: 0, latency: null, loggedOut: false, frames: 0,
};

/** Machines' figures by column, in the order of `state.machines`. */
export const columns = {};

class Machine {
  constructor(number, [id, english, chinese, lat, lon, site, district]) {
    Object.assign(this, { number, id, names: [english, chinese], lat, lon, site, district });
  }

  get state() { return columns.state[this.number]; }
  get stock() { return columns.stock[this.number]; }
  get temp() {
    const temp = columns.temp[this.number];
    return temp === NO_TEMP ? null : temp;
  }

  get sales() { return columns.sales[this.number]; }
  get seen() { return columns.seen[this.number] * 1000; }
  get empty() { return columns.empty[this.number]; }
  get jammed() { return columns.jammed[this.number]; }
  get units() { return columns.units[this.number]; }
  get spoilt() { return columns.spoilt[this.number]; }
  get locked() { return columns.locked[this.number] === 1; }
}

const listeners = new Set();

/** Hear every change; the listener gets what changed as an object of names. */
export function onChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function changed(what) {
  for (const listener of [...listeners]) listener(what);
}

export function begin(chain) {
  state.chain = chain;
  const place = (row, number) => ({ number, id: row[0], names: [row[1], row[2]], lat: row[3], lon: row[4] });
  for (const [name, Kind] of COLUMNS) columns[name] = new Kind(chain.machines.length);
  columns.temp.fill(NO_TEMP);
  state.machines = chain.machines.map((row, number) => new Machine(number, row));
  state.stores = chain.stores.map((row, number) => ({ ...place(row, number), tills: row[5], sales: 0, baskets: 0, last: 0, lastMinor: 0 }));
  state.warehouses = chain.warehouses.map(place);
  state.vans = chain.vans.map(([id, warehouse], number) => ({ number, id, warehouse, lat: 0, lon: 0, to: "", arrives: 0, done: 0, onRoute: false, heading: 0 }));
  state.places = new Map([...state.machines, ...state.stores, ...state.warehouses].map((thing) => [thing.id, thing]));
  state.numbers = new Map(state.machines.map((machine) => [machine.id, machine.number]));
}

/** One machine in full, as it was asked for. */
export function applyDetail(detail) {
  state.detail = detail;
  changed({ detail: true });
}

/** A frame from `frames.decode`. */
export function apply({ snapshot, rows, columns: news, said }) {
  if (snapshot) state.alarms.clear();
  if (rows) keep(news, rows);
  for (const [number, sales, baskets, last, lastMinor] of said.stores ?? []) {
    Object.assign(state.stores[number], { sales, baskets, last, lastMinor });
  }
  for (const [number, lat, lon, to, arrives, done, onRoute] of said.vans ?? []) moveVan(state.vans[number], lat, lon, to, arrives, done, onRoute);
  for (const [number, kind, priority, place, value, at, cleared, by] of said.alarms ?? []) {
    if (kind === undefined) state.alarms.delete(number);
    else state.alarms.set(number, { number, kind, priority, place, value, at, cleared, by });
  }
  Object.assign(state, { kpi: said.kpi, now: said.now, speed: said.speed, nodes: said.nodes, frames: state.frames + 1 });
  if (said.history) state.history = said.history;
  if (said.day) state.day = said.day;
  changed({ snapshot, machines: rows ? news.row : undefined, stores: said.stores, vans: said.vans, alarms: said.alarms,
    day: said.day, history: said.history, tick: true });
}

/** Copy the rows of a frame to where they belong; a frame of all rows is copied a column at a time. */
function keep(news, rows) {
  const { row } = news;
  const all = rows === state.machines.length;
  for (const [name] of COLUMNS) {
    if (name === "row") continue;
    const from = news[name], to = columns[name];
    if (all) to.set(from);
    else for (let at = 0; at < rows; at += 1) to[row[at]] = from[at];
  }
}

function moveVan(van, lat, lon, to, arrives, done, onRoute) {
  const target = state.places.get(to);
  if (target) van.heading = Math.atan2(-(target.lat - lat), (target.lon - lon) * Math.cos((lat * Math.PI) / 180));
  Object.assign(van, { lat, lon, to, arrives, done, onRoute });
}

export function select(number) {
  if (number === state.selected || number < 0) return;
  state.selected = number;
  state.detail = null;
  changed({ selected: true });
}

/** The word for a machine's state: what keeps it from selling is said before that something is wrong. */
export function stateWord(machine) {
  if (machine.state !== FAULT) return `state.${STATES[machine.state]}`;
  return machine.locked ? "state.locked" : machine.spoilt ? "state.spoilt" : "state.fault";
}

export const fleetOrder = (one, other) => other.state - one.state || one.number - other.number;
export const alarmOrder = (one, other) =>
  (one.by !== "") - (other.by !== "") || one.priority - other.priority || other.at - one.at || other.number - one.number;
