// Giving a command: what it would change is shown where that costs something, and another person asked where they must.

import { post, send } from "../api.js";
import { h } from "../dom.js";
import { t, whole } from "../i18n.js";
import { may } from "../me.js";
import { remember, remembered } from "../prefs.js";
import { state } from "../store.js";
import { shown } from "./command-words.js";
import { askFor, scaledOf, wholeOf } from "./form-dialog.js";

const SHOWN = 40;

/** Tenths of a degree, or minor units, as people type them. */
const tenths = (field, text) => scaledOf(field, text, 1);
export const minorOf = (field, text) => scaledOf(field, text, new Intl.NumberFormat("en", { style: "currency", currency: state.chain.currency }).resolvedOptions().maximumFractionDigits);

const products = () => Object.entries(state.chain.products).map(([code, names]) => [code, names[0] || names[1]]).sort((one, other) => one[1].localeCompare(other[1]));
const reason = () => ({ name: "reason", label: t("command.reason") });
const lane = (lanes) => (lanes.length ? { name: "lane", label: t("command.lane"), kind: "select", value: lanes[0], choices: lanes.map((code) => [code, code]) } : { name: "lane", label: t("command.lane"), max: 8 });
const onOff = () => ({ name: "on", label: t("command.turn"), kind: "select", value: "off", choices: [["off", t("command.off")], ["on", t("command.on")]] });

/** Every kind: its right, its fields, and what is typed as the API has it. */
export const KINDS = {
  prices: { right: "prices.write", many: true,
    fields: (lanes) => (lanes.length ? [lane(lanes), { name: "price_minor", label: t("command.price"), kind: "number" }]
      : [{ name: "product", label: t("command.product"), kind: "select", value: products()[0]?.[0], choices: products() }, { name: "price_minor", label: t("command.price"), kind: "number" }]),
    order: (typed) => (typed.lane ? { prices: { [typed.lane]: minorOf("price_minor", typed.price_minor) } } : { product: typed.product, price_minor: minorOf("price_minor", typed.price_minor) }) },
  target: { right: "machines.command", many: true, fields: () => [{ name: "decicelsius", label: t("command.target"), kind: "number" }],
    order: (typed) => ({ decicelsius: tenths("decicelsius", typed.decicelsius) }) },
  lock: { right: "machines.command", many: true, fields: () => [reason()], order: (typed) => typed },
  unlock: { right: "machines.command", many: true, fields: () => [], order: () => ({}) },
  lane: { right: "machines.command", many: true, fields: (lanes) => [lane(lanes), onOff()], order: (typed) => ({ lane: typed.lane, on: typed.on === "on" }) },
  text: { right: "machines.command", many: true, fields: () => [{ name: "text", label: t("command.text"), about: t("command.text.about") }], order: (typed) => typed },
  planogram: { right: "planograms.write", many: true, fields: () => [{ name: "like", label: t("command.like"), about: t("command.like.about"), max: 64 },
    { name: "when", label: t("command.when"), kind: "select", value: "next_service", choices: ["next_service", "now"].map((when) => [when, t(`command.when.${when}`)]) }], order: (typed) => typed },
  reboot: { right: "machines.command", many: true, fields: () => [], order: () => ({}) },
  vend: { right: "machines.command", fields: (lanes) => [lane(lanes), reason()], order: (typed) => typed },
  refund: { right: "refunds.write", fields: () => [{ name: "sale", label: t("command.sale"), kind: "number" }, { name: "amount_minor", label: t("command.amount"), kind: "number" }, reason()],
    order: (typed) => ({ sale: wholeOf("sale", typed.sale), amount_minor: minorOf("amount_minor", typed.amount_minor), reason: typed.reason }) },
  service_mode: { right: "machines.diagnose", many: true, fields: () => [onOff()], order: (typed) => ({ on: typed.on === "on" }) },
  test_vend: { right: "machines.diagnose", fields: (lanes) => [lane(lanes)], order: (typed) => typed },
  read_audit: { right: "machines.diagnose", many: true, fields: () => [], order: () => ({}) },
};

