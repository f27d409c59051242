// Alarms, worst first, to be acknowledged by hand or key.

import { h, press, put, say, segments, svg } from "./dom.js";
import { post } from "./api.js";
import { atSecond, money, named, t, tenth, whole } from "./i18n.js";
import { Panel } from "./panel.js";
import { alarmOrder, changed, select, state } from "./store.js";

const SHOWN_MAX = 200;
const RECENT_MS = 600_000;
const DEVICES = ["board", "keypad", "cash", "cashless", "code", "cooling"];
const SIGNS = { 1: "M9 0 18 9 9 18 0 9z", 2: "M9 1 18 17H0z", 3: "M9 1.2a7.8 7.8 0 1 0 .001 0z" };

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
    const sign = svg("svg", { class: `p${alarm.priority}`, viewBox: "0 0 18 18", role: "img", "aria-label": t("alarms.priority", { n: alarm.priority }) },
      svg("path", { d: SIGNS[alarm.priority] }), svg("text", { x: 9, y: alarm.priority === 2 ? 14.5 : 12.6, text: String(alarm.priority) }));
    const status = h("span", { class: "status" });
    const button = h("button", { class: "button", type: "button", text: t("alarms.ack"),
      "aria-label": t("alarms.ack.long", { what: this.title(alarm) }),
      onclick: (event) => { event.stopPropagation(); this.answer(alarm.number); } });
    const cell = (name, ...inside) => h("span", { class: name, role: "gridcell" }, inside);
    const box = h("div", { class: "alarm", role: "row", id: `alarm-${alarm.number}`, onclick: () => this.choose(alarm.number) },
      cell("sign", sign), cell("when", h("time", { text: atSecond(alarm.at) })),
      cell("text", h("span", { class: "what", text: this.title(alarm) }), h("span", { class: "where", text: this.where(alarm) })),
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
    put(row.button, "aria-label", t(aside ? "alarms.let_in.long" : "alarms.ack.long", { what: this.title(alarm) }));
    if (!waiting) row.button.disabled = false;
  }

  title(alarm) {
    const lane = alarm.place.includes("/lane/") ? alarm.place.split("/").at(-1) : "";
    const values = { lane, value: whole(alarm.value), temp: tenth(alarm.value / 10), money: money(alarm.value) };
    const device = DEVICES.find((name) => alarm.place.endsWith(`/${name}`));
    if (alarm.kind === "offline" && device) return t("alarm.offline.device", { device: t(`device.${device}`) });
    return t(`alarm.${alarm.kind}${lane ? ".lane" : ""}`, values);
  }

  where(alarm) {
    const id = alarm.place.split("/")[0];
    const thing = state.places.get(id);
    return thing ? `${id} · ${named(thing.names)}` : alarm.place;
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
