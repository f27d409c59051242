// The list of alarms: chosen by mouse and keys, and what is done to those that are chosen.

import { post } from "../api.js";
import { h, put, say } from "../dom.js";
import { atMoment, atSecond, span, t, whole } from "../i18n.js";
import { may, me } from "../me.js";
import { route } from "../router.js";
import { state } from "../store.js";
import { AskingPanel } from "./asking-panel.js";
import { placeLink, sign, title, where } from "./alarm-words.js";
import { askFor } from "./form-dialog.js";

const LIMIT = 200;
const DURATIONS = [15, 60, 240, 480, 1440, 4320, 10080];
export const FILTERS = ["state", "priority", "kind", "place", "assigned"];

export class AlarmDesk extends AskingPanel {
  chosen = new Set();
  at = 0;
  rows = [];

  path() {
    const query = new URLSearchParams({ limit: LIMIT });
    for (const name of FILTERS) if (route.query.get(name)) query.set(name, route.query.get(name));
    return `/api/alarms?${query}`;
  }

  build() {
    const deed = (key, go, name) => h("button", { class: "button", type: "button", "data-deed": name, text: t(key), onclick: go });
    this.all = h("input", { type: "checkbox", "aria-label": t("alarms.select_all"), onchange: () => this.chooseAll(this.all.checked) });
    this.count = h("span", { class: "muted", "aria-live": "polite" });
    this.deeds = h("div", { class: "alarm-deeds", hidden: !may("alarms.handle") }, this.all, this.count,
      deed("alarms.ack", () => this.acknowledge(), "ack"), deed("alarms.shelve", () => this.shelve(), "shelve"),
      deed("alarms.unshelve", () => this.unshelve(), "unshelve"), deed("alarms.assign", () => this.assign(), "assign"),
      deed("alarms.note", () => this.note(), "note"), deed("alarms.take_out", () => this.takeOut(), "out"));
    this.told = h("div", { class: "told", role: "status", hidden: true });
    this.list = h("div", { class: "scroll alarm-rows", role: "listbox", tabindex: "0", "aria-multiselectable": "true", "aria-label": t("alarms.list"),
      onkeydown: (event) => this.keyed(event) });
    this.nothing = h("p", { class: "empty", text: t("alarms.none_fits"), hidden: true });
    this.detail = h("div", { class: "alarm-detail", hidden: true });
    this.boxes = new Map();
    this.draw();
    return [this.deeds, this.told, h("div", { class: "alarm-split" }, h("div", { class: "alarm-rows-box" }, this.list, this.nothing), this.detail)];
  }

  update(what) {
    if (what.alarms) this.soon();
  }

  show({ items, next }) {
    this.rows = items;
    this.cut = Boolean(next);
    const there = new Set(items.map((row) => row.alarm));
    for (const number of this.chosen) if (!there.has(number)) this.chosen.delete(number);
    this.at = Math.max(0, Math.min(this.at, items.length - 1));
    this.draw();
  }

  // Drawing

  draw() {
    if (!this.list) return;
    const there = new Set(this.rows.map((row) => row.alarm));
    for (const [number, made] of this.boxes) {
      if (there.has(number)) continue;
      made.box.remove();
      this.boxes.delete(number);
    }
    this.rows.forEach((row, index) => {
      const said = JSON.stringify(row);
      let made = this.boxes.get(row.alarm);
      if (made?.said !== said) {
        const box = this.row(row);
        if (made) made.box.replaceWith(box);
        made = { box, said };
        this.boxes.set(row.alarm, made);
      }
      put(made.box, "aria-selected", String(this.chosen.has(row.alarm)));
      made.box.classList.toggle("current", index === this.at);
      if (this.list.children[index] !== made.box) this.list.insertBefore(made.box, this.list.children[index] ?? null);
    });
    const current = this.rows[this.at];
    if (current) put(this.list, "aria-activedescendant", `desk-${current.alarm}`);
    else this.list.removeAttribute("aria-activedescendant");
    this.nothing.hidden = this.rows.length > 0;
    this.list.hidden = this.rows.length === 0;
    say(this.count, t(this.cut ? "alarms.chosen_of_first" : "alarms.chosen", { n: whole(this.chosen.size), of: whole(this.rows.length) }));
    this.all.checked = this.rows.length > 0 && this.chosen.size === this.rows.length;
    this.all.indeterminate = this.chosen.size > 0 && !this.all.checked;
    for (const button of this.deeds.querySelectorAll("button")) button.disabled = !this.meant().length || state.stale;
    this.drawDetail(current);
  }

