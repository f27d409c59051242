// Two recorded days side by side: their courses on one chart, their figures and differences in tables.

import { get } from "../api.js";
import { prepared } from "../charts.js";
import { h, segments } from "../dom.js";
import { atMinute, money, named, onDate, t, whole } from "../i18n.js";
import { Panel } from "../panel.js";
import { colour } from "../prefs.js";
import { keepInAddress, route } from "../router.js";
import { state } from "../store.js";

const COURSES = ["sales_minor", "units", "lost", "visits", "alarms"];
const LISTED = 12;
const HOURS = 24, HOUR_MS = 3_600_000;

const productName = (code) => named(state.chain.products[code] ?? [code, code]);
const placeName = (id) => named(state.places.get(id)?.names ?? [id, id]);

/** A business day in words: its date stands for the middle of it, in every zone. */
export const onDay = (date) => onDate(Date.parse(`${date}T12:00:00Z`));

export default class ComparePage extends Panel {
  days = null;

  build() {
    this.className = "compare panel";
    this.canvas = h("canvas", { class: "compare-chart", role: "img" });
    if (!this.days) return [h("div", { class: "panel-head" }, h("h1", { text: t("nav.compare") }))];
    this.canvas.setAttribute("aria-label", t("compare.chart", { what: t(`compare.${this.course}`) }));
    const [left, right] = this.days;
    return [
      h("div", { class: "panel-head" }, h("h1", { text: t("nav.compare") }), this.chosen("left"), this.chosen("right"),
        segments(t("compare.course"), COURSES.map((name) => [name, t(`compare.${name}`)]), this.course,
          (name) => { this.course = name; this.show(); })),
      h("div", { class: "scroll compare-body" },
        h("p", { class: "compare-legend" }, this.legend("one", left), this.legend("other", right)),
        this.canvas,
        h("div", { class: "compare-tables" },
          this.table("compare.totals", this.totals()),
          this.table("compare.by_tender", this.keyed("by_tender", (key) => t(`compare.tender.${key}`), money)),
          this.table("compare.by_reason", this.keyed("by_reason", (key) => t(`compare.lost.${key}`), whole)),
          this.table("compare.by_product", this.keyed("by_product", productName, whole)),
          this.table("compare.by_place", this.keyed("by_place", placeName, money)))),
    ];
  }

  async started() {
    const { dates, date } = await get("/api/replay");
    const asked = (name, usual) => (dates.includes(route.query.get(name)) ? route.query.get(name) : usual);
    this.dates = dates;
    this.course = COURSES.includes(route.query.get("course")) ? route.query.get("course") : COURSES[0];
    this.left = asked("left", dates[Math.max(0, dates.indexOf(date) - 1)]);
    this.right = asked("right", date);
    await this.show();
  }

  async show() {
    keepInAddress({ left: this.left, right: this.right, course: this.course });
    this.days = await Promise.all([this.left, this.right].map((day) => get(`/api/replay/figures/${day}`)));
    this.rebuild();
    this.draw();
  }

  resized() {
    this.draw();
  }

  update(what) {
    if (what.theme || what.language) this.draw();
  }

  chosen(side) {
    return h("select", { class: "button", "aria-label": t(`compare.${side}`), onchange: (event) => { this[side] = event.target.value; this.show(); } },
      this.dates.map((date) => h("option", { value: date, text: onDay(date), selected: date === this[side] })));
  }

  legend(kind, day) {
    return h("span", { class: `compare-key ${kind}`, text: onDay(day.date) });
  }

  totals() {
    const last = (day, name) => day[name].at(-1);
    return [...COURSES.map((name) => [t(`compare.${name}`), ...this.days.map((day) => last(day, name)), name === "sales_minor" ? money : whole]),
      [t("compare.distance"), ...this.days.map((day) => Math.round(day.distance_m / 1000)), whole]];
  }

  /** Rows of a figure by key: those that differ most first. */
  keyed(name, named, shown) {
    const [left, right] = this.days.map((day) => day[name]);
    return [...new Set([...Object.keys(left), ...Object.keys(right)])]
      .map((key) => [named(key), left[key] ?? 0, right[key] ?? 0, shown])
      .filter(([, one, other]) => one || other)
      .sort((a, b) => Math.abs(b[2] - b[1]) - Math.abs(a[2] - a[1]))
      .slice(0, LISTED);
  }

  table(title, rows) {
    const change = (one, other, shown) => (other === one ? "–" : `${other > one ? "+" : "−"}${shown(Math.abs(other - one))}`);
    const [left, right] = this.days;
    return h("table", { class: "compare-table" }, h("caption", { text: t(title) }),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, h("span", { class: "visually-hidden", text: t(title) })),
        [onDay(left.date), onDay(right.date), t("compare.change")].map((text) => h("th", { scope: "col", text })))),
      h("tbody", {}, rows.map(([name, one, other, shown]) => h("tr", {}, h("th", { scope: "row", text: name }),
        h("td", { text: shown(one) }), h("td", { text: shown(other) }), h("td", { text: change(one, other, shown) })))));
  }

  draw() {
    const drawing = this.days && prepared(this.canvas);
    if (!drawing) return;
    const { context, width, height } = drawing;
    const begin = this.days[1].begin_us / 1000, foot = height - 18, most = Math.max(1, ...this.days.flatMap((day) => day[this.course]));
    context.font = `11.5px ${getComputedStyle(this.canvas).fontFamily}`;
    context.fillStyle = colour("muted");
    context.textAlign = "center";
    for (let hour = 4; hour < HOURS; hour += 4) context.fillText(atMinute(begin + hour * HOUR_MS), (hour / HOURS) * width, height - 3);
    context.strokeStyle = colour("line");
    context.strokeRect(0.5, 0.5, width - 1, foot);
    this.days.forEach((day, side) => {
      const course = day[this.course];
      context.strokeStyle = colour(side ? "accent" : "muted");
      context.setLineDash(side ? [] : [5, 4]);
      context.lineWidth = 2;
      context.beginPath();
      context.moveTo(0, foot);
      course.forEach((value, step) => context.lineTo(((step + 1) / course.length) * width, foot - (value / most) * (foot - 10)));
      context.stroke();
    });
    context.setLineDash([]);
  }
}
customElements.define("compare-page", ComparePage);
