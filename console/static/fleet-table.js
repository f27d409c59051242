// Every machine that fits, worst first or by a column. Only the rows in view exist; they are refilled in place.

import { h, mark, press, put, say, segments } from "./dom.js";
import { FleetOrder } from "./fleet-order.js";
import { amount, named, span, symbol, t, tenth, whole } from "./i18n.js";
import { Panel } from "./panel.js";
import { address, go } from "./router.js";
import { FAULT, LOW, OFFLINE, OK, SOLD_OUT, STATES, columns, select, state, stateWord } from "./store.js";

const ROW_HEIGHT = 28;
const SPARE_ROWS = 6;
const COLUMNS = [["machine"], ["site"], ["state"], ["stock"], ["temp", "num"], ["sales", "num"], ["seen", "num"]];

export class FleetTable extends Panel {
  order = new FleetOrder();
  filter = "all";
  rows = [];

  /** Show only the machines whose number passes this test; null shows all. */
  showOnly(test) {
    this.order.fits = test;
    this.sort(true);
  }

  build() {
    this.setAttribute("aria-label", t("fleet.title"));
    this.rows = [];
    this.about = h("span", { class: "about" });
    this.body = h("tbody");
    this.above = h("tr", { "aria-hidden": "true" });
    this.below = h("tr", { "aria-hidden": "true" });
    this.nothing = h("div", { class: "empty", text: t("fleet.none"), hidden: true });
    this.heads = COLUMNS.map(([name, kind]) => h("th", { scope: "col", class: kind },
      h("button", { type: "button", class: "sorter", text: t(`fleet.${name}`, { symbol: symbol() }), onclick: () => this.sortBy(name) })));
    this.table = h("table", { role: "grid", tabindex: "0", "aria-label": t("fleet.title"), onkeydown: (event) => this.keyed(event) },
      h("thead", {}, h("tr", {}, this.heads)), this.body);
    this.body.append(this.above, this.below);
    this.scroll = h("div", { class: "scroll" }, this.table, this.nothing);
    this.scroll.addEventListener("scroll", () => this.draw(), { passive: true });
    queueMicrotask(() => this.marks());
    return [h("div", { class: "panel-head" }, h("h2", { text: t("fleet.title") }), this.about, h("span", { class: "spring" }), this.controls()), this.scroll];
  }

  controls() {
    if (this.hasAttribute("bare")) return [];
    this.filters = segments(t("fleet.filter"), [["all", t("fleet.all")], ["abnormal", t("fleet.abnormal")]], this.filter,
      (value) => this.show(value));
    return [this.filters];
  }

  show(value) {
    this.filter = value;
    press(this.filters, value);
    this.showOnly(value === "all" ? null : (machine) => columns.state[machine] !== OK);
  }

  nextFilter() {
    if (this.filters) this.show(this.filter === "all" ? "abnormal" : "all");
  }

  /** By this column; once more the other way round, then worst first again. */
  sortBy(name, down) {
    this.order.by(name, down);
    this.marks();
    this.sort(true);
    this.dispatchEvent(new CustomEvent("sorted", { detail: this.order.said() }));
  }

