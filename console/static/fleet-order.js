// Which machines a table shows and in what order, without sorting ten thousand of them ten times a second.

import { named } from "./i18n.js";
import { STATES, columns, state } from "./store.js";

const AGAIN_MS = 1000;
const UP_FIRST = new Set(["machine", "site"]);
const NUMBERS = { stock: "stock", temp: "temp", sales: "sales", seen: "seen", state: "state" };

export class FleetOrder {
  column = "";
  down = true;
  fits = null;
  machines = [];
  counts = STATES.map(() => 0);
  sortedAt = -Infinity;

  /** By this column; without a direction: as is usual for it, then the other way, then no more. */
  by(column, down = undefined) {
    const usual = !UP_FIRST.has(column);
    if (down !== undefined) [this.column, this.down] = [column, down];
    else if (this.column !== column) [this.column, this.down] = [column, usual];
    else if (this.down === usual) this.down = !usual;
    else [this.column, this.down] = ["", true];
  }

  /** The order as an address says it: "" worst first, "-sales" by sales, the most first. */
  said() {
    return this.column ? `${this.down ? "-" : ""}${this.column}` : "";
  }

  /** Put them in order; by a column at most once a second unless asked for `now`. Whether anything was done. */
  sort(now) {
    if (this.column && !now && performance.now() - this.sortedAt < AGAIN_MS) return false;
    this.sortedAt = performance.now();
    const found = this.worstFirst();
    this.machines = this.column ? this.sorted(found) : found;
    return true;
  }

  /** Those that fit, worst state first, in a walk for each state: no comparison, nothing made but the list. */
  worstFirst() {
    const { state: conditions } = columns;
    this.counts.fill(0);
    for (let number = 0; number < conditions.length; number += 1) this.counts[conditions[number]] += 1;
    const found = [];
    for (let condition = STATES.length - 1; condition >= 0; condition -= 1) {
      if (!this.counts[condition]) continue;
      for (let number = 0; number < conditions.length; number += 1) {
        if (conditions[number] === condition && (!this.fits || this.fits(number))) found.push(number);
      }
    }
    return found;
  }

  sorted(found) {
    const way = this.down ? -1 : 1;
    const values = columns[NUMBERS[this.column]];
    if (values) return found.sort((one, other) => way * (values[one] - values[other]) || one - other);
    const text = this.column === "site" ? (number) => named(state.machines[number].names) : (number) => state.machines[number].id;
    const keys = new Map(found.map((number) => [number, text(number)]));
    const compare = new Intl.Collator(undefined, { numeric: true }).compare;
    return found.sort((one, other) => way * compare(keys.get(one), keys.get(other)) || one - other);
  }
}
