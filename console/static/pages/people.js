// People and other systems: who may come in, as what, where; tokens and webhooks.

import { get, post, send } from "../api.js";
import { h, mark, press, segments } from "../dom.js";
import { atMoment, t, whole } from "../i18n.js";
import { may, me } from "../me.js";
import { AskingPanel } from "../parts/asking-panel.js";
import { askFor } from "../parts/form-dialog.js";
import { listTable } from "../parts/list-table.js";
import { pageHead, section } from "../parts/page-head.js";
import { shownOnce } from "../parts/shown-once.js";
import "../parts/other-systems.js";
import { keepInAddress, route } from "../router.js";
import { OFFLINE, OK } from "../store.js";

const at = (seconds) => atMoment(seconds * 1000);
export const placesOf = (text) => { const names = text.split(/[\s,，、]+/).filter(Boolean); return names.length ? names : null; };

export default class PeoplePage extends AskingPanel {
  oldMs = 8000;

  path() {
    return "/api/people?limit=500";
  }

  parts() {
    return ["people", ...(may("tokens.manage") ? ["tokens"] : []), ...(may("webhooks.manage") ? ["webhooks"] : [])];
  }

  part() {
    const asked = route.query.get("part");
    return this.parts().includes(asked) ? asked : "people";
  }

  build() {
    this.about = h("span", { class: "about" });
    this.chooser = segments(t("people.part"), this.parts().map((part) => [part, t(`people.part.${part}`)]), this.part(), (part) => this.turn(part));
    this.chooser.hidden = this.parts().length < 2;
    this.add = may("people.manage") ? h("button", { class: "button main", type: "button", text: t("people.add"), onclick: () => this.addOne() }) : null;
    this.list = this.table();
    this.aside = h("section", { class: "panel aside", "aria-label": t("people.person") });
    this.body = h("div", { class: "two" });
    this.shownId = null;
    queueMicrotask(() => this.place());
    return [pageHead(t("nav.people"), this.about, h("span", { class: "spring" }), this.chooser, this.add), this.body];
  }

  turn(part) {
    keepInAddress({ part: part === "people" ? "" : part, id: "" });
    press(this.chooser, part);
    this.place();
  }

  routed() {
    press(this.chooser, this.part());
    this.place();
    if (this.answer) this.show(this.answer);
  }

  place() {
    const part = this.part();
    this.body.className = part === "people" ? "two" : "two one";
    if (this.add) this.add.hidden = part !== "people";
    if (part === "people") this.body.replaceChildren(section(t("nav.people"), this.list.element), this.aside);
    else this.body.replaceChildren(h(part === "tokens" ? "token-list" : "webhook-list", { class: "panel" }));
  }

  table() {
    return listTable({ label: t("nav.people"), id: (row) => row.id, empty: t("people.none"), choose: (row) => this.choose(row.id), chosen: (row) => String(row.id) === route.query.get("id"),
      columns: [
        { name: "name", text: t("people.name"), cell: (row) => row.name, sort: (row) => row.name },
        { name: "roles", text: t("people.roles"), cell: (row) => row.roles.map((role) => t(`role.${role}`)).join(", ") },
        { name: "sites", text: t("people.sites"), cell: (row) => this.where(row.sites) },
        { name: "state", text: t("people.state"), cell: (row) => this.stateOf(row), sort: (row) => (row.disabled ? 2 : row.must_change ? 1 : 0) },
        { name: "second", text: t("people.second"), cell: (row) => t(row.second_factor ? "people.second.on" : "people.second.off"), sort: (row) => (row.second_factor ? 0 : 1) },
      ] });
  }

  where(sites) {
    if (sites === null) return t("people.whole");
    return sites.length > 3 ? t("people.places", { n: whole(sites.length), some: sites.slice(0, 2).join(", ") }) : sites.join(", ");
  }

  stateOf(row) {
    const [look, key] = row.disabled ? [OFFLINE, "disabled"] : !row.has_password ? [OFFLINE, "no_password"] : row.must_change ? [OFFLINE, "must_change"] : [OK, "active"];
    return h("span", { class: `state s${look}` }, mark(look), h("span", { text: t(`people.state.${key}`) }));
  }

  choose(id) {
    keepInAddress({ id });
    this.show(this.answer);
    if (matchMedia("(max-width: 1100px)").matches) this.aside.scrollIntoView({ block: "start" });
  }

  show({ items }) {
    this.about.textContent = t("people.about", { n: whole(items.length) });
    this.list.fill(items);
    const row = items.find((each) => String(each.id) === route.query.get("id"));
    const said = JSON.stringify(row ?? null);
    if (said === this.shownId) return;
    this.shownId = said;
    this.detail(row);
  }

