// Every machine, worst first. Only the rows in view exist; they are refilled in place.

import { h, mark, press, put, say, segments } from "./dom.js";
import { matches } from "./header-bar.js";
import { amount, named, span, symbol, t, tenth, whole } from "./i18n.js";
import { Panel } from "./panel.js";
import { FAULT, LOW, OFFLINE, OK, SOLD_OUT, STATES, fleetOrder, select, state, stateWord } from "./store.js";

const ROW_HEIGHT = 28;
const SPARE_ROWS = 6;
const COLUMNS = [["machine"], ["site"], ["state"], ["stock"], ["temp", "num"], ["sales", "num"], ["seen", "num"]];

export class FleetTable extends Panel {
  filter = "all";
  machines = [];
  rows = [];

  build() {
    this.setAttribute("aria-label", t("fleet.title"));
    this.rows = [];
    this.about = h("span", { class: "about" });
    this.filters = segments(t("fleet.filter"), [["all", t("fleet.all")], ["abnormal", t("fleet.abnormal")]], this.filter,
      (value) => { this.filter = value; press(this.filters, value); this.sort(); });
    this.body = h("tbody");
    this.above = h("tr", { "aria-hidden": "true" });
    this.below = h("tr", { "aria-hidden": "true" });
    this.nothing = h("div", { class: "empty", text: t("fleet.none"), hidden: true });
    this.table = h("table", { role: "grid", tabindex: "0", "aria-label": t("fleet.title"), onkeydown: (event) => this.keyed(event) },
      h("thead", {}, h("tr", {}, COLUMNS.map(([name, kind]) =>
        h("th", { scope: "col", class: kind, text: t(`fleet.${name}`, { symbol: symbol() }) })))), this.body);
    this.body.append(this.above, this.below);
    this.scroll = h("div", { class: "scroll" }, this.table, this.nothing);
    this.scroll.addEventListener("scroll", () => this.draw(), { passive: true });
    return [h("div", { class: "panel-head" }, h("h2", { text: t("fleet.title") }), this.about, h("span", { class: "spring" }), this.filters), this.scroll];
  }

  resized() {
    if (state.kpi) this.draw();
  }

  update(what) {
    if (!state.kpi) return;
    if (what.machines || what.snapshot || what.search || what.language) this.sort();
    else if (what.selected) this.reveal();
    else if (what.tick && Math.floor(state.now / 1000) !== this.second) this.draw();
  }

  sort() {
    const wanted = state.search.toLowerCase();
    const counts = [0, 0, 0, 0, 0];
    for (const machine of state.machines) counts[machine.state] += 1;
    const part = (condition) => t(`fleet.count.${STATES[condition]}`, { n: whole(counts[condition]) });
    say(this.about, [FAULT, OFFLINE, SOLD_OUT, LOW].map(part).join(" · "));
    this.machines = state.machines
      .filter((machine) => (this.filter === "all" || machine.state !== OK) && (!wanted || matches(machine, wanted)))
      .sort(fleetOrder);
    put(this.table, "aria-rowcount", String(this.machines.length));
    this.nothing.hidden = this.machines.length > 0;
    if (state.selected < 0 && this.machines.length) select(this.machines[0].number);
    this.draw();
  }

  draw() {
    this.second = Math.floor(state.now / 1000);
    const { scrollTop, clientHeight } = this.scroll;
    const first = Math.max(0, Math.min(Math.floor(scrollTop / ROW_HEIGHT) - SPARE_ROWS, this.machines.length - 1));
    const count = Math.min(this.machines.length - first, Math.ceil(clientHeight / ROW_HEIGHT) + 2 * SPARE_ROWS);
    this.above.style.height = `${first * ROW_HEIGHT}px`;
    this.below.style.height = `${Math.max(0, this.machines.length - first - count) * ROW_HEIGHT}px`;
    while (this.rows.length < count) {
      const row = this.row();
      this.rows.push(row);
      this.body.insertBefore(row.box, this.below);
    }
    while (this.rows.length > Math.max(0, count)) this.rows.pop().box.remove();
    this.rows.forEach((row, index) => this.fill(row, this.machines[first + index], first + index));
  }

  row() {
    const cells = COLUMNS.map(([, kind]) => h("td", { class: kind }));
    const word = h("span");
    const condition = h("span", { class: "state" }, mark(OK), word);
    const bar = h("i");
    cells[2].append(condition);
    cells[3].append(h("span", { class: "stock", role: "img" }, bar));
    const row = { box: h("tr", { onclick: () => select(row.machine.number) }, cells), cells, condition, word, bar, machine: null };
    return row;
  }

  fill(row, machine, index) {
    row.machine = machine;
    const { cells } = row;
    const lost = machine.state === OFFLINE;
    row.box.className = `s${machine.state}${lost ? " lost" : ""}`;
    row.box.id = `machine-${machine.number}`;
    put(row.box, "aria-selected", String(machine.number === state.selected));
    put(row.box, "aria-rowindex", String(index + 1));
    say(cells[0], machine.id);
    say(cells[1], named(machine.names));
    cells[1].title = named(machine.names);
    if (row.shown !== machine.state) {
      row.condition.className = `state s${machine.state}`;
      row.condition.firstChild.replaceWith(mark(machine.state));
      row.shown = machine.state;
    }
    say(row.word, t(stateWord(machine)));
    row.bar.style.width = `${machine.stock / 10}%`;
    put(row.bar.parentNode, "aria-label", t("fleet.stock.share", { n: Math.round(machine.stock / 10) }));
    say(cells[4], machine.temp === null ? "–" : tenth(machine.temp / 10));
    cells[4].classList.toggle("warm", machine.temp !== null && machine.temp > state.chain.temp_band[1] && !lost);
    say(cells[5], amount(machine.sales));
    say(cells[6], machine.seen ? span(state.now - machine.seen) : "–");
  }

  keyed(event) {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity }[event.key];
    if (!step || !this.machines.length) return;
    event.preventDefault();
    const at = this.machines.findIndex((machine) => machine.number === state.selected);
    select(this.machines[Math.max(0, Math.min(this.machines.length - 1, at + step))].number);
  }

  reveal() {
    const at = this.machines.findIndex((machine) => machine.number === state.selected);
    if (at >= 0) {
      const top = at * ROW_HEIGHT, room = this.scroll.clientHeight - 2 * ROW_HEIGHT;
      if (top < this.scroll.scrollTop) this.scroll.scrollTop = top;
      else if (top > this.scroll.scrollTop + room) this.scroll.scrollTop = top - room;
    }
    this.draw();
    put(this.table, "aria-activedescendant", `machine-${state.selected}`);
  }
}
