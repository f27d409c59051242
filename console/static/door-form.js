// Forms at the door and of one's own account: each field says what is wrong with it, and what was typed stays.

import { ApiError } from "./api.js";
import { h, put } from "./dom.js";
import { t } from "./i18n.js";

/** One input with its label, and room for what is wrong with it. */
export function field(name, label, { type = "password", autocomplete, ...rest }) {
  const wrong = h("p", { id: `${name}-wrong`, class: "wrong", hidden: true });
  const input = h("input", { id: name, name, type, autocomplete, required: true, maxlength: 200,
    "aria-describedby": wrong.id, ...rest });
  return { name, input, wrong, row: h("div", { class: "field" }, h("label", { for: name, text: label }), input, wrong) };
}

/** Say what is wrong, at its field if it has one; what was typed stays. */
function complain(fields, notice, error) {
  const where = fields.find((one) => one.name === error.field) ?? null;
  notice.textContent = where ? "" : words(error);
  notice.hidden = where !== null;
  for (const one of fields) {
    const mine = one === where;
    one.wrong.textContent = mine ? words(error) : "";
    one.wrong.hidden = !mine;
    put(one.input, "aria-invalid", String(mine));
  }
  (where ?? fields[0]).input.focus();
}

function words(error) {
  if (!(error instanceof ApiError)) return t("login.unreachable");
  if (error.status === 429) return t("login.wait", { detail: error.message.match(/\d+/)?.[0] ?? "" });
  if (error.rule === "must be those of an account") return t("login.wrong");
  if (error.rule === "must be your password as it is now") return t("login.wrong_now");
  if (error.rule === "must not be a common password") return t("login.common");
  if (error.rule === "must be another than before") return t("login.same");
  if (error.field === "link") return t("login.link_used");
  if (error.field === "code") return t("login.wrong_code");
  if (error.field === "password" || error.field === "new_password") return t("login.weak");
  return error.message;
}

export function form(title, about, fields, action, submit) {
  const notice = h("p", { class: "wrong", role: "alert", hidden: true });
  const button = h("button", { class: "button primary", type: "submit", text: action });
  const made = h("form", { novalidate: true, onsubmit: async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      const empty = fields.find((one) => one.input.value === "" && one.input.required);
      if (empty) throw new ApiError(400, { detail: t("login.empty"), field: empty.name });
      await submit(Object.fromEntries(fields.map((one) => [one.name, one.input.value])));
    } catch (error) {
      if (error.field && error.message === t("login.empty")) emptied(fields, error);
      else complain(fields, notice, error);
    } finally {
      button.disabled = false;
    }
  } }, h("h1", { text: title }), about ? h("p", { class: "muted", text: about }) : null, notice,
  fields.map((one) => one.row), button);
  return made;
}

function emptied(fields, error) {
  for (const one of fields) {
    const mine = one.name === error.field;
    one.wrong.textContent = mine ? t("login.empty") : "";
    one.wrong.hidden = !mine;
    put(one.input, "aria-invalid", String(mine));
    if (mine) one.input.focus();
  }
}
