// The log-in page: name and password, the second factor's code, a new password, a reset link.

import { ApiError, get, send } from "./api.js";
import { h, put } from "./dom.js";
import { field, form } from "./door-form.js";
import { languageNow, loadTexts, otherLanguage, setLanguage, t } from "./i18n.js";
import { me } from "./me.js";
import { applyTheme } from "./prefs.js";

const door = document.getElementById("door");
const asked = new URLSearchParams(location.search);
const reset = new URLSearchParams(location.hash.slice(1)).get("reset");
let show = null;

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