  row(row) {
    const waits = row.state === "unacknowledged" || row.state === "returned";
    return h("div", { class: `alarm${waits ? " waiting" : ""}${["", " worst", "", " third"][row.priority] ?? ""}`, role: "option", id: `desk-${row.alarm}`,
      onclick: (event) => this.clicked(row.alarm, event) },
    h("span", { class: "tick", "aria-hidden": "true" }), h("span", { class: "sign" }, sign(row)), h("time", { class: "when", text: atSecond(row.at_ms) }),
    h("span", { class: "text" }, h("span", { class: "what", text: title(row) }), h("span", { class: "where", text: where(row) })),
    h("span", { class: "to", text: row.to ? `→ ${row.to}` : "" }), h("span", { class: "status", text: t(`alarms.state.${row.state}`) }));
  }

  drawDetail(row) {
    const said = row ? JSON.stringify(row) : "";
    if (this.detailSaid === said && this.detail.childElementCount) return;
    this.detailSaid = said;
    this.detail.hidden = !row;
    if (!row) return;
    const line = (name, value) => (value ? [h("dt", { text: name }), h("dd", {}, value)] : []);
    this.detail.replaceChildren(
      h("h2", {}, sign(row), h("span", { text: title(row) })), h("p", {}, placeLink(row.place, where(row))),
      h("dl", { class: "figures" }, line(t("alarms.state"), t(`alarms.state.${row.state}`)), line(t("alarms.came"), atMoment(row.at_ms)),
        line(t("alarms.lasts"), row.active ? span(state.now - row.at_ms) : ""), line(t("alarms.returned"), row.cleared_ms ? atMoment(row.cleared_ms) : ""),
        line(t("alarms.acknowledged"), row.by ? `${row.by} · ${atMoment(row.acknowledged_ms)}` : ""), line(t("alarms.assigned"), row.to),
        line(t("alarms.until"), row.until_ms ? atMoment(row.until_ms) : ""), line(t("alarms.reason"), row.reason), line(t("alarms.explained"), this.explained(row))),
      row.notes.length ? h("ul", { class: "notes" }, row.notes.map((note) => h("li", {}, h("span", { class: "muted", text: `${atMoment(note.at_ms)} · ${note.by}` }), h("p", { text: note.text })))) : "",
      row.kind === "set_aside" && row.by && row.active && may("alarms.handle")
        ? h("button", { class: "button", type: "button", text: t("alarms.let_in"), onclick: () => this.ask_for(`/api/alarms/${row.alarm}/let-in`) }) : "");
  }

  explained(row) {
    if (row.explained === "service") return t("alarms.explained.service");
    return row.explained ? t("alarms.explained.alarm", { n: row.explained.split(" ")[1] }) : "";
  }

  // Choosing

  clicked(number, event) {
    const at = this.rows.findIndex((row) => row.alarm === number);
    if (event.shiftKey) for (let index = Math.min(at, this.at); index <= Math.max(at, this.at); index += 1) this.chosen.add(this.rows[index].alarm);
    else if (event.ctrlKey || event.metaKey || event.target.classList.contains("tick")) this.toggle(number);
    else if (this.chosen.size <= 1) this.chosen.clear();
    this.at = at;
    this.draw();
  }

  toggle(number) {
    if (!this.chosen.delete(number)) this.chosen.add(number);
  }

  choose(numbers) {
    this.chosen = new Set(numbers);
    this.draw();
  }

  chooseAll(on) {
    this.choose(on ? this.rows.map((row) => row.alarm) : []);
  }

  move(step, extend = false) {
    if (extend && this.rows[this.at]) this.chosen.add(this.rows[this.at].alarm);
    this.at = Math.max(0, Math.min(this.rows.length - 1, this.at + step));
    if (extend && this.rows[this.at]) this.chosen.add(this.rows[this.at].alarm);
    this.draw();
    this.boxes.get(this.rows[this.at]?.alarm)?.box.scrollIntoView({ block: "nearest" });
  }

