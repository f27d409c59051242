// Builds a report: measures and dimensions to check, filters, order, and under which name to keep it.

import { send } from "../api.js";
import { h } from "../dom.js";
import { named, t } from "../i18n.js";
import { Panel } from "../panel.js";
import { state } from "../store.js";
import { query, keyName } from "./report-words.js";

const DIMENSIONS_MAX = 3;

export class ReportBuilder extends Panel {
  build() {
    const { definition } = this.now;
    this.measures = new Set(definition.measures);
    this.dimensions = [...definition.dimensions];
    this.filters = Object.fromEntries(Object.entries(definition.filters ?? {}).map(([name, values]) => [name, [...values]]));
    this.sort = definition.sort ?? "";
    this.form = h("form", { class: "report-form", onsubmit: (event) => { event.preventDefault(); this.put(); } });
    this.fill();
    return [this.form];
  }

  fill() {
    this.form.replaceChildren(
      this.checks("measures", this.words.measures.map((one) => one.name), (name) => this.measures.has(name), (name) => this.goes(name, this.dimensions),
        (name, on) => { if (on) this.measures.add(name); else this.measures.delete(name); }),
      this.checks("dimensions", this.words.dimensions.map((one) => one.name), (name) => this.dimensions.includes(name),
        (name) => [...this.measures].every((measure) => this.goes(measure, [name])) && (this.dimensions.length < DIMENSIONS_MAX || this.dimensions.includes(name)),
        (name, on) => { this.dimensions = on ? [...this.dimensions, name] : this.dimensions.filter((each) => each !== name); }),
      this.filterRows(),
      this.sorting(),
      h("div", { class: "buttons" }, h("button", { class: "button main", type: "submit", text: t("reports.build.run"), disabled: this.measures.size === 0 })),
      this.mayWrite ? this.keeping() : null,
    );
  }

  /** Whether a measure may be grouped and filtered by these dimensions. */
  goes(measure, dimensions) {
    const able = this.words.measures.find((one) => one.name === measure)?.dimensions ?? [];
    return dimensions.every((name) => able.includes(name));
  }

  checks(field, names, checked, able, change) {
    const singular = field === "measures" ? "measure" : "dimension";
    return h("fieldset", { "data-field": field }, h("legend", { text: t(`reports.build.${field}`) }), names.map((name) => h("label", { class: "check" },
      h("input", { type: "checkbox", name: `${singular}.${name}`, checked: checked(name), disabled: !checked(name) && !able(name),
        onchange: (event) => { change(name, event.target.checked); this.again(event.target.name); } }),
      h("span", { text: t(`reports.${singular}.${name}`) }))));
  }

  /** Build the form anew, and leave the focus where it was. */
  again(name) {
    this.fill();
    this.form.querySelector(`[name="${CSS.escape(name)}"]`)?.focus();
  }

  filterRows() {
    const able = this.words.dimensions.filter((one) => one.values && [...this.measures].every((measure) => this.goes(measure, [one.name])));
    const rows = Object.entries(this.filters).map(([name, values]) => h("div", { class: "filter" },
      h("span", { class: "name", text: t(`reports.dimension.${name}`) }),
      values.map((value) => h("button", { class: "button chip", type: "button", text: `${this.valueName(name, value)} ×`,
        "aria-label": t("reports.build.unfilter", { value: this.valueName(name, value) }), onclick: () => this.drop(name, value) }))));
    const values = h("select", { "aria-label": t("reports.build.value"), name: "filter.value", disabled: true });
    const which = h("select", { "aria-label": t("reports.build.filter"), name: "filter",
      onchange: () => this.offer(values, which.value) },
    h("option", { value: "", text: t("reports.build.filter.add") }), able.map((one) => h("option", { value: one.name, text: t(`reports.dimension.${one.name}`) })));
    values.addEventListener("change", () => { if (values.value) this.keep(which.value, values.value); });
    return h("fieldset", { "data-field": "filters" }, h("legend", { text: t("reports.build.filters") }), rows, h("div", { class: "filter" }, which, values));
  }

  offer(select, name) {
    const one = this.words.dimensions.find((each) => each.name === name);
    select.disabled = !one;
    select.replaceChildren(h("option", { value: "", text: t("reports.build.value.choose") }),
      ...(one?.values ?? []).map((value) => h("option", { value, text: this.valueName(name, value) })));
    if (one) select.focus();
  }

  valueName(name, value) {
    if (name === "product") return named(state.chain.products[value] ?? [value, value]);
    if (name === "place" || name === "site") return state.places.has(value) ? `${value} · ${named(state.places.get(value).names)}` : value;
    return keyName(name, value);
  }

  keep(name, value) {
    this.filters[name] = [...new Set([...(this.filters[name] ?? []), value])];
    this.again("filter");
  }

  drop(name, value) {
    this.filters[name] = this.filters[name].filter((each) => each !== value);
    if (!this.filters[name].length) delete this.filters[name];
    this.again("filter");
  }

  sorting() {
    const names = [...[...this.measures].map((name) => [name, t(`reports.measure.${name}`)]), ...this.dimensions.map((name) => [name, t(`reports.dimension.${name}`)])];
    const choices = [["", t("reports.build.sort.usual")], ...names.flatMap(([name, text]) => [[`-${name}`, t("reports.build.sort.down", { name: text })], [name, t("reports.build.sort.up", { name: text })]])];
    if (!choices.some(([value]) => value === this.sort)) this.sort = "";
    return h("label", { class: "field-row" }, h("span", { text: t("reports.build.sort") }),
      h("select", { name: "sort", "data-field": "sort", onchange: (event) => { this.sort = event.target.value; } },
        choices.map(([value, text]) => h("option", { value, text, selected: value === this.sort }))));
  }

  definition() {
    const order = this.words.measures.map((one) => one.name).filter((name) => this.measures.has(name));
    return { measures: order, dimensions: this.dimensions, filters: this.filters, sort: this.sort };
  }

  put() {
    this.dispatchEvent(new CustomEvent("asked", { detail: { report: "", saved: "", ...query(this.definition()) } }));
  }

  keeping() {
    const mine = this.now.saved;
    this.name = h("input", { class: "field", name: "name", "data-field": "name", maxlength: "80", value: mine?.name ?? this.typed ?? "", "aria-label": t("reports.build.name"),
      placeholder: t("reports.build.name"), oninput: () => { this.typed = this.name.value; } });
    this.shared = h("input", { type: "checkbox", name: "shared", checked: mine?.shared ?? false });
    this.said = h("p", { class: "field-error", role: "alert" });
    return h("fieldset", {}, h("legend", { text: t("reports.build.keep") }), h("div", { class: "filter" }, this.name,
      h("button", { class: "button", type: "button", text: t("reports.build.save"), onclick: () => this.save() })),
    h("label", { class: "check" }, this.shared, h("span", { text: t("reports.build.shared") })), this.said);
  }

  async save() {
    const range = this.words.ranges[this.now.range] ? this.now.range : "last-28";
    this.said.textContent = "";
    this.name.removeAttribute("aria-invalid");
    try {
      const saved = await send("POST", "/api/reports/saved", { name: this.name.value, definition: this.definition(), range, compare: this.now.compare, shared: this.shared.checked });
      this.dispatchEvent(new CustomEvent("changed"));
      this.dispatchEvent(new CustomEvent("asked", { detail: { ...query(null), report: "", saved: String(saved.id), range } }));
    } catch (error) {
      if (error.field === "name") this.name.setAttribute("aria-invalid", "true");
      this.said.textContent = error.message;
    }
  }
}