/** Kinds this person may give, to one machine or to many. */
export const kindsFor = (many) => Object.keys(KINDS).filter((name) => may(KINDS[name].right) && (!many || KINDS[name].many));

/**
 * Ask what a kind needs, then give it to `target` ({machines} or {filter}); `given` hears what became of it.
 * `begun`: what stands in the fields at first, by name.
 */
export function command(kind, target, lanes, given, begun = {}) {
  const { fields, order } = KINDS[kind];
  const asked = fields(lanes).map((field) => (field.name in begun ? { ...field, value: begun[field.name] } : field));
  const deed = (typed) => begin({ kind, ...target, ...order(typed) }, given);
  if (asked.length) askFor({ title: t(`command.kind.${kind}`), fields: asked, go: t("command.go"), deed });
  else deed({}).catch((error) => given(null, error));
}

/** Show what an order would change where that costs something, then give it. */
export async function begin(order, given) {
  const preview = await post("/api/commands/preview", order);
  if (!preview.machines) throw new Error(t("command.nothing"));
  if (!preview.confirm && !preview.approval) given(await give(order));
  else setTimeout(() => confirm(order, preview, given));
}

const give = (order, key = crypto.randomUUID()) => send("POST", "/api/commands", order, key);

function confirm(order, preview, given) {
  const { approval } = preview, keys = new Map();
  const keyOf = (typed) => keys.get(typed) ?? keys.set(typed, crypto.randomUUID()).get(typed);
  const rows = preview.changes.slice(0, SHOWN).map((change) => h("tr", {}, h("th", { scope: "row", text: change.machine }), h("td", { text: change.of in WORDS ? t(`command.of.${change.of}`) : change.of }),
    h("td", { class: "num", text: shown(change.before, change.unit) }), h("td", { class: "num", text: shown(change.after, change.unit) })));
  const about = h("div", { class: "preview" }, h("p", { text: t("command.preview", { n: whole(preview.machines), changes: whole(preview.changes_count), skipped: whole(preview.skipped) }) }),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("command.changes") }, h("table", { class: "list" }, h("thead", {}, h("tr", {}, ["machine", "of", "from", "to"].map((name) => h("th", { scope: "col", class: name === "from" || name === "to" ? "num" : null, text: t(`command.column.${name}`) })))), h("tbody", {}, rows))),
    preview.changes_count > SHOWN ? h("p", { class: "muted", text: t("command.and_more", { n: whole(preview.changes_count - SHOWN) }) }) : null,
    approval ? h("p", { class: "warn", text: t(`command.approval.${approval.kind}`) }) : null);
  const title = t("command.confirm", { kind: t(`command.kind.${order.kind}`) });
  if (!approval) {
    askFor({ title, about, go: t("command.give"), danger: true, deed: async () => given(await give(order, keyOf(""))) });
    return;
  }
  askFor({ title, about, go: t("command.ask"), fields: [{ name: "reason", label: t("command.ask.reason"), max: 500 }], deed: async (typed) => {
    const { id } = await send("POST", "/api/approvals", { kind: approval.kind, what: approval.what, place: approval.place, reason: typed.reason }, keyOf(typed.reason));
    remember(`approval.${id}`, JSON.stringify(order));
    given({ approval: id });
  } });
}

const WORDS = { target: 1, devices: 1, machine: 1, display: 1, audit: 1 };

/** What was asked for in this browser and has been approved since. */
export async function approved() {
  if (!may("approvals.read")) return [];
  const answer = await fetch("/api/approvals?state=approved&limit=50");
  if (!answer.ok) return [];
  const { items } = await answer.json();
  return items.filter((item) => item.yours && remembered(`approval.${item.id}`)).map((item) => ({ ...item, order: JSON.parse(remembered(`approval.${item.id}`)) }));
}

/** Give what was approved. */
export async function giveApproved({ id, order }) {
  const answer = await give({ ...order, approval: id }, `approval-${id}`);
  remember(`approval.${id}`, "");
  return answer;
}
