// The rows of a report, the totals below them, and beside each figure how it differs from the earlier one.

import { h } from "../dom.js";
import { share, t, whole } from "../i18n.js";
import { figure, heading, keyName } from "./report-words.js";

const ROWS_MAX = 500;

export function reportTable(table) {
  const keys = table.columns.filter((column) => column.unit === "key").length;
  const compared = table.before !== null && table.before !== undefined;
  const heads = table.columns.map((column) => h("th", { scope: "col", class: column.unit === "key" ? null : "num",
    text: column.unit === "money" ? `${heading(column)} (${table.currency})` : heading(column) }));
  const rows = table.rows.slice(0, ROWS_MAX).map((row, number) => h("tr", {}, row.map((value, at) => {
    const column = table.columns[at];
    if (column.unit === "key") return h(at ? "td" : "th", { scope: at ? null : "row", text: keyName(column.name, value, table.titles) });
    return h("td", { class: "num" }, figure(value, column.unit), compared ? difference(value, table.before[number][at - keys], column.unit) : null);
  })));
  const totals = table.totals.map((value, at) => h("td", { class: "num" }, figure(value, table.columns[keys + at].unit),
    compared ? difference(value, table.totals_before[at], table.columns[keys + at].unit) : null));
  const foot = keys ? h("tfoot", {}, h("tr", {}, h("th", { scope: "row", colspan: String(keys), text: t("reports.total") }), totals)) : null;
  const more = table.groups > rows.length ? h("p", { class: "muted more", text: t("reports.more", { n: whole(rows.length), all: whole(table.groups) }) }) : null;
  const empty = table.rows.length ? null : h("div", { class: "empty", text: t("reports.empty") });
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("reports.result") },
    h("table", { class: "list report", "aria-label": t("reports.result") }, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, rows), table.rows.length ? foot : null), empty, more);
}

/** How much more or less than before: a share, or of shares the points between them. */
function difference(now, before, unit) {
  if (now === null || before === null) return h("span", { class: "delta", text: t("reports.delta.none") });
  const change = unit === "share" ? now - before : before ? (now - before) / Math.abs(before) : null;
  if (change === null) return h("span", { class: "delta", text: now ? t("reports.delta.new") : t("reports.delta.same") });
  const sign = change > 0.0005 ? "up" : change < -0.0005 ? "down" : "same";
  if (sign === "same") return h("span", { class: "delta", text: t("reports.delta.same") });
  const much = share(Math.abs(change));
  return h("span", { class: "delta", title: t("reports.delta.before", { value: figure(before, unit) }) }, t(`reports.delta.${sign}`, { n: much }));
}
