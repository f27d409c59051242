// Alarms: those that wait for a person, in the order in which they should be looked at; floods, journal, what is put aside.

import { h, press, segments } from "../dom.js";
import { t } from "../i18n.js";
import { Panel } from "../panel.js";
import { AlarmDesk, FILTERS } from "../parts/alarm-desk.js";
import { AlarmAside, AlarmJournal } from "../parts/alarm-journal.js";
import { AlarmFlood, AlarmRate } from "../parts/alarm-rate.js";
import { kindWord } from "../parts/alarm-words.js";
import { chooser, pageHead } from "../parts/page-head.js";
import { keepInAddress, route } from "../router.js";

for (const [name, part] of Object.entries({ "alarm-desk": AlarmDesk, "alarm-rate": AlarmRate, "alarm-flood": AlarmFlood,
  "alarm-journal": AlarmJournal, "alarm-aside": AlarmAside })) customElements.define(name, part);

const VIEWS = ["list", "flood", "journal", "aside"];
const STATES = ["", "unacknowledged,returned", "unacknowledged", "acknowledged", "returned", "shelved", "suppressed", "out_of_service"];
const KINDS = ["jam", "temperature", "health", "payment", "disk", "fork", "damage", "set_aside", "sold_out", "offline", "low"];

export default class AlarmsPage extends Panel {
  view() {
    const asked = route.query.get("view");
    return VIEWS.includes(asked) ? asked : "list";
  }

  build() {
    this.views = segments(t("alarms.view"), VIEWS.map((view) => [view, t(`alarms.view.${view}`)]), this.view(), (view) => this.look(view));
    this.body = h("div", { class: "alarms-body panel" });
    this.fill();
    return [pageHead(t("nav.alarms"), h("span", { class: "spring" }), this.views), h("alarm-rate", { class: "panel" }), this.body];
  }

  look(view) {
    keepInAddress({ view: view === "list" ? "" : view });
    this.routed();
  }

  /** The address changed on the same page. */
  routed() {
    press(this.views, this.view());
    this.fill();
  }

  fill() {
    const view = this.view();
    if (view === "flood") this.body.replaceChildren(...this.flood());
    else if (view === "list") this.body.replaceChildren(...this.list());
    else this.body.replaceChildren(h(`alarm-${view}`));
  }

  list() {
    this.desk = h("alarm-desk");
    return [this.filters(), this.desk];
  }

  flood() {
    const flood = h("alarm-flood");
    const by = segments(t("alarms.groups.by"), ["place", "kind", "district"].map((name) => [name, t(`alarms.groups.${name}`)]), "place", (name) => {
      press(by, name);
      flood.groupBy(name);
    });
    flood.addEventListener("chosen", (event) => {
      keepInAddress({ view: "", ...Object.fromEntries(FILTERS.map((name) => [name, ""])) });
      this.routed();
      const { desk } = this, numbers = event.detail;
      desk.ask().then(() => desk.choose(numbers.filter((number) => desk.rows.some((row) => row.alarm === number))));
    });
    return [h("div", { class: "filters" }, by, h("span", { class: "muted", text: t("alarms.groups.window") })), flood];
  }

  filters() {
    const asked = (name) => route.query.get(name) ?? "";
    const put = (values) => {
      keepInAddress(values);
      this.desk.ask();
    };
    const stateWord = (value) => (value === "" ? t("alarms.state.all") : value.includes(",") ? t("alarms.state.waiting") : t(`alarms.state.${value}`));
    const place = h("input", { type: "search", class: "field", placeholder: t("alarms.filter.place"), "aria-label": t("alarms.filter.place"), value: asked("place"),
      onchange: () => put({ place: place.value.trim() }) });
    return h("div", { class: "filters" },
      chooser(t("alarms.state"), STATES.map((value) => [value, stateWord(value)]), asked("state"), (value) => put({ state: value })),
      chooser(t("alarms.filter.priority"), [["", t("alarms.priority.all")], ...["1", "2", "3"].map((n) => [n, t("alarms.priority", { n })])], asked("priority"), (value) => put({ priority: value })),
      chooser(t("alarms.kind"), [["", t("alarms.kind.all")], ...KINDS.map((kind) => [kind, kindWord(kind)])], asked("kind"), (value) => put({ kind: value })),
      chooser(t("alarms.assigned"), [["", t("alarms.assigned.all")], ["me", t("alarms.assigned.me")]], asked("assigned"), (value) => put({ assigned: value })), place);
  }
}
