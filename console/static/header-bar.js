// Brand, navigation, search, link state, the chain's clock, language, theme, and who is at the desk.

import { h, icon, put, say, svg } from "./dom.js";
import { atSecond, languageNow, onDate, otherLanguage, setLanguage, t, wallSecond } from "./i18n.js";
import { me } from "./me.js";
import { switchTheme } from "./prefs.js";
import { Panel } from "./panel.js";
import { entitle } from "./router.js";
import { state } from "./store.js";

const HALF_MOON = "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 1.6v10.8A5.4 5.4 0 0 1 8 2.6z";

export class HeaderBar extends Panel {
  build() {
    this.link = h("span", { class: "link-state", role: "status" });
    this.time = h("time");
    this.date = h("span");
    this.note = h("span", { class: "speed-note" });
    this.notice = h("div", { class: "notice", role: "alert", hidden: true }, t("link.logged_out"), " ",
      h("a", { href: "/login", target: "_self", text: t("link.log_in") }));
    const language = h("button", { class: "button", type: "button", lang: otherLanguage(), text: t("language.other"),
      "aria-label": `${t("language.other")} · ${t("language.switch")}`, onclick: () => setLanguage(otherLanguage()) });
    const theme = h("button", { class: "button icon", type: "button", title: t("theme.switch"),
      "aria-label": t("theme.switch"), onclick: switchTheme }, icon(HALF_MOON));
    return [
      h("a", { class: "brand", href: "/", "aria-label": t("brand") }, this.mark(), h("span", { text: t("brand") })),
      h("nav-bar", { role: "navigation" }),
      h("span", { class: "spring" }),
      h("search-box", { role: "search" }),
      this.link,
      h("span", { class: "clock" }, this.time, h("span", { class: "date" }, this.date, this.note)),
      language, theme, h("person-menu"), this.notice,
    ];
  }

  mark() {
    const rect = (x, y, width, height, fill, rx = 0) => svg("rect", { x, y, width, height, fill, rx });
    return svg("svg", { viewBox: "0 0 18 22", "aria-hidden": "true" }, rect(0, 0, 18, 22, "#4b5963", 3),
      rect(3, 3, 8, 11, "#dfe7ec", 1), rect(13, 4, 2, 2, "#ff9d45"), rect(13, 8, 2, 2, "#ffd84d"),
      rect(13, 12, 2, 2, "#8f9aa2"), rect(3, 17, 12, 2, "#171c20", 1));
  }

  update(what) {
    if (what.link) {
      document.body.classList.toggle("stale", state.stale && state.staleSince > 0);
      const text = state.stale
        ? state.staleSince ? t("link.stale", { time: wallSecond(state.staleSince) }) : t("link.connecting")
        : t("link.live", { ms: state.latency ?? 1 });
      say(this.link, text);
      put(this.link, "data-state", state.stale ? (state.staleSince ? "stale" : "connecting") : "live");
      this.notice.hidden = !state.loggedOut;
    }
    if (!what.tick) return;
    const second = Math.floor(state.now / 1000);
    if (second !== this.second || what.language) {
      this.second = second;
      say(this.time, atSecond(state.now));
      say(this.date, onDate(state.now));
    }
    say(this.note, ` · ${state.speed ? t("clock.speed", { n: state.speed }) : t("clock.paused")}`);
    const waiting = state.kpi.now[4];
    if (waiting !== this.waiting || what.language) entitle();
    this.waiting = waiting;
    put(document.documentElement, "lang", languageNow());
  }
}

/** Who is at the desk. */
export class PersonMenu extends Panel {
  build() {
    this.hidden = !me.name;
    return me.name ? [h("a", { class: "person", href: "/account", text: me.name, title: me.roles.join(", ") })] : [];
  }
}
