// Health of the chain's own works: grey while all is well, and what is not is said first.

import { get } from "../api.js";
import { h, mark, say } from "../dom.js";
import { atMoment, isoDay, span, t, tenth, whole } from "../i18n.js";
import { AskingPanel } from "../parts/asking-panel.js";
import { listTable } from "../parts/list-table.js";
import { pageHead, section } from "../parts/page-head.js";
import { address } from "../router.js";
import { FAULT, LOW, OFFLINE, OK } from "../store.js";

const looking = (look, text) => h("span", { class: `state s${look}` }, mark(look), h("span", { text }));
const VERDICTS = { ok: OK, warning: LOW, missing: FAULT };

/** A number of bytes as people read it. */
function size(bytes) {
  if (bytes === null) return "–";
  const [n, unit] = bytes >= 1e9 ? [bytes / 1e9, "gb"] : bytes >= 1e6 ? [bytes / 1e6, "mb"] : [bytes / 1e3, "kb"];
  return t(`health.${unit}`, { n: tenth(n) });
}

export default class HealthPage extends AskingPanel {
  oldMs = 4000;

  path() {
    return "/api/health";
  }

  build() {
    this.verdict = h("span", { class: "about" });
    this.troubles = h("ul", { class: "troubles", "aria-label": t("health.troubles") });
    this.tiles = h("dl", { class: "tiles" });
    this.nodes = listTable({ label: t("nav.nodes"), id: (row) => row.node, empty: t("nodes.none"), columns: [
      { name: "node", text: t("nodes.node"), cell: (row) => h("a", { href: address("nodes", {}, { id: row.node }), text: row.node }), sort: (row) => row.node },
      { name: "link", text: t("nodes.link"), cell: (row) => (row.forked ? looking(FAULT, t("nodes.link.forked")) : row.linked ? looking(OK, t("nodes.link.up")) : looking(FAULT, t("nodes.link.down"))), sort: (row) => (row.linked ? 0 : 1) },
      { name: "lag", text: t("health.lag"), kind: "num", cell: (row) => (row.lag_s === null ? t("nodes.never") : span(row.lag_s * 1000)), sort: (row) => row.lag_s ?? Infinity },
      { name: "waiting", text: t("nodes.waiting"), kind: "num", cell: (row) => whole(row.waiting), sort: (row) => row.waiting },
      { name: "journal", text: t("health.journal"), kind: "num", cell: (row) => size(row.journal_bytes), sort: (row) => row.journal_bytes ?? 0 },
      { name: "facts", text: t("nodes.facts"), kind: "num", cell: (row) => whole(row.facts), sort: (row) => row.facts },
      { name: "covered", text: t("health.backed_up"), kind: "num", cell: (row) => (row.backed_up ? whole(row.backed_up) : "–"), sort: (row) => row.backed_up },
    ] });
    this.days = listTable({ label: t("health.recordings"), id: (row) => `${row.node} ${row.file}`, empty: t("health.recordings.none"), columns: [
      { name: "date", text: t("health.date"), cell: (row) => row.date, sort: (row) => row.date },
      { name: "node", text: t("nodes.node"), cell: (row) => row.node, sort: (row) => row.node },
      { name: "bytes", text: t("health.size"), kind: "num", cell: (row) => size(row.bytes), sort: (row) => row.bytes },
      { name: "whole", text: t("people.state"), cell: (row) => (row.whole ? looking(OK, t("health.whole")) : looking(LOW, t("health.cut"))), sort: (row) => (row.whole ? 1 : 0) },
    ] });
    this.findings = h("div", { class: "stack" }, h("p", { class: "more-row" }, h("button", { class: "button", type: "button", text: t("health.look"), onclick: (event) => this.examine(event.target) })));
    this.loadDays();
    return [pageHead(t("nav.health"), this.verdict), this.troubles, this.tiles,
      h("div", { class: "two" }, section(t("nav.nodes"), this.nodes.element),
        h("div", { class: "stack gap" }, section(t("health.recordings"), this.days.element), section(t("health.computer"), this.findings)))];
  }

  show(answer) {
    const { trouble, nodes, disk } = answer;
    say(this.verdict, t(trouble.length ? "health.not_well" : "health.well", { n: whole(trouble.length) }));
    this.troubles.hidden = !trouble.length;
    this.troubles.replaceChildren(...trouble.map(({ kind, what }) => h("li", {}, mark(FAULT), h("span", { text: t(`health.trouble.${kind}`, { what }) }))));
    const linked = nodes.filter((row) => row.linked).length;
    const worst = Math.max(0, ...nodes.map((row) => row.lag_s ?? 0));
    this.tiles.replaceChildren(
      this.tile("health.links", t("health.of", { n: whole(linked), of: whole(nodes.length) }), t("health.worst_lag", { span: span(worst * 1000) }), linked < nodes.length),
      this.tile("health.ledger", t("health.facts", { n: whole(answer.facts) }), disk ? size(disk.ledger) : t("health.nothing_kept")),
      this.tile("health.disk", disk ? size(disk.free) : "–", disk ? t("health.disk.of", { total: size(disk.total), journals: size(disk.journals) }) : t("health.nothing_kept"), trouble.some((one) => one.kind === "disk")),
      this.tile("health.checked", answer.checked_ms ? atMoment(answer.checked_ms) : t("health.not_yet"), answer.wrong.length ? answer.wrong.map((one) => `${one.kind}: ${one.what}`).join("; ") : answer.checked_ms ? t("health.checked.of", { n: whole(answer.checked.length) }) : t("health.checked.daily"), answer.wrong.length > 0),
      this.tile("health.back_up", answer.backed_up_ms ? `${isoDay(answer.backed_up_ms)} ${atMoment(answer.backed_up_ms).split(" ").at(-1)}` : t("health.no_back_up"), t("health.back_up.about")),
      this.tile("health.feed", whole(answer.feed_clients), t("health.heard", { n: whole(answer.heard) })));
    this.nodes.fill(nodes);
  }

  tile(key, value, about, bad = false) {
    return h("div", { class: `tile${bad ? " wrong-tile" : ""}` }, h("dt", { text: t(key) }), h("dd", { class: "big", text: value }), h("dd", { class: "muted", text: about }));
  }

  async loadDays() {
    try {
      this.days.fill(await get("/api/health/recordings"));
    } catch (error) {
      this.failed(error);
    }
  }

  async examine(button) {
    button.disabled = true;
    try {
      const found = await get("/api/health/doctor");
      const bad = found.filter((one) => one.verdict !== "ok"), good = found.filter((one) => one.verdict === "ok");
      const rows = [...bad, ...good].map((one) => h("li", {}, h("div", {}, h("span", { text: `${one.name} ${one.value}` }), one.note ? h("p", { class: "muted flat", text: one.note }) : null), looking(VERDICTS[one.verdict], t(`health.verdict.${one.verdict}`))));
      this.findings.replaceChildren(h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("health.computer") }, h("ul", { class: "fact-list" }, rows)));
    } catch (error) {
      this.failed(error);
      button.disabled = false;
    }
  }
}