  keyed(event) {
    if (event.altKey) return;
    const many = event.ctrlKey || event.metaKey;
    const deed = {
      ArrowDown: () => this.move(1, event.shiftKey), ArrowUp: () => this.move(-1, event.shiftKey), j: () => this.move(1), k: () => this.move(-1),
      Home: () => this.move(-this.rows.length), End: () => this.move(this.rows.length),
      " ": () => { if (this.rows[this.at]) this.toggle(this.rows[this.at].alarm); this.draw(); },
      x: () => { if (this.rows[this.at]) this.toggle(this.rows[this.at].alarm); this.draw(); },
      Escape: this.chosen.size ? () => this.choose([]) : null,
      a: many ? () => this.chooseAll(true) : () => this.acknowledge(), s: () => this.shelve(), n: () => this.note(),
    }[event.key];
    if (!deed || (many && event.key !== "a")) return;
    event.preventDefault();
    event.stopPropagation();
    deed();
  }

  // Deeds

  /** The alarms a deed is for: those chosen, else the one at hand. */
  meant() {
    return this.chosen.size ? this.rows.filter((row) => this.chosen.has(row.alarm)) : this.rows.slice(this.at, this.at + 1);
  }

  numbers() {
    return this.meant().map((row) => row.alarm);
  }

  async ask_for(path, body = {}) {
    const answer = await post(path, body);
    this.tell(answer);
    if (answer.asked !== undefined) this.chosen.clear();
    this.soon();
    return answer;
  }

  /** Say how many it was done to, and of the rest why not. */
  tell({ asked, refused = [] }) {
    this.told.hidden = asked === undefined;
    if (asked === undefined) return;
    const why = refused.map((one) => h("li", { text: `${one.what}: ${one.rule}` }));
    this.told.replaceChildren(h("span", { text: t(refused.length ? "alarms.asked_some" : "alarms.asked", { n: whole(asked), not: whole(refused.length) }) }),
      why.length ? h("details", {}, h("summary", { text: t("alarms.why_not") }), h("ul", {}, why)) : "",
      h("button", { class: "button", type: "button", text: t("keys.close"), onclick: () => { this.told.hidden = true; this.list.focus(); } }));
  }

  async acknowledge() {
    if (!may("alarms.handle") || !this.numbers().length) return;
    try {
      await this.ask_for("/api/alarms/acknowledge", { alarms: this.numbers() });
    } catch (error) {
      this.failed(error);
    }
  }

  about() {
    return h("p", { class: "muted", text: t("alarms.for", { n: whole(this.numbers().length) }) });
  }

  shelve() {
    if (!may("alarms.handle") || !this.numbers().length) return;
    const alarms = this.numbers();
    askFor({ title: t("alarms.shelve.title"), about: this.about(), go: t("alarms.shelve"), fields: [
      { name: "minutes", label: t("alarms.shelve.for"), kind: "select", value: "60", choices: DURATIONS.map((n) => [String(n), span(n * 60_000)]) },
      { name: "reason", label: t("alarms.reason"), max: 500 },
    ], deed: ({ minutes, reason }) => this.ask_for("/api/alarms/shelve", { alarms, minutes: Number(minutes), reason }) });
  }

  async unshelve() {
    try {
      await this.ask_for("/api/alarms/unshelve", { alarms: this.numbers() });
    } catch (error) {
      this.failed(error);
    }
  }

  async assign() {
    const alarms = this.numbers();
    const names = await fetch("/api/alarms/handlers").then((answer) => (answer.ok ? answer.json() : []));
    askFor({ title: t("alarms.assign.title"), about: this.about(), go: t("alarms.assign"), fields: [
      { name: "to", label: t("alarms.assign.to"), kind: "select", value: names.includes(me.name) ? me.name : "", choices: [["", t("alarms.nobody")], ...names.map((name) => [name, name])] },
    ], deed: ({ to }) => this.ask_for("/api/alarms/assign", { alarms, to }) });
  }

  note() {
    const row = this.meant()[0];
    if (!row || !may("alarms.handle")) return;
    askFor({ title: t("alarms.note.title"), about: h("p", { text: `${title(row)} · ${where(row)}` }), go: t("alarms.note"),
      fields: [{ name: "text", label: t("alarms.text"), kind: "area", max: 500 }], deed: ({ text }) => this.ask_for(`/api/alarms/${row.alarm}/note`, { text }) });
  }

  takeOut() {
    const alarms = this.numbers();
    askFor({ title: t("alarms.take_out.title"), about: h("div", {}, this.about(), h("p", { text: t("alarms.take_out.about") })), go: t("alarms.take_out"), danger: true,
      fields: [{ name: "reason", label: t("alarms.reason"), max: 500 }],
      deed: ({ reason }) => this.ask_for("/api/alarms/service", { alarms, in_service: false, reason }) });
  }
}
