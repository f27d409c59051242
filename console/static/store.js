// What the page knows, and who wants to hear of it. Frames of the feed are applied here and nowhere else.

export const OK = 0, LOW = 1, SOLD_OUT = 2, OFFLINE = 3, FAULT = 4;
export const STATES = ["ok", "low", "sold_out", "offline", "fault"];

export const state = {
  chain: null, machines: [], stores: [], vans: [], alarms: new Map(), numbers: new Map(),
  kpi: null, day: null, now: 0, speed: 1, nodes: [0, 0], detail: null, selected: -1, search: "",
  stale: true, staleSince: 0, latency: null, loggedOut: false,
};

const listeners = new Set();

/** Hear every change; the listener gets what changed as an object of names. */
export function onChange(listener) {
  listeners.add(listener);
}

export function changed(what) {
  for (const listener of listeners) listener(what);
}

export function begin(chain) {
  state.chain = chain;
  const place = (row, number) => ({ number, id: row[0], names: [row[1], row[2]], lat: row[3], lon: row[4] });
  state.machines = chain.machines.map((row, number) => ({ ...place(row, number), state: OK, stock: 0, temp: null,
    sales: 0, seen: 0, empty: 0, jammed: 0, units: 0, spoilt: 0, locked: false }));
  state.stores = chain.stores.map((row, number) => ({ ...place(row, number), sales: 0, baskets: 0 }));
  state.warehouses = chain.warehouses.map(place);
  state.vans = chain.vans.map((id, number) => ({ number, id, lat: 0, lon: 0, to: "", arrives: 0, done: 0, onRoute: false, heading: 0 }));
  state.places = new Map([...state.machines, ...state.stores, ...state.warehouses].map((thing) => [thing.id, thing]));
  state.numbers = new Map(state.machines.map((machine) => [machine.id, machine.number]));
}

export function apply(frame) {
  if (frame.t === "machine") {
    state.detail = frame;
    changed({ detail: true });
    return;
  }
  if (frame.t === "snapshot") state.alarms.clear();
  for (const [number, condition, stock, temp, sales, seen, empty, jammed, units, spoilt, locked] of frame.machines ?? []) {
    Object.assign(state.machines[number], { state: condition, stock, temp, sales, seen, empty, jammed, units, spoilt, locked });
  }
  for (const [number, sales, baskets, last, lastMinor] of frame.stores ?? []) {
    Object.assign(state.stores[number], { sales, baskets, last, lastMinor });
  }
  for (const [number, lat, lon, to, arrives, done, onRoute] of frame.vans ?? []) moveVan(state.vans[number], lat, lon, to, arrives, done, onRoute);
  for (const [number, kind, priority, place, value, at, cleared, by] of frame.alarms ?? []) {
    if (kind === undefined) state.alarms.delete(number);
    else state.alarms.set(number, { number, kind, priority, place, value, at, cleared, by });
  }
  Object.assign(state, { kpi: frame.kpi, now: frame.now, speed: frame.speed, nodes: frame.nodes });
  if (frame.day) state.day = frame.day;
  changed({ snapshot: frame.t === "snapshot", machines: frame.machines, stores: frame.stores, vans: frame.vans,
    alarms: frame.alarms, day: frame.day, tick: true });
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
