// Nodes and pairing: every node's link and key; letting one in, taking its key, changing the office's own.

import { get, post, send } from "../api.js";
import { h, mark } from "../dom.js";
import { atMoment, span, t, whole } from "../i18n.js";
import { may } from "../me.js";
import { AskingPanel } from "../parts/asking-panel.js";
import { askFor } from "../parts/form-dialog.js";
import { listTable } from "../parts/list-table.js";
import { pageHead, section } from "../parts/page-head.js";
import { shownOnce } from "../parts/shown-once.js";
import { keepInAddress, route } from "../router.js";
import { FAULT, LOW, OFFLINE, OK, state } from "../store.js";

const KEY_LOOKS = { in: OK, waits: LOW, invited: OFFLINE, revoked: OFFLINE, none: OFFLINE };
const looking = (look, text) => h("span", { class: `state s${look}` }, mark(look), h("span", { text }));

export default class NodesPage extends AskingPanel {
  oldMs = 3000;

  path() {
    return "/api/nodes?limit=500";
  }

  build() {
    this.about = h("span", { class: "about" });
    this.list = this.table();
    this.aside = h("section", { class: "panel aside", "aria-label": t("nodes.node") });
    this.officeBox = h("section", { class: "panel", "aria-label": t("nodes.office") });
    this.said = null;
    this.loadOffice();
    return [pageHead(t("nav.nodes"), this.about),
      h("div", { class: "two" }, section(t("nav.nodes"), this.list.element), h("div", { class: "stack gap" }, this.officeBox, this.aside))];
  }

  table() {
    return listTable({ label: t("nav.nodes"), id: (row) => row.node, empty: t("nodes.none"), choose: (row) => this.choose(row.node), chosen: (row) => row.node === route.query.get("id"),
      columns: [
        { name: "node", text: t("nodes.node"), cell: (row) => row.node, sort: (row) => row.node },
        { name: "link", text: t("nodes.link"), cell: (row) => this.link(row), sort: (row) => (row.linked ? 0 : 1) },
        { name: "heard", text: t("nodes.heard"), kind: "num", cell: (row) => this.heard(row), sort: (row) => row.heard_ms },
        { name: "lives", text: t("nodes.lives"), cell: (row) => this.lives(row) },
        { name: "facts", text: t("nodes.facts"), kind: "num", cell: (row) => whole(row.facts), sort: (row) => row.facts },
        { name: "waiting", text: t("nodes.waiting"), kind: "num", cell: (row) => whole(row.waiting), sort: (row) => row.waiting },
        { name: "epoch", text: t("nodes.epoch"), kind: "num", cell: (row) => whole(row.epoch), sort: (row) => row.epoch },
        { name: "key", text: t("nodes.key"), cell: (row) => looking(KEY_LOOKS[row.key], t(`nodes.key.${row.key}`)), sort: (row) => row.key },
      ] });
  }

  link(row) {
    if (row.forked) return looking(FAULT, t("nodes.link.forked"));
    return row.linked ? looking(OK, t("nodes.link.up")) : looking(FAULT, t("nodes.link.down"));
  }

  heard(row) {
    return row.heard_ms ? t("nodes.ago", { span: span(Math.max(0, state.now - row.heard_ms)) }) : t("nodes.never");
  }

  lives(row) {
    const said = ["machines", "stores", "warehouses", "vans"].filter((kind) => row[kind]).map((kind) => t(`nodes.lives.${kind}`, { n: whole(row[kind]) }));
    return said.join(" · ") || t("nodes.lives.office");
  }

  choose(id) {
    keepInAddress({ id });
    this.show(this.answer);
    if (matchMedia("(max-width: 1100px)").matches) this.aside.scrollIntoView({ block: "start" });
  }

  routed() {
    if (this.answer) this.show(this.answer);
  }

  show({ items }) {
    const linked = items.filter((row) => row.linked).length;
    this.about.textContent = t("nodes.about", { n: whole(linked), of: whole(items.length) });
    this.list.fill(items);
    const row = items.find((each) => each.node === route.query.get("id"));
    const said = JSON.stringify(row && [row.node, row.key, row.serial, row.fingerprint, row.linked, row.forked]) ?? "";
    if (said === this.said) return;
    this.said = said;
    this.detail(row);
  }

  detail(row) {
    if (!row) {
      this.aside.replaceChildren(h("div", { class: "empty", text: t("nodes.choose") }));
      return;
    }
    const deed = (key, go, wanted = true) => (wanted ? h("button", { class: "button", type: "button", text: t(`nodes.${key}`), onclick: go }) : null);
    const manages = may("nodes.manage") && this.office?.kept;
    const buttons = [deed("invite", () => this.invite(row), row.node !== "office" && Boolean(this.office?.address)), deed("confirm", () => this.confirm(row), row.key === "waits"),
      deed("reject", () => this.reject(row), row.key === "waits" || row.key === "invited"), deed("revoke", () => this.revoke(row), Boolean(row.fingerprint) && row.node !== "office")].filter(Boolean);
    this.deeds = h("div", { class: "deeds" }, buttons);
    this.aside.replaceChildren(
      h("div", { class: "panel-head" }, h("h2", { text: row.node }), h("span", { class: "spring" }), this.link(row)),
      h("dl", { class: "figures" }, h("dt", { text: t("nodes.lives") }), h("dd", { text: this.lives(row) }),
        h("dt", { text: t("nodes.heard") }), h("dd", { text: row.heard_ms ? atMoment(row.heard_ms) : t("nodes.never") }),
        h("dt", { text: t("nodes.key") }), h("dd", {}, looking(KEY_LOOKS[row.key], t(`nodes.key.${row.key}`))),
        h("dt", { text: t("nodes.fingerprint") }), h("dd", {}, h("code", { text: row.fingerprint || "–" })),
        row.serial ? [h("dt", { text: t("nodes.serial") }), h("dd", {}, h("code", { text: row.serial }))] : null,
        row.forked ? [h("dt", { text: t("nodes.link.forked") }), h("dd", { class: "bad", text: row.forked })] : null),
      ...(manages && buttons.length ? [this.deeds] : []));
    if (manages) this.lookForApproved(row);
  }

