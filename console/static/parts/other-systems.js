// Other systems: tokens that programs come with, and webhooks that are told what happens.

import { listed, post, send } from "../api.js";
import { h, mark } from "../dom.js";
import { atMoment, t, whole } from "../i18n.js";
import { me } from "../me.js";
import { FAULT, OFFLINE, OK } from "../store.js";
import { AskingPanel } from "./asking-panel.js";
import { askFor, wholeOf } from "./form-dialog.js";
import { listTable } from "./list-table.js";
import { shownOnce } from "./shown-once.js";

const at = (seconds) => (seconds ? atMoment(seconds * 1000) : "–");
const looking = (look, text) => h("span", { class: `state s${look}` }, mark(look), h("span", { text }));
const namesOf = (text) => { const names = text.split(/[\s,，、]+/).filter(Boolean); return names.length ? names : null; };
const KINDS = ["alarm.raised", "alarm.acknowledged", "alarm.cleared", "sales.minute"];

class TokenList extends AskingPanel {
  oldMs = 10000;

  path() {
    return "/api/tokens?limit=500";
  }

  build() {
    this.list = listTable({ label: t("people.part.tokens"), id: (row) => row.id, empty: t("tokens.none"), columns: [
      { name: "name", text: t("people.name"), cell: (row) => row.name, sort: (row) => row.name },
      { name: "state", text: t("people.state"), cell: (row) => this.state(row) },
      { name: "scopes", text: t("tokens.scopes"), cell: (row) => h("span", { class: "detail", text: row.scopes.join(", ") }) },
      { name: "sites", text: t("people.sites"), cell: (row) => (row.sites ? row.sites.join(", ") : t("people.whole")) },
      { name: "until", text: t("tokens.until"), cell: (row) => at(row.until), sort: (row) => row.until },
      { name: "used", text: t("tokens.used"), cell: (row) => at(row.used_at), sort: (row) => row.used_at ?? 0 },
      { name: "by", text: t("tokens.by"), cell: (row) => row.made_by },
      { name: "deed", text: "", cell: (row) => (row.revoked_at ? "" : h("button", { class: "button", type: "button", text: t("tokens.revoke"), "aria-label": `${t("tokens.revoke")} ${row.name}`, onclick: () => this.revoke(row) })) },
    ] });
    return [h("div", { class: "panel-head" }, h("h2", { text: t("people.part.tokens") }), h("span", { class: "spring" }),
      h("button", { class: "button main", type: "button", text: t("tokens.add"), onclick: () => this.make() })), this.list.element];
  }

  state(row) {
    if (row.revoked_at) return looking(OFFLINE, t("tokens.state.revoked"));
    return row.until * 1000 < Date.now() ? looking(OFFLINE, t("tokens.state.ended")) : looking(OK, t("tokens.state.good"));
  }

  show({ items }) {
    this.list.fill(items);
  }

  make() {
    askFor({ title: t("tokens.add"), go: t("tokens.add"), fields: [
      { name: "name", label: t("people.name"), about: t("people.name.about"), max: 40 },
      { name: "scopes", label: t("tokens.scopes"), kind: "many", value: [], choices: (me.permissions ?? []).map((name) => [name, name]) },
      { name: "sites", label: t("people.sites"), kind: "area", max: 4000, about: t("tokens.sites.about") },
      { name: "days", label: t("tokens.days"), kind: "number", value: 90 },
    ], deed: async ({ name, scopes, sites, days }) => {
      const { token } = await post("/api/tokens", { name, scopes, sites: namesOf(sites), days: wholeOf("days", days) });
      this.ask();
      setTimeout(() => shownOnce({ title: t("tokens.made", { name }), about: t("tokens.made.about"), rows: [["Authorization", `Bearer ${token}`]] }));
    } });
  }