  marks() {
    this.heads.forEach((head, index) => {
      const [column] = COLUMNS[index];
      if (this.order.column === column) put(head, "aria-sort", this.order.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  }

  resized() {
    if (state.kpi) this.draw();
  }

  update(what) {
    if (!state.kpi) return;
    if (what.machines || what.snapshot || what.language) this.sort(what.language || what.snapshot);
    else if (what.selected) this.reveal();
    else if (what.tick && Math.floor(state.now / 1000) !== this.second) this.draw();
  }

  sort(now = false) {
    if (!this.order.sort(now) && !now) return this.draw();
    const { counts, machines } = this.order;
    const part = (condition) => t(`fleet.count.${STATES[condition]}`, { n: whole(counts[condition]) });
    say(this.about, [FAULT, OFFLINE, SOLD_OUT, LOW].map(part).join(" · "));
    put(this.table, "aria-rowcount", String(machines.length + 1));
    this.nothing.hidden = machines.length > 0;
    if (state.selected < 0 && machines.length) select(machines[0]);
    this.draw();
  }

  draw() {
    this.second = Math.floor(state.now / 1000);
    const { machines } = this.order;
    const { scrollTop, clientHeight } = this.box();
    const first = Math.max(0, Math.min(Math.floor(scrollTop / ROW_HEIGHT) - SPARE_ROWS, machines.length - 1));
    const count = Math.max(0, Math.min(machines.length - first, Math.ceil(clientHeight / ROW_HEIGHT) + 2 * SPARE_ROWS));
    if (this.shownFirst !== first) this.above.style.height = `${first * ROW_HEIGHT}px`;
    const below = machines.length - first - count;
    if (this.shownBelow !== below) this.below.style.height = `${below * ROW_HEIGHT}px`;
    [this.shownFirst, this.shownBelow] = [first, below];
    while (this.rows.length < count) {
      const row = this.row();
      this.rows.push(row);
      this.body.insertBefore(row.box, this.below);
    }
    while (this.rows.length > count) this.rows.pop().box.remove();
    for (let index = 0; index < count; index += 1) this.fill(this.rows[index], machines[first + index], first + index);
  }

  /** Where the view stands; asked at most once a frame, because asking makes the browser lay out. */
  box() {
    if (!this.seen) {
      this.seen = { scrollTop: this.scroll.scrollTop, clientHeight: this.scroll.clientHeight };
      requestAnimationFrame(() => { this.seen = null; });
    }
    return this.seen;
  }

  row() {
    const cells = COLUMNS.map(([, kind]) => h("td", { class: kind }));
    const word = h("span");
    const condition = h("span", { class: "state" }, mark(OK), word);
    const bar = h("i");
    cells[2].append(condition);
    cells[3].append(h("span", { class: "stock", role: "img" }, bar));
    const row = { cells, condition, word, bar, number: -1, shown: {} };
    row.box = h("tr", { onclick: () => select(row.number), ondblclick: () => this.open(row.number) }, cells);
    return row;
  }

  open(number) {
    const machine = state.machines[number];
    if (machine) go(address("machine", machine));
  }

  fill(row, number, index) {
    const { cells, shown } = row;
    const machine = state.machines[number];
    if (row.number !== number || shown.index !== index) {
      if (row.number !== number) this.name(row, machine);
      row.number = number;
      shown.index = index;
      put(row.box, "aria-rowindex", String(index + 2));
    }
    const condition = columns.state[number], lost = condition === OFFLINE;
    const chosen = number === state.selected;
    if (shown.chosen !== chosen) put(row.box, "aria-selected", String(shown.chosen = chosen));
    const word = stateWord(machine);
    if (shown.word !== word) {
      shown.word = word;
      row.box.className = `s${condition}${lost ? " lost" : ""}`;
      row.condition.className = `state s${condition}`;
      row.condition.firstChild.replaceWith(mark(condition));
      say(row.word, t(word));
    }
    const stock = Math.round(columns.stock[number] / 10);
    if (shown.stock !== stock) {
      shown.stock = stock;
      row.bar.style.width = `${stock}%`;
      put(row.bar.parentNode, "aria-label", t("fleet.stock.share", { n: stock }));
    }
    const { temp } = machine;
    if (shown.temp !== temp || shown.lost !== lost) {
      shown.temp = temp;
      shown.lost = lost;
      say(cells[4], temp === null ? "–" : tenth(temp / 10));
      cells[4].classList.toggle("warm", temp !== null && temp > state.chain.temp_band[1] && !lost);
    }
    const sales = columns.sales[number];
    if (shown.sales !== sales) say(cells[5], amount(shown.sales = sales));
    const ago = machine.seen ? Math.max(0, Math.round((state.now - machine.seen) / 1000)) : -1;
    if (shown.ago !== ago) say(cells[6], (shown.ago = ago) < 0 ? "–" : span(ago * 1000));
  }

  name(row, machine) {
    row.box.id = `machine-${machine.number}`;
    const [first, second] = row.cells;
    if (this.hasAttribute("bare")) first.replaceChildren(h("a", { href: address("machine", machine), text: machine.id, tabindex: "-1" }));
    else say(first, machine.id);
    say(second, named(machine.names));
    second.title = named(machine.names);
    row.shown = {};
  }

  keyed(event) {
    if (event.key === "Enter") return this.open(state.selected);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity }[event.key];
    if (!step) return;
    event.preventDefault();
    this.move(step);
  }

  move(step) {
    const { machines } = this.order;
    if (machines.length) select(machines[Math.max(0, Math.min(machines.length - 1, machines.indexOf(state.selected) + step))]);
  }

  reveal() {
    const at = this.order.machines.indexOf(state.selected);
    if (at >= 0) {
      const top = at * ROW_HEIGHT, room = this.scroll.clientHeight - 2 * ROW_HEIGHT;
      if (top < this.scroll.scrollTop) this.scroll.scrollTop = top;
      else if (top > this.scroll.scrollTop + room) this.scroll.scrollTop = top - room;
      this.seen = null;
    }
    this.draw();
    if (at >= 0) put(this.table, "aria-activedescendant", `machine-${state.selected}`);
  }
}
