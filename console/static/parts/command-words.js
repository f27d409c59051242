// The words of commands: their names, their states, and what they say.

import { h, svg } from "../dom.js";
import { atMoment, atSecond, money, named, t, tenth, whole } from "../i18n.js";
import { state } from "../store.js";

const SHAPES = { queued: "M1.5 1.5h8v8h-8z", sent: "M1 5.5h7M5.5 2.5l3 3-3 3", accepted: "M5.5 1.5a4 4 0 1 0 .001 0z", done: "M1.5 6l3 3 5-7", failed: "M2 2l7 7M9 2l-7 7", expired: "M5.5 1.5a4 4 0 1 0 .001 0zM5.5 3v3l2 1" };
export const UNDER_WAY = ["queued", "sent", "accepted"];

/** The state of a command: shape and word. */
export const stateOf = (name) => h("span", { class: `command-state ${name}` },
  svg("svg", { viewBox: "0 0 11 11", "aria-hidden": "true" }, svg("path", { d: SHAPES[name] })), h("span", { text: t(`command.state.${name}`) }));

/** What was ordered, by the command's name on the wire. */
export function ordered(row) {
  const { said } = row, [, name] = row.kind.split(".");
  const values = { lane: said.lane ?? "", text: said.text ?? "", why: said.why || said.reason || "–", n: "", temp: "", money: "", on: "" };
  if (said.prices) values.n = said.prices.map(([lane, price]) => `${lane} ${money(price)}`).join(", ");
  if (said.lanes) values.n = whole(said.lanes.length);
  if (said.temp_decicelsius !== undefined) values.temp = tenth(said.temp_decicelsius / 10);
  if (said.amount_minor !== undefined) values.money = money(said.amount_minor);
  if (said.on !== undefined) values.on = t(said.on ? "command.on" : "command.off");
  return t(`command.said.${name ?? ""}`, values);
}

/** A value of a preview. */
export function shown(value, unit) {
  if (value === null) return "–";
  if (unit === "money") return money(value);
  if (unit === "temp") return `${tenth(value / 10)} °C`;
  if (unit === "units") return whole(value);
  if (unit === "word") return t(`command.word.${value}`);
  if (unit === "product") return state.chain.products[value] ? named(state.chain.products[value]) : value;
  return value === "" ? t("command.own_text") : String(value);
}

/** When it came how far. */
export const times = (row) => [atMoment(row.at_ms), ...[row.accepted_ms, row.ended_ms].filter(Boolean).map((ms) => atSecond(ms))].join(" → ");
