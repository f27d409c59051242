// The filters of the machines page: kept in the address, and by name for the person who saved them.

import { h, press, put } from "../dom.js";
import { FleetMap } from "../fleet-map.js";
import { named, t } from "../i18n.js";
import { me } from "../me.js";
import { Panel } from "../panel.js";
import { remember, remembered } from "../prefs.js";
import { keepInAddress, route } from "../router.js";
import { matches } from "../search-box.js";
import { FAULT, LOW, OFFLINE, OK, SOLD_OUT, STATES, columns, state } from "../store.js";
import { chooser } from "./page-head.js";

const NAMES = ["q", "state", "district", "site", "sort"];

export class MachineFilters extends Panel {
  build() {
    this.className = "filters";
    this.input = h("input", { type: "search", class: "field", placeholder: t("machines.filter"), "aria-label": t("machines.filter"),
      value: route.query.get("q") ?? "", oninput: () => this.put({ q: this.input.value.trim() }),
      onkeydown: (event) => { if (event.key === "Escape") this.clear(); } });
    this.states = h("div", { class: "segments", role: "group", "aria-label": t("fleet.state") },
      [FAULT, SOLD_OUT, LOW, OFFLINE, OK].map((condition) => h("button", { type: "button", "data-value": STATES[condition],
        "aria-pressed": String(this.wantedStates().has(STATES[condition])), text: t(`state.${STATES[condition]}`), onclick: () => this.toggle(STATES[condition]) })));
    const districts = this.districts();
    this.district = districts.length > 1
      ? chooser(t("machines.district"), [["", t("machines.district.all")], ...districts], route.query.get("district") ?? "", (district) => this.put({ district }))
      : null;
    this.site = h("button", { class: "button chip", type: "button", hidden: !route.query.get("site"), onclick: () => this.put({ site: "" }) });
    this.reset = h("button", { class: "button", type: "button", text: t("machines.clear"), onclick: () => this.clear() });
    queueMicrotask(() => this.said());
    return [this.input, this.states, this.district, this.site, this.reset, h("span", { class: "spring" }), this.savedOnes()];
  }

  districts() {
    const names = new Map((FleetMap.districts?.features ?? []).map(({ properties }) => [properties.code, named([properties.name_en, properties.name_zh])]));
    const codes = [...new Set(state.machines.map((machine) => machine.district).filter(Boolean))];
    return codes.map((code) => [code, names.get(code) ?? code]).sort((one, other) => one[1].localeCompare(other[1]));
  }

  wantedStates() {
    return new Set((route.query.get("state") ?? "").split(",").filter(Boolean));
  }

  toggle(name) {
    const wanted = this.wantedStates();
    if (!wanted.delete(name)) wanted.add(name);
    this.put({ state: STATES.filter((each) => wanted.has(each)).join(",") });
  }

  put(values) {
    keepInAddress(values);
    this.said();
    this.dispatchEvent(new CustomEvent("filtered"));
  }

  clear() {
    this.input.value = "";
    this.put({ q: "", state: "", district: "", site: "" });
  }

  /** Show what the address says. */
  said() {
    const wanted = this.wantedStates();
    for (const button of this.states.children) put(button, "aria-pressed", String(wanted.has(button.dataset.value)));
    if (this.district) this.district.value = route.query.get("district") ?? "";
    if (document.activeElement !== this.input) this.input.value = route.query.get("q") ?? "";
    const site = route.query.get("site") ?? "";
    this.site.hidden = !site;
    this.site.textContent = t("machines.site", { site });
    this.reset.hidden = !["q", "state", "district", "site"].some((name) => route.query.get(name));
  }

  /** The test a machine's number must pass; null where nothing is asked. */
  test() {
    const words = (route.query.get("q") ?? "").toLowerCase(), states = this.wantedStates();
    const district = route.query.get("district"), site = route.query.get("site");
    if (!words && !states.size && !district && !site) return null;
    const wanted = STATES.map((name) => !states.size || states.has(name));
    return (number) => {
      if (!wanted[columns.state[number]]) return false;
      const machine = state.machines[number];
      return (!district || machine.district === district) && (!site || machine.site === site)
        && (!words || matches(machine, words) || machine.site.toLowerCase().includes(words));
    };
  }

  // Filters saved by name

  key() {
    return `filters.${me.id ?? ""}`;
  }

  saved() {
    try { return JSON.parse(remembered(this.key()) ?? "{}"); } catch { return {}; }
  }

  savedOnes() {
    const names = Object.keys(this.saved()).sort();
    const choose = chooser(t("machines.saved"), [["", t("machines.saved")], ...names.map((name) => [name, name])], "", (name) => this.use(name));
    choose.hidden = !names.length;
    const drop = h("button", { class: "button", type: "button", hidden: !names.length, text: t("machines.saved.drop"), onclick: () => this.drop() });
    this.choose = choose;
    return [choose, drop, h("button", { class: "button", type: "button", text: t("machines.saved.save"), onclick: () => this.ask() })];
  }

  use(name) {
    const found = this.saved()[name];
    if (!found) return;
    this.put(Object.fromEntries(NAMES.map((each) => [each, found[each] ?? ""])));
    this.input.value = found.q ?? "";
    this.used = name;
    this.dispatchEvent(new CustomEvent("resorted"));
  }

  drop() {
    const saved = this.saved();
    delete saved[this.choose.value || this.used];
    remember(this.key(), JSON.stringify(saved));
    this.rebuild();
  }

  ask() {
    const field = h("input", { class: "field", id: "filter-name", maxlength: "40", required: true, autocomplete: "off" });
    const dialog = h("dialog", { "aria-labelledby": "filter-title" }, h("h2", { id: "filter-title", text: t("machines.saved.title") }),
      h("form", { method: "dialog", onsubmit: () => this.keep(field.value.trim()) },
        h("label", { for: "filter-name", text: t("machines.saved.name") }), field,
        h("div", { class: "buttons" }, h("button", { class: "button", type: "button", text: t("page.cancel"), onclick: () => dialog.close() }),
          h("button", { class: "button main", text: t("page.save") }))));
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  keep(name) {
    if (!name) return;
    const filter = Object.fromEntries(NAMES.map((each) => [each, route.query.get(each) ?? ""]));
    remember(this.key(), JSON.stringify({ ...this.saved(), [name]: filter }));
    this.used = name;
    this.rebuild();
    press(this.states, "");
    this.said();
  }
}
