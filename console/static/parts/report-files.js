// Schedules of this person, a form for a new one, and the files they made.

import { get, send } from "../api.js";
import { h } from "../dom.js";
import { atMoment, languageNow, t, whole } from "../i18n.js";
import { Panel } from "../panel.js";

const LOOK_MS = 15000;

export class ReportFiles extends Panel {
  started() {
    this.timer = setInterval(() => this.look(), LOOK_MS);
    this.look();
  }

  ended() {
    clearInterval(this.timer);
  }

  build() {
    this.list = h("ul", { class: "report-list" });
    this.files = h("ul", { class: "report-list" });
    this.none = h("p", { class: "empty", text: t("reports.files.none"), hidden: true });
    if (this.found) queueMicrotask(() => this.show());
    return [this.mayWrite ? this.form() : null, h("h3", { text: t("reports.schedules") }), this.list, h("h3", { text: t("reports.files") }), this.files, this.none].filter(Boolean);
  }

  async look() {
    try {
      const [schedules, files] = await Promise.all([get("/api/reports/schedules?limit=200"), get("/api/reports/files?limit=50")]);
      this.found = { schedules: schedules.items, files: files.items };
      if (this.isConnected) this.show();
    } catch { /* the feed says that nobody answers; asked again soon */ }
  }

  show() {
    const when = (one) => t(`reports.every.${one.every}.at`, { time: clock(one.minute), day: t(`reports.weekday.${one.weekday}`) });
    this.list.replaceChildren(...this.found.schedules.map((one) => h("li", {}, h("strong", { text: this.nameOf(one) }),
      h("span", { class: "muted", text: `${t(`reports.range.${one.range}`)} · ${when(one)} · ${one.form.toUpperCase()} · ${t("reports.next", { time: atMoment(one.next_ms) })}` }),
      this.mayWrite ? h("button", { class: "button", type: "button", text: t("reports.schedule.end"), "aria-label": t("reports.schedule.end.one", { name: this.nameOf(one) }), onclick: () => this.end(one) }) : null)));
    this.files.replaceChildren(...this.found.files.map((one) => h("li", {},
      one.wrong ? h("strong", { class: "bad", text: t("reports.file.wrong", { why: one.wrong }) })
        : h("a", { href: `/api/reports/files/${one.id}`, download: true, text: `${this.titleOf(one.report)} · ${one.first === one.last ? one.first : `${one.first} – ${one.last}`}` }),
      h("span", { class: "muted", text: `${one.form.toUpperCase()} · ${t("reports.size", { n: whole(Math.max(1, Math.round(one.size / 1024))) })} · ${atMoment(one.made_ms)}` }))));
    this.none.hidden = this.found.files.length > 0;
  }

  titleOf(report) {
    return this.words.standard[report] ? t(`reports.name.${report}`) : report;
  }

  nameOf(one) {
    return one.saved ? this.saved.items.find((each) => each.id === one.saved)?.name ?? t("reports.name.own") : this.titleOf(one.report);
  }

  form() {
    const choice = (name, choices, chosen) => h("select", { name, "data-field": name },
      choices.map(([value, text]) => h("option", { value, text, selected: value === chosen })));
    const row = (name, control) => h("label", { class: "field-row" }, h("span", { text: t(`reports.plan.${name}`) }), control);
    const reports = [...Object.keys(this.words.standard).map((name) => [name, t(`reports.name.${name}`)]), ...this.saved.items.map((one) => [`saved:${one.id}`, one.name])];
    const now = this.now.saved ? `saved:${this.now.saved.id}` : this.now.report;
    this.weekday = row("weekday", choice("weekday", ["1", "2", "3", "4", "5", "6", "7"].map((day) => [day, t(`reports.weekday.${day}`)]), "1"));
    this.weekday.hidden = true;
    const every = choice("every", ["day", "week", "month"].map((name) => [name, t(`reports.every.${name}`)]), "day");
    every.addEventListener("change", () => { this.weekday.hidden = every.value !== "week"; });
    this.problem = h("p", { class: "field-error", role: "alert" });
    const form = h("form", { class: "report-form", novalidate: true, onsubmit: (event) => { event.preventDefault(); this.plan(form); } },
      h("fieldset", {}, h("legend", { text: t("reports.plan") }),
        row("report", choice("report", reports, now)),
        row("range", choice("range", Object.keys(this.words.ranges).map((name) => [name, t(`reports.range.${name}`)]), "yesterday")),
        row("form", choice("form", this.words.formats.map((name) => [name, name.toUpperCase()]), "xlsx")),
        row("every", every), this.weekday,
        row("minute", h("input", { class: "field", type: "time", name: "minute", "data-field": "minute", value: "06:00" })),
        row("keep", h("input", { class: "field", type: "number", name: "keep", "data-field": "keep", value: "30", min: "1", max: "366" })),
        this.problem,
        h("div", { class: "buttons" }, h("button", { class: "button main", type: "submit", text: t("reports.plan.add") }))));
    return form;
  }

  async plan(form) {
    const value = (name) => form.elements[name].value;
    const [hours, minutes] = value("minute").split(":").map(Number);
    const report = value("report");
    for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
    this.problem.textContent = "";
    try {
      await send("POST", "/api/reports/schedules", {
        ...(report.startsWith("saved:") ? { saved: Number(report.slice(6)) } : { report }), range: value("range"), form: value("form"), every: value("every"),
        weekday: Number(value("weekday")), minute: Number.isFinite(hours * 60 + minutes) ? hours * 60 + minutes : -1, keep: Math.trunc(Number(value("keep"))) || 0, language: languageNow(),
      });
      this.look();
    } catch (error) {
      const field = form.querySelector(`[data-field="${CSS.escape(error.field || "-")}"]`);
      field?.setAttribute("aria-invalid", "true");
      field?.focus();
      this.problem.textContent = field ? t("reports.plan.wrong", { field: t(`reports.plan.${error.field}`), rule: error.rule }) : error.message;
    }
  }

  async end(one) {
    try {
      await send("DELETE", `/api/reports/schedules/${one.id}`);
    } catch (error) {
      if (this.problem) this.problem.textContent = error.message;
    }
    this.look();
  }
}

const clock = (minute) => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
