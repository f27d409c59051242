// How many alarms come, against what people can answer; which come too often and which stay.

import { h, say, svg } from "../dom.js";
import { atMinute, share, t, tenth, whole } from "../i18n.js";
import { AskingPanel } from "./asking-panel.js";
import { kindWord, placeLink } from "./alarm-words.js";

const WIDE = 288, HIGH = 46;

export class AlarmRate extends AskingPanel {
  oldMs = 8000;

  path() {
    return "/api/alarms/rate";
  }

  build() {
    this.setAttribute("role", "region");
    this.setAttribute("aria-label", t("alarms.rate"));
    this.figures = h("dl", { class: "rate-figures" });
    this.chart = h("div", { class: "rate-chart" });
    this.often = h("div", { class: "rate-often" });
    return [this.figures, this.chart, this.often];
  }

  update(what) {
    if (what.alarms) this.soon();
  }

  show(rate) {
    const figure = (name, value, className = "") => [h("dt", { text: name }), h("dd", { class: className, text: value })];
    const over = rate.average > rate.acceptable;
    this.figures.replaceChildren(...[
      figure(t("alarms.rate.now"), tenth(rate.now), rate.flood ? "bad" : ""),
      figure(t("alarms.rate.average"), tenth(rate.average), over ? "warn" : ""),
      figure(t("alarms.rate.target"), t("alarms.rate.at_most", { n: rate.acceptable })),
      figure(t("alarms.rate.operators"), whole(rate.operators)),
      figure(t("alarms.rate.flood"), t(rate.flood ? "alarms.rate.flood.on" : "alarms.rate.flood.off"), rate.flood ? "bad" : ""),
    ].flat());
    this.chart.replaceChildren(this.bars(rate));
    const rows = [];
    if (rate.chattering.length) rows.push(this.list("alarms.chattering", rate.chattering));
    if (rate.stale.length) rows.push(h("p", {}, h("a", { href: "/alarms?state=unacknowledged,acknowledged", text: t("alarms.stale", { n: whole(rate.stale.length) }) })));
    if (rate.frequent.length) rows.push(this.list("alarms.frequent", rate.frequent.slice(0, 5)));
    this.often.replaceChildren(...rows);
  }

  list(key, rows) {
    return h("details", { open: key === "alarms.chattering" }, h("summary", { text: t(key, { n: whole(rows.length) }) }),
      h("ul", {}, rows.map((row) => h("li", {}, placeLink(row.place, row.place), ` · ${kindWord(row.kind)} · `, t("alarms.times", { n: whole(row.times) })))));
  }

  bars(rate) {
    const most = Math.max(rate.flood_from * rate.operators, ...rate.steps.map((step) => step.count), 1);
    const wide = WIDE / Math.max(rate.steps.length, 36);
    const line = (count) => HIGH - (count / most) * HIGH;
    const bars = rate.steps.map((step, at) => svg("rect", { x: (at * wide).toFixed(2), y: line(step.count).toFixed(2), width: Math.max(.6, wide - .5).toFixed(2),
      height: (HIGH - line(step.count)).toFixed(2), class: step.count > rate.flood_from * rate.operators ? "over" : "" },
    svg("title", { text: t("alarms.rate.step", { time: atMinute(step.at_ms), n: whole(step.count) }) })));
    const rule = (count, name) => svg("line", { x1: 0, x2: WIDE, y1: line(count).toFixed(2), y2: line(count).toFixed(2), class: name });
    const last = rate.steps.at(-1)?.count ?? 0;
    return svg("svg", { viewBox: `0 -2 ${WIDE} ${HIGH + 3}`, preserveAspectRatio: "none", role: "img",
      "aria-label": t("alarms.rate.chart", { n: whole(last), most: whole(Math.max(0, ...rate.steps.map((step) => step.count))), share: share(rate.average / rate.acceptable) }) },
    bars, rule(rate.acceptable * rate.operators, "target"), rule(rate.flood_from * rate.operators, "limit"));
  }
}

/** Alarms of the last hour that belong together, the first of each named. */
export class AlarmFlood extends AskingPanel {
  constructor() {
    super();
    this.by = "place";
  }

  path() {
    return `/api/alarms/groups?by=${this.by}&minutes=60`;
  }

  build() {
    this.list = h("ol", { class: "groups" });
    this.nothing = h("p", { class: "empty", text: t("alarms.groups.none"), hidden: true });
    return [this.list, this.nothing];
  }

  update(what) {
    if (what.alarms) this.soon();
  }

  groupBy(by) {
    this.by = by;
    this.ask();
  }

  show(groups) {
    this.nothing.hidden = groups.length > 0;
    say(this.nothing, t("alarms.groups.none"));
    this.list.replaceChildren(...groups.map((group) => h("li", { class: `group p${group.worst}` },
      h("div", { class: "group-head" }, h("strong", { text: this.by === "kind" ? kindWord(group.name) : group.name }),
        h("span", { class: "muted", text: t("alarms.groups.about", { n: whole(group.count), unacked: whole(group.unacknowledged) }) }),
        h("span", { class: "spring" }),
        h("button", { class: "button", type: "button", text: t("alarms.groups.select", { n: whole(group.alarms.length) }),
          onclick: () => this.dispatchEvent(new CustomEvent("chosen", { detail: group.alarms })) })),
      h("p", { class: "muted" }, t("alarms.groups.first", { n: whole(group.first_out), time: atMinute(group.first_ms) })))));
  }
}
