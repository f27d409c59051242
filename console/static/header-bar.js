// Brand, search, link state, the chain's clock, language and theme.

import { h, icon, put, say, svg } from "./dom.js";
import { atSecond, languageNow, named, onDate, otherLanguage, setLanguage, t, wallSecond } from "./i18n.js";
import { switchTheme } from "./prefs.js";
import { Panel } from "./panel.js";
import { changed, fleetOrder, select, state } from "./store.js";

const HALF_MOON = "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 1.6v10.8A5.4 5.4 0 0 1 8 2.6z";

export const matches = (machine, wanted) =>
  machine.id.toLowerCase().includes(wanted) || machine.names.some((name) => name.toLowerCase().includes(wanted));

export class HeaderBar extends Panel {
  build() {
    this.badge = h("span", { class: "badge", hidden: true });
    this.link = h("span", { class: "link-state", role: "status" });
    this.time = h("time");
    this.date = h("span");
    this.note = h("span", { class: "speed-note" });
    this.input = h("input", { type: "search", placeholder: t("search.placeholder"), "aria-label": t("search.placeholder"),
      autocomplete: "off", spellcheck: "false", value: state.search,
      oninput: () => this.find(), onkeydown: (event) => this.keyed(event) });
    this.notice = h("div", { class: "notice", role: "alert", hidden: true, text: t("link.logged_out") });
    const language = h("button", { class: "button", type: "button", lang: otherLanguage(), text: t("language.other"),
      "aria-label": t("language.switch"), onclick: () => setLanguage(otherLanguage()) });
    const theme = h("button", { class: "button icon", type: "button", title: t("theme.switch"),
      "aria-label": t("theme.switch"), onclick: switchTheme }, icon(HALF_MOON));
    return [
      h("span", { class: "brand" }, this.mark(), h("h1", { text: t("brand") })),
      h("nav", { "aria-label": t("nav.label") },
        h("a", { href: "#", "aria-current": "page", text: t("nav.overview") }),
        h("a", { href: "#alarms", onclick: (event) => this.toAlarms(event) }, t("nav.alarms"), this.badge)),
      h("span", { class: "spring" }),
      h("div", { class: "search", role: "search" }, this.input, h("kbd", { text: "/", "aria-hidden": "true" })),
      this.link,
      h("span", { class: "clock" }, this.time, h("span", { class: "date" }, this.date, this.note)),
      language, theme, this.notice,
    ];
  }

  mark() {
    const rect = (x, y, width, height, fill, rx = 0) => svg("rect", { x, y, width, height, fill, rx });
    return svg("svg", { viewBox: "0 0 18 22", "aria-hidden": "true" }, rect(0, 0, 18, 22, "#4b5963", 3),
      rect(3, 3, 8, 11, "#dfe7ec", 1), rect(13, 4, 2, 2, "#ff9d45"), rect(13, 8, 2, 2, "#ffd84d"),
      rect(13, 12, 2, 2, "#8f9aa2"), rect(3, 17, 12, 2, "#171c20", 1));
  }

  toAlarms(event) {
    event.preventDefault();
    const list = document.querySelector("alarm-list");
    list.scrollIntoView({ block: "nearest" });
    list.focusList();
  }

  find() {
    state.search = this.input.value.trim();
    changed({ search: true });
  }

  keyed(event) {
    if (event.key === "Escape") {
      this.input.value = "";
      this.find();
      this.input.blur();
    }
    if (event.key === "Enter") {
      const wanted = state.search.toLowerCase();
      const found = state.machines.filter((machine) => matches(machine, wanted)).sort(fleetOrder)[0];
      if (found) select(found.number);
    }
  }

  update(what) {
    if (what.link) {
      document.body.classList.toggle("stale", state.stale && state.staleSince > 0);
      const text = state.stale
        ? state.staleSince ? t("link.stale", { time: wallSecond(state.staleSince) }) : t("link.connecting")
        : t("link.live", { ms: state.latency ?? 1 });
      say(this.link, text);
      this.notice.hidden = !state.loggedOut;
      say(this.notice, t("link.logged_out"));
    }
    if (!what.tick) return;
    const waiting = state.kpi.now[4];
    this.badge.hidden = waiting === 0;
    say(this.badge, String(waiting));
    put(this.badge, "aria-label", t("kpi.unacknowledged"));
    say(this.time, atSecond(state.now));
    say(this.date, onDate(state.now));
    say(this.note, ` · ${state.speed ? t("clock.speed", { n: state.speed }) : t("clock.paused")}`);
    document.title = `${waiting ? `(${waiting}) ` : ""}${t("brand")} · ${state.chain.name}`;
    put(document.documentElement, "lang", languageNow());
  }
}

export const siteOf = (thing) => named(thing.names);