  async loadOffice() {
    try {
      this.office = await get("/api/office-key");
    } catch (error) {
      this.failed(error);
      return;
    }
    const { version, fingerprint, address, next_fingerprint: next, missing, kept } = this.office;
    this.officeBox.replaceChildren(h("div", { class: "panel-head" }, h("h2", { text: t("nodes.office") }), h("span", { class: "spring" }), h("span", { class: "about", text: t("nodes.version", { version: version || "–" }) })),
      h("dl", { class: "figures" }, h("dt", { text: t("nodes.fingerprint") }), h("dd", {}, h("code", { text: fingerprint || "–" })),
        h("dt", { text: t("nodes.address") }), h("dd", { text: address || t("nodes.closed") }),
        next ? [h("dt", { text: t("nodes.next") }), h("dd", {}, h("code", { text: next })), h("dt", { text: t("nodes.missing") }), h("dd", { text: missing.join(", ") || "–" })] : null),
      ...(may("nodes.manage") && kept ? [h("div", { class: "deeds" }, h("button", { class: "button", type: "button", text: t("nodes.rotate"), onclick: () => this.rotate() }))] : []));
    this.said = null;
    if (this.answer) this.show(this.answer);
  }

  invite(row) {
    askFor({ title: t("nodes.invite.title", { node: row.node }), go: t("nodes.invite"), about: h("p", { text: t("nodes.invite.about") }),
      deed: async () => {
        const told = await post(`/api/nodes/${encodeURIComponent(row.node)}/code`);
        this.ask();
        setTimeout(() => shownOnce({ title: t("nodes.invite.title", { node: row.node }), about: t("nodes.code.about", { n: whole(told.seconds / 60) }),
          rows: [[t("nodes.code"), told.code], [t("nodes.fingerprint"), told.fingerprint], [t("nodes.command"), told.command]], picture: told.picture, alt: t("nodes.picture") }));
      } });
  }

  confirm(row) {
    askFor({ title: t("nodes.confirm.title", { node: row.node }), go: t("nodes.confirm"), about: h("p", { text: t("nodes.confirm.about") }),
      fields: [{ name: "serial", label: t("nodes.serial") }],
      deed: async (typed) => { await post(`/api/nodes/${encodeURIComponent(row.node)}/confirm`, typed); this.ask(); } });
  }

  reject(row) {
    askFor({ title: `${t("nodes.reject")}: ${row.node}`, go: t("nodes.reject"), danger: true, about: h("p", { text: t("nodes.reject.about") }),
      deed: async () => { await post(`/api/nodes/${encodeURIComponent(row.node)}/reject`); this.ask(); } });
  }

  /** Another administrator has to agree first: ask, and do it once they have. */
  revoke(row) {
    askFor({ title: t("nodes.revoke.title", { node: row.node }), go: t("nodes.revoke.ask"), danger: true, about: h("p", { text: t("nodes.revoke.about") }),
      fields: [{ name: "reason", label: t("command.ask.reason"), max: 500 }],
      deed: async ({ reason }) => {
        await send("POST", "/api/approvals", { kind: "key_revocation", what: { node: row.node }, reason }, crypto.randomUUID());
        this.lookForApproved(row);
      } });
  }

  async lookForApproved(row) {
    const { items } = await get("/api/approvals?limit=100");
    const mine = items.filter((item) => item.yours && item.kind === "key_revocation" && item.what.node === row.node && ["asked", "approved"].includes(item.state));
    this.told?.remove();
    if (!mine.length || !this.deeds.isConnected) return;
    const [item] = mine;
    this.told = h("p", { class: "deeds", role: "status" }, h("span", { text: t(`nodes.revoke.${item.state}`, { n: item.id, by: item.decided_name ?? "" }) }),
      item.state === "approved" ? h("button", { class: "button danger", type: "button", text: t("nodes.revoke"), onclick: () => this.revokeNow(row, item.id) }) : h("a", { href: "/approvals", text: t("nav.approvals") }));
    this.deeds.after(this.told);
  }

  revokeNow(row, approval) {
    askFor({ title: t("nodes.revoke.title", { node: row.node }), go: t("nodes.revoke"), danger: true, about: h("p", { text: t("nodes.revoke.now") }),
      deed: async () => { await post(`/api/nodes/${encodeURIComponent(row.node)}/revoke`, { approval }); this.said = null; this.ask(); } });
  }

  rotate() {
    askFor({ title: t("nodes.rotate"), go: t("nodes.rotate"), danger: true, about: h("p", { text: t("nodes.rotate.about") }),
      deed: async () => { await post("/api/office-key/rotate"); this.loadOffice(); } });
  }
}

