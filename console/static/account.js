// One's own account: password, second factor with its recovery codes, open sessions, log out.

import { get, send } from "./api.js";
import { h, put } from "./dom.js";
import { field, form } from "./door-form.js";
import { languageNow, loadTexts, t } from "./i18n.js";
import { me, toLogIn } from "./me.js";
import { applyTheme } from "./prefs.js";

const root = document.getElementById("door");
const box = (title, ...inside) => h("section", { class: "box", "aria-label": title }, h("h2", { text: title }), inside);
const at = (seconds) => new Intl.DateTimeFormat(languageNow(), { dateStyle: "medium", timeStyle: "short" }).format(seconds * 1000);

/** A password that confirms what follows; nobody is asked for one who has none. */
const confirming = () => me.has_password ? [field("password", t("login.password_now"), { autocomplete: "current-password" })] : [];

function codesShown(codes) {
  const done = h("button", { class: "button", type: "button", text: t("account.noted"), onclick: draw });
  secondFactor.replaceChildren(h("h2", { text: t("account.recovery") }), h("p", { class: "muted", text: t("account.recovery.about") }),
    h("ul", { class: "codes" }, codes.map((code) => h("li", {}, h("code", { text: code })))), done);
  done.focus();
}

function offered(offer) {
  const picture = h("img", { alt: t("account.picture"), width: 180, height: 180,
    src: `data:image/svg+xml,${encodeURIComponent(offer.picture)}` });
  const code = field("code", t("login.code"), { type: "text", autocomplete: "one-time-code", inputmode: "numeric" });
  secondFactor.replaceChildren(h("h2", { text: t("login.second") }), h("p", { class: "muted", text: t("account.scan") }), picture,
    h("p", {}, h("code", { class: "secret", text: offer.secret })),
    form(t("account.confirm"), "", [code], t("account.confirm"), async (typed) => {
      const { codes } = await send("POST", "/api/session/second-factor/confirm", typed);
      me.second_factor = true;
      codesShown(codes);
    }));
  code.input.focus();
}

let secondFactor = null;

function secondFactorBox() {
  const fields = confirming();
  const button = me.second_factor
    ? form(t("account.second.remove"), t("account.second.on"), fields, t("account.second.remove"), async (typed) => {
      await send("POST", "/api/session/second-factor/remove", { password: typed.password ?? "" });
      me.second_factor = false;
      draw();
    })
    : form(t("account.second.set"), t("account.second.off"), fields, t("account.second.set"), async (typed) => {
      offered(await send("POST", "/api/session/second-factor", { password: typed.password ?? "" }));
    });
  secondFactor = box(t("login.second"), button, me.second_factor ? again() : []);
  return secondFactor;
}

/** New recovery codes in place of the old ones, after the password once more. */
function again() {
  const fields = me.has_password ? [field("password_again", t("login.password_now"), { autocomplete: "current-password" })] : [];
  return form(t("account.recovery"), t("account.recovery.again"), fields, t("account.recovery.new"), async (typed) => {
    try {
      codesShown((await send("POST", "/api/session/recovery-codes", { password: typed.password_again ?? "" })).codes);
    } catch (error) {
      throw Object.assign(error, { field: error.field === "password" ? "password_again" : error.field });
    }
  });
}

async function sessionsBox() {
  const { items } = await get("/api/sessions");
  return box(t("account.sessions"), h("ul", { class: "sessions" }, items.map((session) =>
    h("li", {}, h("div", {}, h("strong", { text: session.this ? t("account.this") : session.address }),
      h("p", { class: "muted", text: `${at(session.seen_at)} · ${session.agent}` })),
    session.this ? null : h("button", { class: "button", type: "button", text: t("account.end"),
      "aria-label": `${t("account.end")} ${session.address} ${at(session.seen_at)}`,
      onclick: async () => { await send("DELETE", `/api/sessions/${session.id}`); draw(); } })))));
}

async function logOut() {
  await send("DELETE", "/api/session");
  location.replace("/login");
}

async function draw() {
  put(document.documentElement, "lang", languageNow());
  document.title = `${t("account.title")} · ${t("brand")}`;
  const sessions = await sessionsBox();
  root.replaceChildren(h("header", {}, h("h1", { text: me.name }), h("p", { class: "muted", text: me.roles.map((role) => t(`role.${role}`)).join(", ") })),
    h("nav", { class: "row", "aria-label": t("account.title") }, h("a", { class: "button", href: "/", text: t("account.back") }),
      h("a", { class: "button", href: "/login?change", text: t("login.change") }),
      h("button", { class: "button", type: "button", text: t("account.out"), onclick: logOut })),
    secondFactorBox(), sessions);
}

applyTheme();
await loadTexts();
const answer = await fetch("/api/session");
if (answer.ok) {
  Object.assign(me, await answer.json());
  await draw();
} else toLogIn();
