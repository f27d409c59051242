// Four eyes: what waits for another person's yes, and what became of the rest.

import { listed, post } from "../api.js";
import { h, mark, press, segments } from "../dom.js";
import { atMoment, money, t } from "../i18n.js";
import { may } from "../me.js";
import { AskingPanel } from "../parts/asking-panel.js";
import { askFor } from "../parts/form-dialog.js";
import { listTable } from "../parts/list-table.js";
import { pageHead, section } from "../parts/page-head.js";
import { keepInAddress, route } from "../router.js";
import { LOW, OFFLINE, OK } from "../store.js";

const STATES = ["asked", "approved", "refused", "used", "expired", "all"];
const LOOKS = { asked: LOW, approved: OK, refused: OFFLINE, used: OK, expired: OFFLINE };
const MONEY = ["amount_minor", "price_minor"];
const at = (seconds) => atMoment(seconds * 1000);

/** What exactly is to be done: money as money, without what only the machine compares. */
const exactly = (what) => Object.entries(what).filter(([name, value]) => name !== "digest" && value !== "" && !(name === "price_minor" && value < 0))
  .map(([name, value]) => `${t(`approvals.what.${name}`)} ${MONEY.includes(name) ? money(value) : value}`).join(" · ");

export default class ApprovalsPage extends AskingPanel {
  oldMs = 3000;

  path() {
    const state = this.state();
    return `/api/approvals?limit=100${state === "all" ? "" : `&state=${state}`}`;
  }

  state() {
    const asked = route.query.get("state");
    return STATES.includes(asked) ? asked : "asked";
  }

  build() {
    this.states = segments(t("approvals.state"), STATES.map((state) => [state, t(`approvals.state.${state}`)]), this.state(), (state) => this.turn(state));
    this.list = listTable({ label: t("nav.approvals"), id: (row) => row.id, empty: t("approvals.none"), columns: [
      { name: "id", text: t("approvals.number"), cell: (row) => `#${row.id}`, sort: (row) => row.id },
      { name: "kind", text: t("approvals.kind"), cell: (row) => t(`approvals.kind.${row.kind}`), sort: (row) => row.kind },
      { name: "what", text: t("approvals.what"), cell: (row) => h("span", { class: "detail", text: exactly(row.what) }) },
      { name: "reason", text: t("alarms.reason"), cell: (row) => h("span", { class: "detail", text: row.reason }) },
      { name: "by", text: t("approvals.asked"), cell: (row) => h("span", {}, row.asked_name, h("p", { class: "muted flat", text: at(row.asked_at) })), sort: (row) => row.asked_at },
      { name: "state", text: t("people.state"), cell: (row) => this.shape(row) },
      { name: "deed", text: "", cell: (row) => this.deeds(row) },
    ] });
    this.more = h("button", { class: "button", type: "button", hidden: true, text: t("page.more"), onclick: () => this.older() });
    return [pageHead(t("nav.approvals"), h("span", { class: "about", text: t("approvals.about") }), h("span", { class: "spring" }), this.states),
      section(t("nav.approvals"), h("div", { class: "stack" }, this.list.element, h("p", { class: "more-row" }, this.more)))];
  }

  turn(state) {
    keepInAddress({ state: state === "asked" ? "" : state });
    this.routed();
  }

  routed() {
    press(this.states, this.state());
    this.ask();
  }

  shape(row) {
    const said = row.decided_name ? `${row.decided_name}, ${at(row.decided_at)}: ${row.decided_reason}` : row.state === "asked" ? t("approvals.until", { at: at(row.until) }) : "";
    return h("span", { class: "detail" }, h("span", { class: `state s${LOOKS[row.state]}` }, mark(LOOKS[row.state]), h("span", { text: t(`approvals.state.${row.state}`) })), said ? h("p", { class: "muted flat", text: said }) : null);
  }

  deeds(row) {
    if (row.state !== "asked" || !may("approvals.write")) return "";
    if (row.yours) return h("span", { class: "muted", text: t("approvals.yours") });
    return h("span", { class: "row-deeds" }, ["approve", "refuse"].map((deed) => h("button", { class: `button${deed === "approve" ? " main" : ""}`, type: "button", text: t(`approvals.${deed}`),
      "aria-label": `${t(`approvals.${deed}`)} #${row.id}`, onclick: () => this.decide(row, deed) })));
  }

  decide(row, deed) {
    askFor({ title: `${t(`approvals.${deed}`)} #${row.id}`, go: t(`approvals.${deed}`), danger: deed === "refuse",
      about: h("div", {}, h("p", { text: `${t(`approvals.kind.${row.kind}`)}: ${exactly(row.what)}` }), h("p", { class: "muted", text: `${row.asked_name}: ${row.reason}` })),
      fields: [{ name: "reason", label: t("approvals.why"), kind: "area", max: 500 }],
      deed: async (typed) => { await post(`/api/approvals/${row.id}/${deed}`, typed); this.ask(); } });
  }

  show({ items, next }) {
    this.items = items;
    this.cursor = next;
    this.more.hidden = !next;
    this.list.fill(items);
  }

  async older() {
    const state = this.state();
    const { items, next } = await listed("/api/approvals", { limit: 100, cursor: this.cursor, ...(state === "all" ? {} : { state }) });
    this.oldMs = 60_000;
    this.show({ items: [...this.items, ...items], next });
  }
}
