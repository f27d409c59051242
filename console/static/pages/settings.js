// Settings: what holds and whose word it is, changed with a reason; what was changed, and taking it back.

import { get, listed, post } from "../api.js";
import { h, put, say } from "../dom.js";
import { amount, atMoment, t, tenth, whole } from "../i18n.js";
import { may } from "../me.js";
import { Panel } from "../panel.js";
import { minorOf } from "../parts/command-give.js";
import { WrongInput, askFor, scaledOf, wholeOf } from "../parts/form-dialog.js";
import { listTable } from "../parts/list-table.js";
import { pageHead, section } from "../parts/page-head.js";
import { keepInAddress, route } from "../router.js";
import { state } from "../store.js";

const clock = (minute) => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

/** A value as people write it. */
function written(value, unit) {
  if (unit === "decicelsius") return tenth(value / 10);
  if (unit === "minor") return amount(value);
  return unit === "minute_of_day" ? clock(value) : String(value);
}

/** What was typed, as the value it stands for. */
function read(name, text, unit) {
  if (unit === "decicelsius") return scaledOf(name, text, 1);
  if (unit === "minor") return minorOf(name, text.replace(/,(?=\d{3}(\D|$))/g, ""));
  if (unit !== "minute_of_day") return wholeOf(name, text);
  const found = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (!found) throw new WrongInput(name, t("form.time", { value: text || "–" }));
  return Number(found[1]) * 60 + Number(found[2]);
}

export default class SettingsPage extends Panel {
  build() {
    this.rows = new Map();
    this.about = h("span", { class: "about" });
    this.place = h("input", { type: "search", class: "field", list: "setting-places", value: route.query.get("machine") ?? "", placeholder: t("settings.office"), "aria-label": t("settings.place"),
      onchange: () => this.go(this.place.value.trim()) });
    this.groups = h("div", { class: "setting-groups" });
    this.trouble = h("p", { class: "trouble", role: "alert", hidden: true });
    this.reason = h("input", { class: "field", id: "setting-reason", maxlength: "200", autocomplete: "off" });
    this.reasonWrong = h("p", { class: "wrong", id: "setting-reason-wrong", hidden: true });
    this.save = h("button", { class: "button main", text: t("page.save"), disabled: true });
    this.reset = h("button", { class: "button", type: "button", text: t("settings.discard"), disabled: true, onclick: () => this.fill() });
    this.form = h("form", { class: "setting-form", novalidate: true, onsubmit: (event) => this.submit(event), oninput: () => this.counted() }, this.groups, this.trouble,
      may("settings.write") ? h("div", { class: "setting-save" }, h("label", { for: "setting-reason", text: t("settings.reason") }), this.reason, this.reasonWrong, h("span", { class: "spring" }), this.reset, this.save) : null);
    this.history = this.historyTable();
    this.more = h("button", { class: "button", type: "button", hidden: true, text: t("page.more"), onclick: () => this.older() });
    this.load();
    return [
      pageHead(t("nav.settings"), this.about, h("span", { class: "spring" }), this.place,
        h("datalist", { id: "setting-places" }, state.machines.map((machine) => h("option", { value: machine.id })))),
      this.form, section(t("settings.history"), h("div", { class: "stack" }, this.history.element, this.more), { name: "setting-history" }),
    ];
  }

  go(place) {
    keepInAddress({ machine: place });
    this.load();
  }

  routed() {
    this.place.value = route.query.get("machine") ?? "";
    this.load();
  }

  async load() {
    const place = route.query.get("machine") ?? "";
    try {
      const typed = place === this.shownPlace ? this.changed().map(({ row, input }) => [row.name, input.value]) : [];
      this.settings = await get(`/api/settings?${new URLSearchParams({ place })}`);
      this.shownPlace = place;
      this.trouble.hidden = true;
      this.fill();
      for (const [name, value] of typed) if (this.rows.has(name)) this.rows.get(name).input.value = value;
      this.counted();
    } catch (error) {
      this.tell(error);
    }
    await this.loadHistory();
  }

  tell(error) {
    this.trouble.textContent = error.message;
    this.trouble.hidden = false;
  }

  fill() {
    this.rows.clear();
    const groups = Map.groupBy?.(this.settings, (row) => row.group) ?? this.grouped();
    say(this.about, route.query.get("machine") || t("settings.office"));
    this.groups.replaceChildren(...[...groups].map(([group, rows]) => h("fieldset", { class: "panel" }, h("legend", { text: t(`settings.group.${group}`) }), rows.map((row) => this.row(row)))));
    this.counted();
  }

  grouped() {
    const groups = new Map();
    for (const row of this.settings) groups.set(row.group, [...(groups.get(row.group) ?? []), row]);
    return groups;
  }

