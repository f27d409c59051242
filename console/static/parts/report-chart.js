// A small chart of a report's first figure: over time columns or a line, else bars; what it is compared with as a mark.

import { prepared } from "../charts.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { Panel } from "../panel.js";
import { colour } from "../prefs.js";
import { figure, heading, keyName } from "./report-words.js";

const TIMES = new Set(["hour", "day", "weekday", "week", "month", "quarter", "year"]);
const BARS_MAX = 10, BAR_PIXELS = 23, LINE_FROM = 60;

export class ReportChart extends Panel {
  build() {
    this.canvas = h("canvas", { role: "img", "aria-label": t("nav.reports") });
    return [this.canvas];
  }

  update(what) {
    if (what.theme) this.draw();
  }

  resized() {
    this.draw();
  }

  show(table) {
    this.table = table;
    this.keys = table.columns.filter((column) => column.unit === "key").length;
    this.hidden = this.keys !== 1 || table.rows.length < 2;
    if (this.hidden) return;
    const column = table.columns[this.keys];
    this.canvas.setAttribute("aria-label", t("reports.chart", { measure: heading(column), by: heading(table.columns[0]) }));
    this.canvas.style.height = TIMES.has(table.columns[0].name) ? "" : `${Math.min(BARS_MAX, table.rows.length) * BAR_PIXELS}px`;
    this.draw();
  }

  draw() {
    if (!this.table || this.hidden) return;
    const drawing = prepared(this.canvas);
    if (!drawing) return;
    drawing.context.font = `12px ${getComputedStyle(this).fontFamily}`;
    (TIMES.has(this.table.columns[0].name) ? this.overTime : this.byGroup).call(this, drawing);
  }

  label(row) {
    return keyName(this.table.columns[0].name, row[0], this.table.titles);
  }

  /** The label below a column: without the year where all have the same. */
  short(row) {
    const label = this.label(row), year = `${String(this.table.rows[0][0]).slice(0, 4)}-`;
    return this.table.rows.every((each) => String(each[0]).startsWith(year)) ? label.slice(year.length) : label;
  }

  overTime({ context, width, height }) {
    const { rows, before } = this.table, unit = this.table.columns[this.keys].unit;
    const values = rows.map((row) => row[this.keys] ?? 0), earlier = before?.map((row) => row[0] ?? 0) ?? [];
    const most = Math.max(1e-9, ...values, ...earlier), least = Math.min(0, ...values, ...earlier);
    const top = 18, foot = height - 20, step = width / values.length;
    const y = (value) => top + ((most - value) / (most - least)) * (foot - top);
    context.fillStyle = colour("muted");
    context.textAlign = "left";
    context.fillText(figure(most === 1e-9 ? 0 : most, unit), 0, 11);
    context.fillStyle = colour("line");
    context.fillRect(0, Math.round(y(0)), width, 1);
    if (values.length >= LINE_FROM) line(context, values, step, y, colour("bar"), []);
    else {
      context.fillStyle = colour("bar");
      values.forEach((value, at) => context.fillRect(at * step + 1, Math.min(y(0), y(value)), Math.max(1, step - 2), Math.abs(y(value) - y(0))));
    }
    if (before) line(context, earlier, step, y, colour("text"), [4, 3]);
    context.fillStyle = colour("muted");
    context.textAlign = "center";
    const labels = rows.map((row) => this.short(row));
    const widest = Math.max(...labels.map((label) => context.measureText(label).width)) + 12;
    const every = Math.max(1, Math.ceil(widest / step));
    for (let at = 0; at < rows.length; at += every) {
      const x = Math.min(width - widest / 2, Math.max(widest / 2 - 6, (at + 0.5) * step));
      context.fillText(labels[at], x, height - 4);
    }
  }

  byGroup({ context, width, height }) {
    const { rows, before } = this.table, unit = this.table.columns[this.keys].unit;
    const shown = rows.slice(0, BARS_MAX), left = Math.min(190, width * 0.38), right = width - 76;
    const values = shown.map((row) => row[this.keys] ?? 0), most = Math.max(1e-9, ...values.map(Math.abs), ...(before ?? []).slice(0, BARS_MAX).map((row) => Math.abs(row[0] ?? 0)));
    const step = height / shown.length;
    shown.forEach((row, at) => {
      const middle = at * step + step / 2, long = (Math.abs(values[at]) / most) * (right - left);
      context.textBaseline = "middle";
      context.fillStyle = colour("muted");
      context.textAlign = "right";
      context.fillText(fitted(context, this.label(row), left - 12), left - 8, middle);
      context.fillStyle = colour("bar");
      context.fillRect(left, middle - step * 0.32, Math.max(1, long), step * 0.64);
      context.fillStyle = colour("text");
      context.textAlign = "left";
      context.fillText(figure(row[this.keys], unit), left + long + 6, middle);
      if (before) context.fillRect(left + (Math.abs(before[at][0] ?? 0) / most) * (right - left) - 1, middle - step * 0.42, 2, step * 0.84);
    });
  }
}

function line(context, values, step, y, stroke, dash) {
  context.strokeStyle = stroke;
  context.lineWidth = 1.4;
  context.lineJoin = "round";
  context.setLineDash(dash);
  context.beginPath();
  values.forEach((value, at) => context.lineTo((at + 0.5) * step, y(value)));
  context.stroke();
  context.setLineDash([]);
}

function fitted(context, text, room) {
  if (context.measureText(text).width <= room) return text;
  let short = text;
  while (short.length > 1 && context.measureText(`${short}…`).width > room) short = short.slice(0, -1);
  return `${short}…`;
}
