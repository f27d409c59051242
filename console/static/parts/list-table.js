// A table of some hundred rows at most: sorted by its headings, moved in by keys, changed in place.

import { h, put } from "../dom.js";

/**
 * `columns`: {name, text, kind ("num"), cell(row) -> node or text, sort(row) -> value}; `id(row)` tells rows apart;
 * `choose(row)`, if given, is what Enter and a click do. The answer has `element` and `fill(rows)`.
 */
export function listTable({ label, columns, id, choose = null, chosen = () => false, empty }) {
  const order = { column: null, down: false };
  let shown = [];
  const heads = columns.map((column) => h("th", { scope: "col", class: column.kind },
    column.sort ? h("button", { type: "button", class: "sorter", text: column.text, onclick: () => by(column) }) : column.text));
  const body = h("tbody");
  const nothing = h("div", { class: "empty", text: empty, hidden: true });
  const table = h("table", { class: `list${choose ? " choosing" : ""}`, "aria-label": label },
    h("thead", {}, h("tr", {}, heads)), body);
  const element = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, table, nothing);
  const kept = new Map();

  function by(column) {
    if (order.column !== column) Object.assign(order, { column, down: column.kind === "num" });
    else order.down = !order.down;
    heads.forEach((head, index) => {
      if (columns[index] === order.column) put(head, "aria-sort", order.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    fill(shown);
  }

  function sorted(rows) {
    if (!order.column) return rows;
    const way = order.down ? -1 : 1, value = order.column.sort;
    return [...rows].sort((one, other) => {
      const [a, b] = [value(one), value(other)];
      return way * (typeof a === "string" ? a.localeCompare(b, undefined, { numeric: true }) : a - b);
    });
  }

  function fill(rows) {
    shown = rows;
    const wanted = sorted(rows);
    const ids = new Set(wanted.map(id));
    for (const [key, row] of kept) {
      if (!ids.has(key)) {
        row.box.remove();
        kept.delete(key);
      }
    }
    wanted.forEach((row, index) => {
      const key = id(row);
      const said = JSON.stringify(row);
      let made = kept.get(key);
      if (!made) {
        made = { box: h("tr", choose ? { onclick: () => choose(made.row) } : {}), said: "" };
        kept.set(key, made);
      }
      if (made.said !== said) {
        Object.assign(made, { said, row });
        made.box.replaceChildren(...columns.map((column, at) => {
          const cell = h(at === 0 ? "th" : "td", { class: column.kind, scope: at === 0 ? "row" : null });
          cell.append(content(column.cell(row), at === 0 && choose ? () => choose(made.row) : null));
          return cell;
        }));
      }
      if (choose) put(made.box, "class", chosen(row) ? "chosen" : "");
      if (body.children[index] !== made.box) body.insertBefore(made.box, body.children[index] ?? null);
    });
    nothing.hidden = wanted.length > 0;
    table.hidden = wanted.length === 0;
  }

  return { element, fill };
}

/** What a cell holds; the first one of a row that can be chosen is its button, so that keys reach it. */
function content(made, deed) {
  if (!deed || made instanceof HTMLAnchorElement) return made ?? "";
  return h("button", { type: "button", class: "plain", onclick: (event) => { event.stopPropagation(); deed(); } }, made);
}
