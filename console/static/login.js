// The log-in page: name and password, the second factor's code, a new password, a reset link.

import { ApiError, get, send } from "./api.js";
import { h, put } from "./dom.js";
import { languageNow, loadTexts, otherLanguage, setLanguage, t } from "./i18n.js";
import { me } from "./me.js";
import { applyTheme } from "./prefs.js";

const door = document.getElementById("door");
const asked = new URLSearchParams(location.search);
const reset = new URLSearchParams(location.hash.slice(1)).get("reset");
let show = null;

/** One input with its label, and room for what is wrong with it. */
function field(name, label, { type = "password", autocomplete, ...rest }) {
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

function form(title, about, fields, action, submit) {
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

function draw(made) {
  const other = otherLanguage();
  document.title = `${t("login.title")} · ${t("brand")}`;
  door.replaceChildren(h("p", { class: "brand", text: t("brand") }), made,
    h("button", { class: "button", type: "button", lang: other, text: t("language.other"),
      "aria-label": t("language.switch"), onclick: () => { setLanguage(other); show(); } }));
  made.querySelector("input")?.focus();
}

/** Where to go when in: only to a path of our own. */
function goOn() {
  const to = asked.get("to") ?? "/";
  location.replace(/^\/(?![/\\])/.test(to) ? to : "/");
}

async function enter() {
  Object.assign(me, await get("/api/session"));
  if (me.must_change) (show = showChange)();
  else goOn();
}

function showLogIn() {
  const about = asked.get("link") === "used" ? t("login.link_over") : "";
  const name = field("name", t("login.name"), { type: "text", autocomplete: "username", autocapitalize: "none", spellcheck: "false" });
  const password = field("password", t("login.password"), { autocomplete: "current-password" });
  draw(form(t("login.title"), about, [name, password], t("login.enter"), async (typed) => {
    try {
      await send("POST", "/api/session", typed);
    } catch (error) {
      if (error.status === 401 && error.field === "code") return (show = () => showCode(typed))();
      throw error;
    }
    await enter();
  }));
}

function showCode(typed) {
  const code = field("code", t("login.code"), { type: "text", autocomplete: "one-time-code", inputmode: "text" });
  draw(form(t("login.second"), t("login.second.about"), [code], t("login.enter"), async (also) => {
    await send("POST", "/api/session", { ...typed, ...also });
    await enter();
  }));
}

function twice(first) {
  return field("again", t("login.again"), { autocomplete: "new-password", "data-like": first });
}

/** Both entries of the new password must be alike. */
function alike(typed, name) {
  if (typed[name] !== typed.again) throw new ApiError(400, { detail: t("login.not_alike"), field: "again", rule: "" });
}

function showChange() {
  const fields = [
    field("password", t("login.password_now"), { autocomplete: "current-password", required: me.has_password }),
    field("new_password", t("login.password_new"), { autocomplete: "new-password", minlength: 12 }), twice("new_password")];
  if (!me.has_password) fields.shift();
  const about = me.must_change ? t("login.change.first") : t("login.rule");
  draw(form(t("login.change"), about, fields, t("login.change.do"), async (typed) => {
    alike(typed, "new_password");
    await send("POST", "/api/session/password", { password: typed.password ?? "", new_password: typed.new_password });
    await enter();
  }));
}

function showReset() {
  const fields = [field("password", t("login.password_new"), { autocomplete: "new-password", minlength: 12 }), twice("password")];
  draw(form(t("login.reset"), t("login.rule"), fields, t("login.change.do"), async (typed) => {
    alike(typed, "password");
    await send("POST", "/api/reset", { link: reset, password: typed.password });
    history.replaceState(null, "", "/login");
    (show = showLogIn)();
  }));
}

applyTheme();
await loadTexts();
put(document.documentElement, "lang", languageNow());
if (reset) show = showReset;
else {
  const answer = await fetch("/api/session").catch(() => null);
  if (answer?.ok) Object.assign(me, await answer.json());
  if (answer?.ok && asked.get("change") === null && !me.must_change) goOn();
  show = answer?.ok ? showChange : showLogIn;
}
show();
