// The way to every page this person may see: the daily ones in a row, the rest (on a narrow screen all) in a menu.

import { send } from "./api.js";
import { h, icon, put, say } from "./dom.js";
import { t } from "./i18n.js";
import { may, me } from "./me.js";
import { Panel } from "./panel.js";
import { PAGES, route } from "./router.js";
import { state } from "./store.js";

const BARS = "M1 3h14v1.6H1zM1 7.2h14v1.6H1zM1 11.4h14V13H1z";

export class NavBar extends Panel {
  build() {
    this.setAttribute("aria-label", t("nav.label"));
    this.badges = [];
    this.links = [];
    const pages = PAGES.filter((page) => page.nav && may(page.permission));
    const row = h("div", { class: "nav-row" }, pages.filter((page) => page.nav === "first").map((page) => this.link(page)));
    this.menu = h("div", { class: "nav-menu", id: "nav-menu", hidden: true }, pages.map((page) => this.link(page)));
    if (me.name) {
      this.menu.append(h("button", { class: "log-out", type: "button", text: t("nav.log_out", { name: me.name }), onclick: () => this.leave() }));
    }
    this.button = h("button", { class: "button icon", type: "button", "aria-expanded": "false", "aria-controls": "nav-menu",
      "aria-label": t("nav.more"), title: t("nav.more"), onclick: () => this.open(this.menu.hidden) }, icon(BARS));
    this.menu.addEventListener("click", () => this.open(false));
    this.menu.addEventListener("keydown", (event) => this.keyed(event));
    queueMicrotask(() => this.routeChanged());
    return [row, this.button, this.menu];
  }

  started() {
    this.outside = (event) => { if (!this.contains(event.target)) this.open(false); };
    document.addEventListener("pointerdown", this.outside);
    this.addEventListener("focusout", (event) => { if (event.relatedTarget && !this.contains(event.relatedTarget)) this.open(false); });
  }

  ended() {
    document.removeEventListener("pointerdown", this.outside);
  }

  link(page) {
    const link = h("a", { href: page.path, class: page.nav }, t(page.key));
    if (page.name === "alarms") {
      const badge = h("span", { class: "badge", hidden: true });
      link.append(badge);
      this.badges.push(badge);
    }
    this.links.push([page, link]);
    return link;
  }

  async leave() {
    try {
      await send("DELETE", "/api/session");
    } finally {
      location.assign("/login");
    }
  }

  open(wanted) {
    this.menu.hidden = !wanted;
    put(this.button, "aria-expanded", String(wanted));
  }

  keyed(event) {
    const links = [...this.menu.querySelectorAll("a, button")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      links[(links.indexOf(document.activeElement) + step + links.length) % links.length].focus();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      this.open(false);
      this.button.focus();
    }
  }

  routeChanged() {
    for (const [page, link] of this.links ?? []) {
      const here = route.page && (page.name === route.page.name || page.name === route.page.under);
      if (here) put(link, "aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  update(what) {
    if (!what.tick || !state.kpi) return;
    const waiting = state.kpi.now[4];
    for (const badge of this.badges) {
      badge.hidden = waiting === 0;
      say(badge, String(waiting));
      put(badge, "title", t("kpi.unacknowledged"));
    }
  }
}