  revoke(row) {
    askFor({ title: `${t("tokens.revoke")}: ${row.name}`, go: t("tokens.revoke"), danger: true, about: h("p", { text: t("tokens.revoke.about") }),
      deed: async () => { await send("DELETE", `/api/tokens/${row.id}`); this.ask(); } });
  }
}

class WebhookList extends AskingPanel {
  oldMs = 5000;

  path() {
    return "/api/webhooks?limit=500";
  }

  build() {
    this.list = listTable({ label: t("people.part.webhooks"), id: (row) => row.id, empty: t("webhooks.none"), columns: [
      { name: "url", text: t("webhooks.url"), cell: (row) => h("code", { text: row.url }), sort: (row) => row.url },
      { name: "kinds", text: t("webhooks.kinds"), cell: (row) => h("span", { class: "detail", text: row.kinds.join(", ") }) },
      { name: "waiting", text: t("webhooks.waiting"), kind: "num", cell: (row) => whole(row.waiting), sort: (row) => row.waiting },
      { name: "dead", text: t("webhooks.dead"), kind: "num", cell: (row) => (row.dead ? looking(FAULT, whole(row.dead)) : whole(0)), sort: (row) => row.dead },
      { name: "by", text: t("tokens.by"), cell: (row) => row.made_by },
      { name: "deed", text: "", cell: (row) => h("button", { class: "button", type: "button", text: t("webhooks.end"), "aria-label": `${t("webhooks.end")} ${row.url}`, onclick: () => this.end(row) }) },
    ] });
    this.dead = listTable({ label: t("webhooks.letters"), id: (row) => row.id, empty: t("webhooks.letters.none"), columns: [
      { name: "at", text: t("audit.when"), cell: (row) => at(row.at) },
      { name: "kind", text: t("webhooks.kinds"), cell: (row) => row.kind },
      { name: "to", text: t("webhooks.url"), cell: (row) => this.answer?.items.find((hook) => hook.id === row.webhook)?.url ?? `#${row.webhook}` },
      { name: "error", text: t("webhooks.error"), cell: (row) => h("span", { class: "detail", text: `${row.error} (${whole(row.attempts)})` }) },
      { name: "deed", text: "", cell: (row) => h("button", { class: "button", type: "button", text: t("webhooks.again"), "aria-label": `${t("webhooks.again")} ${row.id}`, onclick: async () => { await post(`/api/deliveries/${row.id}/again`); this.ask(); } }) },
    ] });
    return [h("div", { class: "panel-head" }, h("h2", { text: t("people.part.webhooks") }), h("span", { class: "spring" }),
      h("button", { class: "button main", type: "button", text: t("webhooks.add"), onclick: () => this.make() })), this.list.element,
    h("div", { class: "panel-head" }, h("h2", { text: t("webhooks.letters") })), this.dead.element];
  }

  async show({ items }) {
    this.list.fill(items);
    const dead = await listed("/api/deliveries", { state: "dead", limit: 100 });
    if (this.isConnected) this.dead.fill(dead.items);
  }

  make() {
    askFor({ title: t("webhooks.add"), go: t("webhooks.add"), fields: [
      { name: "url", label: t("webhooks.url"), about: t("webhooks.url.about"), max: 500 },
      { name: "kinds", label: t("webhooks.kinds"), kind: "many", value: [], choices: KINDS.map((name) => [name, name]) },
    ], deed: async (typed) => {
      const { secret } = await post("/api/webhooks", typed);
      this.ask();
      setTimeout(() => shownOnce({ title: t("webhooks.made"), about: t("webhooks.made.about"), rows: [[t("webhooks.secret"), secret]] }));
    } });
  }

  end(row) {
    askFor({ title: t("webhooks.end"), go: t("webhooks.end"), danger: true, about: h("p", {}, h("code", { text: row.url })),
      deed: async () => { await send("DELETE", `/api/webhooks/${row.id}`); this.ask(); } });
  }
}

customElements.define("token-list", TokenList);
customElements.define("webhook-list", WebhookList);
