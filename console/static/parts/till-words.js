// Tills and tickets in words and rows, for the pages of stores.

import { h, mark } from "../dom.js";
import { atSecond, money, named, share, t, tenth, whole } from "../i18n.js";
import { FAULT, LOW, OFFLINE, OK, state } from "../store.js";
import { tender } from "./event-words.js";
import { listTable } from "./list-table.js";

const LOOKS = { open: OK, paying: OK, printer: LOW, flagged: FAULT, closed: OFFLINE };

export const tillName = (till) => t("stores.till", { n: till.till.split("/").at(-1) });

export function tillState(till) {
  const look = LOOKS[till.state];
  return h("span", { class: `state s${look}` }, mark(look), h("span", { text: t(`till.${till.state}`) }));
}

export function tillTable() {
  const shown = (minor) => (minor === null ? "–" : money(minor));
  return listTable({
    label: t("stores.tills"), empty: t("stores.tills.none"), id: (till) => till.till,
    columns: [
      { name: "till", text: t("stores.till.name"), cell: tillName, sort: (till) => till.till },
      { name: "state", text: t("fleet.state"), cell: tillState, sort: (till) => till.state },
      { name: "opened", kind: "num", text: t("stores.shift"), cell: (till) => (till.opened_ms ? atSecond(till.opened_ms) : "–") },
      { name: "sales", kind: "num", text: t("stores.baskets"), cell: (till) => whole(till.sales), sort: (till) => till.sales },
      { name: "money", kind: "num", text: t("stores.sales"), cell: (till) => money(till.sales_minor), sort: (till) => till.sales_minor },
      { name: "lost", kind: "num", text: t("stores.lost"), cell: (till) => whole(till.lost), sort: (till) => till.lost },
      { name: "last", kind: "num", text: t("stores.last"), cell: (till) => (till.last_ms ? `${atSecond(till.last_ms)} · ${money(till.last_minor)}` : "–"), sort: (till) => till.last_ms },
      { name: "drawer", kind: "num", text: t("stores.drawer"), cell: (till) => shown(till.drawer_minor), sort: (till) => till.drawer_minor ?? 0 },
      { name: "float", kind: "num", text: t("stores.float"), cell: (till) => shown(till.float_minor) },
      { name: "receipts", kind: "num", text: t("stores.unprinted"), cell: (till) => whole(till.unprinted), sort: (till) => till.unprinted },
      { name: "flagged", kind: "num", text: t("stores.flagged"), cell: (till) => (till.flagged_minor ? h("span", { class: "bad", text: money(till.flagged_minor) }) : "–") },
    ],
  });
}

export function ticketList() {
  const list = h("ol", { class: "tickets" });
  const nothing = h("div", { class: "empty", text: t("stores.tickets.none") });
  const element = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("stores.tickets") }, list, nothing);
  let said = "";
  function fill(tickets) {
    const now = JSON.stringify(tickets);
    if (now === said) return;
    said = now;
    nothing.hidden = tickets.length > 0;
    list.replaceChildren(...tickets.map(ticket));
  }
  return { element, fill };
}

function ticket(one) {
  const lines = one.lines.map((line) => h("li", {}, h("span", { text: named(state.chain.products[line.product] ?? [line.product, line.product]) }),
    h("span", { class: "muted", text: line.weighed ? t("stores.kilograms", { n: tenth(line.quantity / 1000) }) : `× ${whole(line.quantity)}` }),
    h("span", { class: "num", text: money(line.amount_minor) })));
  return h("li", {}, h("details", {}, h("summary", {}, h("time", { text: atSecond(one.at_ms) }), h("b", { text: one.till.replace("/till/", " · ") }),
    h("span", { class: "muted", text: t("stores.ticket", { n: whole(one.lines.length), tender: tender(one.tender) }) }),
    h("span", { class: "num", text: money(one.total_minor) })), h("ul", {}, lines)));
}

export const part = (some, all) => (all ? share(some / all) : "–");
