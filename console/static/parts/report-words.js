// What a report says in the page's language, and how a report stands in the page's address.

import { amount, named, share, t, tenth, whole } from "../i18n.js";
import { route } from "../router.js";

const KEYED = new Set(["weekday", "tender", "kind", "why"]);
const KNOWN = {
  weekday: new Set(["1", "2", "3", "4", "5", "6", "7"]), tender: new Set(["cash", "cashless", "code", "mixed", "free"]),
  kind: new Set(["machine", "store", "warehouse", "van"]),
  why: new Set(["sold_out", "jam", "no_change", "offline", "other", "declined", "unknown", "not_turned", "expired", "health", "test", "remote", "unknown_code"]),
};
const NOTHING = "–";

/** What a group is called. */
export function keyName(dimension, key, titles = {}) {
  if (key === "") return t("reports.unknown");
  if (KEYED.has(dimension)) return KNOWN[dimension].has(key) ? t(`reports.${dimension}.${key}`) : key;
  if (dimension === "hour") return `${key}:00`;
  return titles[dimension]?.[key] ? named(titles[dimension][key]) || key : key;
}

/** A figure with its separators; money without its currency, which stands in the heading. */
export function figure(value, unit) {
  if (value === null) return NOTHING;
  if (unit === "money") return amount(value);
  if (unit === "share") return share(value);
  return unit === "count" ? whole(value) : tenth(value);
}

export const heading = (column) => t(column.unit === "key" ? `reports.dimension.${column.name}` : `reports.measure.${column.name}`);

const listed = (name) => (route.query.get(name) ?? "").split(",").filter(Boolean);

/** What the address asks: a report that stands, a saved one by its number, or a definition. */
export function asked() {
  const measures = listed("measures");
  const filters = {};
  for (const part of (route.query.get("only") ?? "").split(";").filter(Boolean)) {
    const [name, ...values] = part.split(":");
    filters[name] = values.join(":").split(",").filter(Boolean);
  }
  const definition = measures.length
    ? { measures, dimensions: listed("by"), filters, sort: route.query.get("sort") ?? "", ...(route.query.get("limit") ? { limit: Number(route.query.get("limit")) } : {}) }
    : null;
  return { report: route.query.get("report") ?? "", saved: Number(route.query.get("saved") ?? 0), definition, range: route.query.get("range") ?? "",
    from: route.query.get("from") ?? "", to: route.query.get("to") ?? "", compare: route.query.get("compare") ?? "" };
}

/** A definition as parts of an address; null takes them away. */
export function query(definition) {
  if (!definition) return { measures: "", by: "", only: "", sort: "", limit: "" };
  const only = Object.entries(definition.filters ?? {}).map(([name, values]) => `${name}:${values.join(",")}`).join(";");
  return { measures: definition.measures.join(","), by: definition.dimensions.join(","), only, sort: definition.sort ?? "",
    limit: definition.limit && definition.limit < 100000 ? String(definition.limit) : "" };
}
