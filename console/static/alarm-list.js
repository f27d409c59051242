// Alarms, worst first, to be acknowledged by hand or key.

import { h, press, put, say, segments } from "./dom.js";
import { post } from "./api.js";
import { atSecond, t, whole } from "./i18n.js";
import { Panel } from "./panel.js";
import { sign, title, where } from "./parts/alarm-words.js";
import { alarmOrder, changed, select, state } from "./store.js";

const SHOWN_MAX = 200;
const RECENT_MS = 600_000;

const canLetIn = (alarm) => alarm?.kind === "set_aside" && Boolean(alarm.by) && !alarm.cleared;

export class AlarmList extends Panel {
  filter = "all";
  chosen = 0;
  rows = new Map();

  build() {
    this.setAttribute("aria-label", t("alarms.title"));
    this.rows.clear();
    this.about = h("span", { class: "about" });
    this.filters = segments(t("alarms.filter"), [["all", t("alarms.all")], ["unacked", t("alarms.unacked")]], this.filter,
      (value) => this.show(value));
    this.list = h("div", { class: "scroll", role: "grid", tabindex: "0", "aria-label": t("alarms.title") });
    this.nothing = h("div", { class: "empty", text: t("alarms.none"), hidden: true });
    const keys = [[["j", "k"], "keys.move"], [["a"], "keys.acknowledge"], [["f"], "keys.filter"], [["?"], "keys.all"]];
    return [
      h("div", { class: "panel-head" }, h("h2", { text: t("alarms.title") }), this.about, h("span", { class: "spring" }), this.filters),
      this.nothing, this.list,
      h("div", { class: "panel-foot" }, keys.map(([caps, text]) => h("span", {}, caps.flatMap((cap) => [h("kbd", { text: cap }), " "]), t(text)))),
    ];
  }

  shown() {
    const all = [...state.alarms.values()];
    return (this.filter === "all" ? all : all.filter((alarm) => !alarm.by)).sort(alarmOrder).slice(0, SHOWN_MAX);
  }

  show(filter) {
    this.filter = filter;
    press(this.filters, filter);
    this.draw();
  }

  nextFilter() {
    this.show(this.filter === "all" ? "unacked" : "all");
  }

  update(what) {
    if (!(what.alarms || what.snapshot)) return;
    const recent = [...state.alarms.values()].filter((alarm) => state.now - alarm.at < RECENT_MS).length;
    say(this.about, t("alarms.about", { n: whole(state.alarms.size), recent: whole(recent) }));
    this.draw();
  }

  draw() {
    const alarms = this.shown();
    if (!alarms.some((alarm) => alarm.number === this.chosen)) this.chosen = alarms[this.chosenAt]?.number ?? alarms[0]?.number ?? 0;
    this.chosenAt = Math.max(0, alarms.findIndex((alarm) => alarm.number === this.chosen));
    const wanted = new Set(alarms.map((alarm) => alarm.number));
    for (const [number, row] of this.rows) {
      if (!wanted.has(number)) {
        row.box.remove();
        this.rows.delete(number);
      }
    }
    alarms.forEach((alarm, index) => {
      const row = this.rows.get(alarm.number) ?? this.row(alarm);
      this.fill(row, alarm);
      if (this.list.children[index] !== row.box) this.list.insertBefore(row.box, this.list.children[index] ?? null);
    });
    this.nothing.hidden = alarms.length > 0;
    this.list.hidden = alarms.length === 0;
    if (this.chosen) put(this.list, "aria-activedescendant", `alarm-${this.chosen}`);
    else this.list.removeAttribute("aria-activedescendant");
  }

  row(alarm) {
    const status = h("span", { class: "status" });
    const button = h("button", { class: "button", type: "button", text: t("alarms.ack"),
      "aria-label": t("alarms.ack.long", { what: title(alarm) }),
      onclick: (event) => { event.stopPropagation(); this.answer(alarm.number); } });
    const cell = (name, ...inside) => h("span", { class: name, role: "gridcell" }, inside);
    const box = h("div", { class: "alarm", role: "row", id: `alarm-${alarm.number}`, onclick: () => this.choose(alarm.number) },
      cell("sign", sign(alarm)), cell("when", h("time", { text: atSecond(alarm.at) })),
      cell("text", h("span", { class: "what", text: title(alarm) }), h("span", { class: "where", text: where(alarm) })),
      cell("", status), cell("deed", button));
    const row = { box, status, button };
    this.rows.set(alarm.number, row);
    return row;
  }

  fill(row, alarm) {
    const waiting = !alarm.by;
    const name = `alarm${waiting ? " waiting" : ""}${["", " worst", "", " third"][alarm.priority] ?? ""}`;
    if (row.box.className !== name) row.box.className = name;
    put(row.box, "aria-selected", String(alarm.number === this.chosen));
    say(row.status, t(waiting ? (alarm.cleared ? "alarms.cleared_unacked" : "alarms.status_unacked") : "alarms.status_acked"));
    const aside = canLetIn(alarm);
    row.button.style.visibility = waiting || aside ? "visible" : "hidden";
    say(row.button, t(aside ? "alarms.let_in" : "alarms.ack"));
    put(row.button, "aria-label", t(aside ? "alarms.let_in.long" : "alarms.ack.long", { what: title(alarm) }));
    if (!waiting) row.button.disabled = false;
  }

  choose(number) {
    this.chosen = number;
    this.draw();
    this.rows.get(number)?.box.scrollIntoView({ block: "nearest" });
    select(state.numbers.get(state.alarms.get(number)?.place.split("/")[0]) ?? -1);
  }

  move(step) {
    const alarms = this.shown();
    if (!alarms.length) return;
    const at = alarms.findIndex((alarm) => alarm.number === this.chosen);
    this.choose(alarms[Math.max(0, Math.min(alarms.length - 1, at + step))].number);
  }

  async answer(number) {
    if (canLetIn(state.alarms.get(number))) await this.ask(number, "let-in");
    else await this.acknowledge(number);
  }

  async acknowledge(number = this.chosen) {
    const alarm = state.alarms.get(number);
    if (alarm && !alarm.by) await this.ask(number, "acknowledge");
  }

  async ask(number, what) {
    const row = this.rows.get(number);
    if (state.stale || row?.button.disabled) return;
    if (row) row.button.disabled = true;
    try {
      await post(`/api/alarms/${number}/${what}`);
    } catch {
      if (row) row.button.disabled = false;
    }
    changed({});
  }

  focusList() {
    this.list.focus();
  }
}
