// A dialog with a form: what is wrong stands at its field, and what was typed stays.

import { h, put } from "../dom.js";
import { t } from "../i18n.js";

let made = 0;

/**
 * Ask for some fields, then do `deed(values)`. A field: {name, label, kind ("text", "area", "number", "select",
 * "check", "many" (several of `choices`)), value, choices, about, max}. What the deed throws is shown: at the field it names, else above the buttons.
 */
export function askFor({ title, about = null, fields = [], go, deed, danger = false }) {
  const id = `form-${(made += 1)}`;
  const before = document.activeElement;
  const inputs = new Map();
  const rows = fields.map((field) => {
    const input = inputOf(field, `${id}-${field.name}`);
    const wrong = h("p", { class: "wrong", id: `${id}-${field.name}-wrong`, hidden: true });
    inputs.set(field.name, { input, wrong, field });
    const label = field.kind === "many" ? h("span", { "aria-hidden": "true", text: field.label }) : h("label", { for: `${id}-${field.name}`, text: field.label });
    return h("div", { class: `form-row ${field.kind ?? "text"}` }, field.kind === "check" ? [input, label] : [label, input],
      field.about ? h("p", { class: "muted", text: field.about }) : null, wrong);
  });
  const trouble = h("p", { class: "trouble", role: "alert", hidden: true });
  const button = h("button", { class: `button main${danger ? " danger" : ""}`, text: go });
  const cancel = h("button", { class: "button", type: "button", text: t("page.cancel"), onclick: () => dialog.close() });
  const form = h("form", { method: "dialog", novalidate: true }, about, rows, trouble, h("div", { class: "buttons" }, cancel, button));
  const dialog = h("dialog", { class: "form-dialog", "aria-labelledby": `${id}-title` }, h("h2", { id: `${id}-title`, text: title }), form);

  function values() {
    return Object.fromEntries([...inputs].map(([name, { input, field }]) => [name, valueOf(field, input)]));
  }

  function clear() {
    trouble.hidden = true;
    for (const { input, wrong } of inputs.values()) {
      wrong.hidden = true;
      input.removeAttribute("aria-invalid");
      input.removeAttribute("aria-describedby");
    }
  }

  function show(error) {
    const name = error.field ?? "";
    const found = inputs.get(name) ?? inputs.get(name.split(".").at(-1)) ?? inputs.get(name.split(".")[0]);
    if (!found) {
      trouble.textContent = error.message;
      trouble.hidden = false;
      return;
    }
    found.wrong.textContent = `${found.field.label}: ${error.rule || error.message}`;
    found.wrong.hidden = false;
    put(found.input, "aria-invalid", "true");
    put(found.input, "aria-describedby", found.wrong.id);
    found.input.focus();
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    clear();
    button.disabled = true;
    try {
      await deed(values());
      dialog.close();
    } catch (error) {
      show(error);
    } finally {
      button.disabled = false;
    }
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    before?.focus?.();
  });
  document.body.append(dialog);
  dialog.showModal();
  return { dialog, inputs };
}

function inputOf({ name, label, kind = "text", value = "", choices = [], max = 200 }, id) {
  if (kind === "many") return h("div", { id, class: "many", role: "group", "aria-label": label, tabindex: "-1" }, choices.map(([key, text]) => h("label", {}, h("input", { type: "checkbox", value: key, checked: value.includes(key) }), text)));
  if (kind === "select") return h("select", { id, name }, choices.map(([key, text]) => h("option", { value: key, text, selected: key === value })));
  if (kind === "check") return h("input", { id, name, type: "checkbox", checked: Boolean(value) });
  if (kind === "area") return h("textarea", { id, name, class: "field", rows: 3, maxlength: max, text: value });
  return h("input", { id, name, class: "field", type: "text", inputmode: kind === "number" ? "decimal" : null, maxlength: max, autocomplete: "off", value: String(value) });
}

function valueOf({ kind }, input) {
  if (kind === "many") return [...input.querySelectorAll("input:checked")].map((one) => one.value);
  return kind === "check" ? input.checked : input.value.trim();
}

/** A wrong input that was found before anything was asked. */
export class WrongInput extends Error {
  constructor(field, rule) {
    super(rule);
    Object.assign(this, { field, rule });
  }
}

/** A whole number that was typed; throws WrongInput for anything else. */
export function wholeOf(field, text) {
  if (!/^-?\d{1,9}$/.test(text)) throw new WrongInput(field, t("form.whole", { value: text || "–" }));
  return Number(text);
}

/** A number with so many places behind the point, as whole units of the last one. */
export function scaledOf(field, text, places) {
  const found = new RegExp(`^(-?)(\\d{1,9})(?:[.,](\\d{1,${Math.max(1, places)}}))?$`).exec(text);
  if (!found || (found[3] && !places)) throw new WrongInput(field, t("form.number", { value: text || "–" }));
  const size = Number(found[2] + (found[3] ?? "").padEnd(places, "0"));
  return found[1] ? -size : size;
}