  detail(row) {
    if (!row) {
      this.aside.replaceChildren(h("div", { class: "empty", text: t("people.choose") }));
      return;
    }
    const own = row.name === me.name;
    const deed = (key, go) => h("button", { class: "button", type: "button", text: t(`people.${key}`), onclick: go });
    this.sessions = h("ul", { class: "fact-list" });
    this.aside.replaceChildren(
      h("div", { class: "panel-head" }, h("h2", { text: row.name }), h("span", { class: "spring" }), this.stateOf(row)),
      h("dl", { class: "figures" }, h("dt", { text: t("people.roles") }), h("dd", { text: row.roles.map((role) => t(`role.${role}`)).join(", ") }),
        h("dt", { text: t("people.sites") }), h("dd", { text: row.sites ? row.sites.join(", ") : t("people.whole") }),
        h("dt", { text: t("people.second") }), h("dd", { text: t(row.second_factor ? "people.second.on" : "people.second.off") }),
        h("dt", { text: t("people.made") }), h("dd", { text: at(row.made_at) })),
      own ? h("p", { class: "deeds" }, h("a", { href: "/account", target: "_self", text: t("people.own") }))
        : may("people.manage") ? h("div", { class: "deeds" }, deed("edit", () => this.edit(row)), deed("reset", () => this.reset(row)), deed(row.disabled ? "enable" : "disable", () => this.turnOff(row))) : null,
      h("h3", { text: t("people.sessions") }), this.sessions);
    this.loadSessions(row);
  }

  async loadSessions(row) {
    try {
      const { items } = await get(`/api/people/${row.id}/sessions`);
      this.sessions.replaceChildren(...(items.length ? items.map((one) => h("li", {}, h("div", {}, h("span", { text: one.address }), h("p", { class: "muted flat", text: `${at(one.seen_at)} · ${one.agent}` })),
        may("people.manage") ? h("button", { class: "button", type: "button", text: t("people.end"), "aria-label": `${t("people.end")} ${one.address} ${at(one.seen_at)}`,
          onclick: async () => { await send("DELETE", `/api/people/${row.id}/sessions/${one.id}`); this.loadSessions(row); } }) : null)) : [h("li", { class: "muted", text: t("people.sessions.none") })]));
    } catch (error) {
      this.failed(error);
    }
  }

  async fields(row = { name: "", roles: [], sites: null }) {
    const { roles, sites } = await get("/api/people/choices");
    return [
      { name: "roles", label: t("people.roles"), kind: "many", value: row.roles, choices: roles.map(({ name }) => [name, t(`role.${name}`)]) },
      { name: "sites", label: t("people.sites"), kind: "area", max: 4000, value: (row.sites ?? []).join(", "), about: t("people.sites.about", { some: sites.slice(0, 3).join(", ") }) },
    ];
  }

  async addOne() {
    askFor({ title: t("people.add"), go: t("people.add"), fields: [{ name: "name", label: t("people.name"), about: t("people.name.about"), max: 40 }, ...(await this.fields())],
      deed: async ({ name, roles, sites }) => {
        const { person, password } = await post("/api/people", { name, roles, sites: placesOf(sites) });
        keepInAddress({ id: person.id });
        this.ask();
        setTimeout(() => shownOnce({ title: t("people.added", { name: person.name }), about: t("people.added.about"),
          rows: [[t("login.name"), person.name], [t("people.first_password"), password], [t("people.address"), `${location.origin}/login`]] }));
      } });
  }

  async edit(row) {
    askFor({ title: t("people.edit.title", { name: row.name }), go: t("page.save"), about: h("p", { class: "muted", text: t("people.edit.about") }), fields: await this.fields(row),
      deed: async ({ roles, sites }) => { await this.change(row, { roles, sites: placesOf(sites) }); } });
  }

  async change(row, values) {
    await send("PUT", `/api/people/${row.id}`, { roles: row.roles, sites: row.sites, disabled: row.disabled, ...values });
    this.ask();
  }

  turnOff(row) {
    const key = row.disabled ? "enable" : "disable";
    askFor({ title: `${t(`people.${key}`)}: ${row.name}`, go: t(`people.${key}`), danger: !row.disabled, about: h("p", { text: t(`people.${key}.about`) }),
      deed: () => this.change(row, { disabled: !row.disabled }) });
  }

  reset(row) {
    askFor({ title: t("people.reset.title", { name: row.name }), go: t("people.reset"), about: h("p", { class: "muted", text: t("people.reset.about") }),
      fields: [{ name: "second_factor", label: t("people.reset.second"), kind: "check", value: false }],
      deed: async (typed) => {
        const link = await post(`/api/people/${row.id}/reset`, typed);
        this.ask();
        setTimeout(() => shownOnce({ title: t("people.reset.title", { name: row.name }), about: t("people.link.about", { until: at(link.until) }),
          rows: [[t("people.link"), link.address]], picture: link.picture, alt: t("people.link.picture") }));
      } });
  }
}

