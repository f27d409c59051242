// The audit log: who did what, newest first, filtered; and whether its chain of hashes holds.

import { get, listed } from "../api.js";
import { h, mark } from "../dom.js";
import { atMoment, t, whole } from "../i18n.js";
import { Panel } from "../panel.js";
import { listTable } from "../parts/list-table.js";
import { chooser, pageHead, section } from "../parts/page-head.js";
import { keepInAddress, route } from "../router.js";
import { FAULT, OFFLINE, OK } from "../store.js";

const OUTCOMES = ["", "asked", "done", "refused", "failed"];
const TEXTS = ["name", "action", "subject"];
const DAY_US = 86_400_000_000;
const LOOKS = { asked: OFFLINE, done: OK, refused: OFFLINE, failed: FAULT };

export default class AuditPage extends Panel {
  build() {
    const filters = TEXTS.map((name) => h("input", { type: "search", class: "field", name, placeholder: t(`audit.${name}`), "aria-label": t(`audit.${name}`), value: route.query.get(name) ?? "",
      onchange: (event) => this.filter({ [name]: event.target.value.trim() }) }));
    const days = h("span", { class: "dates" }, ["from", "to"].map((name) => h("label", {}, t(`audit.${name}`), h("input", { type: "date", class: "field", name, value: route.query.get(name) ?? "", onchange: (event) => this.filter({ [name]: event.target.value }) }))));
    const outcome = chooser(t("audit.outcome"), OUTCOMES.map((name) => [name, t(`audit.outcome.${name || "any"}`)]), route.query.get("outcome") ?? "", (value) => this.filter({ outcome: value }));
    this.verdict = h("p", { class: "verdict", role: "status", hidden: true });
    this.trouble = h("p", { class: "trouble", role: "alert", hidden: true });
    this.list = listTable({ label: t("nav.audit"), id: (row) => row.seq, empty: t("audit.none"), columns: [
      { name: "seq", text: t("audit.number"), kind: "num", cell: (row) => whole(row.seq) },
      { name: "at", text: t("audit.when"), cell: (row) => atMoment(row.at_us / 1000) },
      { name: "name", text: t("audit.name"), cell: (row) => (row.name ? `${row.name} (${t(`audit.via.${row.via}`)})` : t("audit.nobody")) },
      { name: "action", text: t("audit.action"), cell: (row) => h("code", { text: row.action }) },
      { name: "subject", text: t("audit.subject"), cell: (row) => h("span", { class: "detail", text: row.subject }) },
      { name: "outcome", text: t("audit.outcome"), cell: (row) => h("span", { class: `state s${LOOKS[row.outcome] ?? OFFLINE}` }, mark(LOOKS[row.outcome] ?? OFFLINE), h("span", { text: t(`audit.outcome.${row.outcome}`) })) },
      { name: "detail", text: t("audit.detail"), cell: (row) => this.detail(row) },
    ] });
    this.more = h("button", { class: "button", type: "button", hidden: true, text: t("page.more"), onclick: () => this.load(this.cursor) });
    this.verify = h("button", { class: "button main", type: "button", text: t("audit.verify"), onclick: () => this.verified() });
    this.load();
    return [pageHead(t("nav.audit"), h("span", { class: "about", text: t("audit.about") }), h("span", { class: "spring" }), this.verify), this.verdict, this.trouble,
      h("form", { class: "filters", role: "search", "aria-label": t("audit.filters"), onsubmit: (event) => event.preventDefault() }, filters, outcome, days),
      section(t("nav.audit"), h("div", { class: "stack" }, this.list.element, h("p", { class: "more-row" }, this.more)))];
  }

  detail(row) {
    const text = Object.keys(row.detail).length ? JSON.stringify(row.detail) : "";
    return h("details", {}, h("summary", { text: text.length > 60 ? `${text.slice(0, 60)}…` : text || (row.of ? t("audit.of", { n: whole(row.of) }) : "–") }),
      h("p", { class: "flat" }, h("code", { text: text || "–" })), h("p", { class: "flat muted" }, t("audit.hash"), " ", h("code", { text: row.hash })));
  }

  filter(values) {
    keepInAddress(values);
    this.load();
  }

  routed() {
    this.rebuild();
  }

  async load(cursor = null) {
    const asked = Object.fromEntries([...TEXTS, "outcome"].map((name) => [name, route.query.get(name) ?? ""]).filter(([, value]) => value));
    for (const [name, extra] of [["from", 0], ["to", DAY_US]]) {
      const ms = Date.parse(route.query.get(name) ?? "");
      if (!Number.isNaN(ms)) asked[`${name}_us`] = ms * 1000 + extra;
    }
    try {
      const { items, next } = await listed("/api/audit", { limit: 100, cursor, ...asked });
      if (!this.isConnected) return;
      this.items = cursor ? [...this.items, ...items] : items;
      this.cursor = next;
      this.more.hidden = !next;
      this.list.fill(this.items);
      this.trouble.hidden = true;
    } catch (error) {
      this.trouble.textContent = error.message;
      this.trouble.hidden = false;
    }
  }

  async verified() {
    this.verify.disabled = true;
    try {
      const found = await get("/api/audit/verify");
      this.verdict.className = `verdict${found.ok ? "" : " bad"}`;
      this.verdict.replaceChildren(mark(found.ok ? OK : FAULT), h("span", { text: t(found.ok ? "audit.holds" : "audit.broken", { n: whole(found.entries), first: whole(found.first_broken ?? 0), why: found.why }) }), h("code", { text: found.head }));
      this.verdict.hidden = false;
    } catch (error) {
      this.trouble.textContent = error.message;
      this.trouble.hidden = false;
    } finally {
      this.verify.disabled = false;
    }
  }
}
