// Reports: one chosen or built from measures and dimensions, its days in the address; table, chart, files, schedule.

import { get, send } from "../api.js";
import { h, press, say, segments } from "../dom.js";
import { languageNow, t } from "../i18n.js";
import { may } from "../me.js";
import { Panel } from "../panel.js";
import { ReportBuilder } from "../parts/report-builder.js";
import { ReportChart } from "../parts/report-chart.js";
import { ReportFiles } from "../parts/report-files.js";
import { SavedReports } from "../parts/report-saved.js";
import { reportTable } from "../parts/report-table.js";
import { chooser, pageHead, section } from "../parts/page-head.js";
import { entitle, keepInAddress, route } from "../router.js";
import { asked, query } from "../parts/report-words.js";

const SIDES = ["build", "saved", "files"];
const REPORT_FIRST = "sales", RANGE_FIRST = "last-28";

for (const [name, part] of Object.entries({ "report-builder": ReportBuilder, "report-chart": ReportChart, "saved-reports": SavedReports,
  "report-files": ReportFiles })) if (!customElements.get(name)) customElements.define(name, part);

export default class ReportsPage extends Panel {
  async started() {
    await this.refresh();
    this.run();
  }

  /** Ask what reports are made of, and what is saved. */
  async refresh() {
    try {
      [this.words, this.saved] = await Promise.all([get("/api/reports"), get("/api/reports/saved?limit=500")]);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (this.isConnected) this.rebuild();
  }

  rebuild() {
    super.rebuild();
    if (this.table) this.show(this.table);
  }

  build() {
    this.className = "reports-page";
    if (!this.words) return [pageHead(t("nav.reports"))];
    const now = asked();
    const standard = Object.keys(this.words.standard).map((name) => [name, t(`reports.name.${name}`)]);
    const kept = this.saved.items.map((one) => [`saved:${one.id}`, one.name]);
    const chosen = now.saved ? `saved:${now.saved}` : now.definition ? "" : now.report || REPORT_FIRST;
    this.choice = chooser(t("reports.report"), [...(now.definition ? [["", t("reports.name.own")]] : []), ...standard, ...kept], chosen,
      (value) => this.choose(value));
    const ranges = [...Object.keys(this.words.ranges), "own"].map((name) => [name, t(`reports.range.${name}`)]);
    const range = now.from || now.to ? "own" : now.range || RANGE_FIRST;
    this.range = chooser(t("reports.days"), ranges, range, (name) => this.chooseRange(name));
    const [first, last] = now.from ? [now.from, now.to] : this.words.ranges[range] ?? [this.words.today, this.words.today];
    const day = (name, value) => h("input", { type: "date", class: "field", "aria-label": t(`reports.${name}`), value, "data-field": name,
      onchange: () => this.chooseDays() });
    this.first = day("from", first);
    this.last = day("to", last);
    this.between = h("span", { class: "days", hidden: range !== "own" }, this.first, "–", this.last);
    this.compare = chooser(t("reports.compare"), this.words.comparisons.map((name) => [name, t(`reports.compare.${name || "none"}`)]), now.compare ?? "",
      (name) => this.ask({ compare: name }));
    this.side = segments(t("reports.side"), SIDES.map((name) => [name, t(`reports.side.${name}`)]), this.sideNow(), (name) => this.turn(name));
    this.about = h("span", { class: "about", role: "status" });
    this.trouble = h("p", { class: "trouble", role: "alert", hidden: true });
    this.links = h("span", { class: "downloads", role: "group", "aria-label": t("reports.download") });
    this.chart = document.createElement("report-chart");
    this.chart.hidden = true;
    this.rows = h("div", { class: "stack" });
    this.sidePanel = h("section", { class: "panel report-side" }, h("div", { class: "panel-head" }, this.side), this.sideContent());
    return [
      pageHead(t("nav.reports"), this.choice, this.range, this.between, this.compare, h("span", { class: "spring" }), this.links),
      this.trouble,
      h("div", { class: "report-grid" }, section(t("reports.result"), h("div", { class: "stack" }, this.chart, this.rows), { about: this.about, name: "result" }),
        this.sidePanel),
    ];
  }

  sideNow() {
    return SIDES.includes(route.query.get("side")) ? route.query.get("side") : "build";
  }

  turn(name) {
    keepInAddress({ side: name === "build" ? "" : name });
    press(this.side, name);
    this.sidePanel.replaceChildren(this.sidePanel.firstElementChild, this.sideContent());
  }

  sideContent() {
    const element = document.createElement({ build: "report-builder", saved: "saved-reports", files: "report-files" }[this.sideNow()]);
    Object.assign(element, { words: this.words, saved: this.saved, now: this.current(), mayWrite: may("reports.write") });
    element.addEventListener("asked", (event) => this.ask(event.detail));
    element.addEventListener("changed", () => this.refresh());
    return h("div", { class: "scroll" }, element);
  }

  /** The report as its definition, wherever it comes from. */
  current() {
    const now = asked();
    const saved = this.saved.items.find((one) => one.id === now.saved);
    const definition = now.definition ?? saved?.definition ?? this.words.standard[now.report || REPORT_FIRST] ?? this.words.standard[REPORT_FIRST];
    return { definition, saved, report: now.saved || now.definition ? "" : now.report || REPORT_FIRST, range: this.range?.value ?? (now.range || RANGE_FIRST), compare: now.compare ?? "" };
  }

  choose(value) {
    const saved = this.saved.items.find((one) => `saved:${one.id}` === value);
    this.ask(saved ? { ...query(null), report: "", saved: saved.id, range: saved.range, from: "", to: "", compare: saved.compare }
      : { ...query(null), report: value, saved: "" });
  }

  chooseRange(name) {
    this.between.hidden = name !== "own";
    if (name === "own") this.first.focus();
    else this.ask({ range: name, from: "", to: "" });
  }

  chooseDays() {
    if (this.first.value && this.last.value) this.ask({ range: "", from: this.first.value, to: this.last.value });
  }

  /** Put something else into the address, and run what it says. */
  ask(values) {
    keepInAddress(values);
    this.rebuild();
    this.run();
  }

  routed() {
    this.rebuild();
    this.run();
  }

  /** What the API is asked, from the address. */
  body() {
    const now = asked();
    const which = now.definition ? { definition: now.definition } : now.saved ? { saved: now.saved } : { report: now.report || REPORT_FIRST };
    const days = now.from ? { from: now.from, to: now.to || now.from } : { range: now.range || RANGE_FIRST };
    return { ...which, ...days, compare: now.compare ?? "" };
  }

  async run() {
    if (!this.words) return;
    const body = this.body(), mine = JSON.stringify(body);
    this.running = mine;
    say(this.about, t("reports.running"));
    try {
      const table = await send("POST", "/api/reports/run", body);
      if (this.running !== mine || !this.isConnected) return;
      this.show(table);
    } catch (error) {
      if (this.running === mine && this.isConnected) this.fail(error);
    }
  }

  show(table) {
    this.table = table;
    this.trouble.hidden = true;
    for (const field of this.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
    const days = table.from === table.to ? table.from : `${table.from} – ${table.to}`;
    const compared = table.compared ? ` · ${t("reports.compared")} ${table.compared.join(" – ")}` : "";
    say(this.about, `${days}${compared} · ${t("reports.rows", { n: table.groups })}`);
    this.chart.show(table);
    this.rows.replaceChildren(reportTable(table));
    this.links.replaceChildren(...this.words.formats.map((form) => h("a", { class: "button link", download: true, text: form.toUpperCase(),
      "aria-label": t("reports.download.as", { form: form.toUpperCase() }),
      href: `/api/reports/file?${new URLSearchParams({ ask: JSON.stringify(this.body()), form, language: languageNow() })}` })));
    entitle(this.choice.selectedOptions[0]?.textContent);
  }

  fail(error) {
    if (!this.trouble) return;
    this.table = null;
    this.chart.hidden = true;
    this.rows.replaceChildren();
    this.links.replaceChildren();
    say(this.about, "");
    this.trouble.hidden = false;
    say(this.trouble, t("reports.failed", { why: error.message }));
    this.querySelector(`[data-field="${CSS.escape(error.field || "-")}"]`)?.setAttribute("aria-invalid", "true");
  }
}