  row(row) {
    const id = `setting-${row.name}`, unit = row.unit === "minor" ? state.chain.currency : t(`settings.unit.${row.unit}`);
    const input = h("input", { class: "field", id, name: row.name, inputmode: "decimal", autocomplete: "off", value: written(row.value, row.unit), disabled: !may("settings.write"), "aria-describedby": `${id}-about` });
    const wrong = h("p", { class: "wrong", id: `${id}-wrong`, hidden: true });
    this.rows.set(row.name, { row, input, wrong, begun: input.value });
    return h("div", { class: "setting" }, h("label", { for: id, text: t(`settings.name.${row.name}`) }),
      h("span", { class: "setting-input" }, input, h("span", { class: "muted", text: unit })),
      h("span", { class: `source ${row.source}`, text: t(`settings.source.${row.source}`) }),
      h("p", { class: "muted", id: `${id}-about`, text: this.why(row) }), wrong);
  }

  /** Which value holds, and why. */
  why(row) {
    const range = t("settings.range", { low: written(row.low, row.unit), high: written(row.high, row.unit), default: written(row.default, row.unit) });
    if (row.source !== "page") return range;
    const { by, at_ms: at, reason } = row.changed;
    const holds = t(row.file === null ? "settings.holds" : "settings.holds_over", { by, at: atMoment(at), reason, file: row.file === null ? "" : written(row.file, row.unit) });
    return `${holds} ${range}`;
  }

  changed() {
    return [...this.rows.values()].filter(({ input, begun }) => input.value.trim() !== begun);
  }

  counted() {
    const many = this.changed().length;
    this.save.disabled = !many;
    this.reset.disabled = !many;
    say(this.save, many ? t("settings.save", { n: whole(many) }) : t("page.save"));
  }

  wrong(error) {
    const name = (error.field ?? "").split(".").at(-1);
    const found = name === "reason" ? { input: this.reason, wrong: this.reasonWrong } : this.rows.get(name);
    if (!found) {
      this.tell(error);
      return;
    }
    const label = name === "reason" ? t("settings.reason") : t(`settings.name.${name}`);
    found.wrong.textContent = `${label}: ${error.rule || error.message}`;
    found.wrong.hidden = false;
    put(found.input, "aria-invalid", "true");
    found.input.focus();
  }

  clear() {
    this.trouble.hidden = true;
    for (const { input, wrong } of [...this.rows.values(), { input: this.reason, wrong: this.reasonWrong }]) {
      wrong.hidden = true;
      input.removeAttribute("aria-invalid");
    }
  }

  async submit(event) {
    event.preventDefault();
    this.clear();
    try {
      const values = Object.fromEntries(this.changed().map(({ row, input }) => [row.name, read(row.name, input.value.trim(), row.unit)]));
      await post("/api/settings/change", { place: route.query.get("machine") ?? "", values, reason: this.reason.value.trim() });
      this.reason.value = "";
      this.save.disabled = true;
      for (const made of this.rows.values()) made.begun = made.input.value.trim();
      this.follow();
    } catch (error) {
      this.wrong(error);
    }
  }

  /** The actors answer by a fact: look until it is there. */
  follow(tries = 12, before = this.items?.[0]?.number ?? 0) {
    setTimeout(async () => {
      if (!this.isConnected) return;
      await this.loadHistory();
      if ((this.items?.[0]?.number ?? 0) > before) this.load();
      else if (tries) this.follow(tries - 1, before);
      else this.tell({ message: t("settings.waits") });
    }, 300);
  }

  // History

  historyTable() {
    return listTable({ label: t("settings.history"), id: (row) => row.number, empty: t("settings.history.none"), columns: [
      { name: "at", text: t("alarms.when"), cell: (row) => atMoment(row.at_ms) },
      { name: "name", text: t("settings.setting"), cell: (row) => t(`settings.name.${row.name}`) },
      { name: "place", text: t("alarms.place"), cell: (row) => row.place || t("settings.office") },
      { name: "old", text: t("settings.old"), kind: "num", cell: (row) => written(row.old, row.unit) },
      { name: "new", text: t("settings.new"), kind: "num", cell: (row) => written(row.new, row.unit) },
      { name: "by", text: t("alarms.by"), cell: (row) => row.by },
      { name: "reason", text: t("alarms.reason"), cell: (row) => row.reason },
      { name: "deed", text: "", cell: (row) => (row.newest && may("settings.write") ? h("button", { class: "button", type: "button", text: t("settings.undo"), onclick: () => this.undo(row) }) : "") },
    ] });
  }

  async loadHistory() {
    try {
      const { items, next } = await listed("/api/settings/history");
      Object.assign(this, { items, cursor: next });
      this.history.fill(items);
      this.more.hidden = !next;
    } catch (error) {
      this.tell(error);
    }
  }

  async older() {
    const { items, next } = await listed("/api/settings/history", { cursor: this.cursor });
    this.items = [...this.items, ...items];
    this.cursor = next;
    this.history.fill(this.items);
    this.more.hidden = !next;
  }

  undo(row) {
    askFor({ title: t("settings.undo.title", { name: t(`settings.name.${row.name}`) }), go: t("settings.undo"),
      about: h("p", { text: `${row.place || t("settings.office")}: ${written(row.new, row.unit)} → ${written(row.old, row.unit)}` }),
      fields: [{ name: "reason", label: t("settings.reason") }],
      deed: async ({ reason }) => { await post("/api/settings/undo", { number: row.number, reason }); this.follow(); } });
  }
}
