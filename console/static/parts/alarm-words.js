// The words and the sign of an alarm, for every list of them.

import { h, svg } from "../dom.js";
import { money, named, t, tenth, whole } from "../i18n.js";
import { address } from "../router.js";
import { state } from "../store.js";

const DEVICES = ["board", "keypad", "cash", "cashless", "code", "cooling"];
const SIGNS = { 1: "M9 0 18 9 9 18 0 9z", 2: "M9 1 18 17H0z", 3: "M9 1.2a7.8 7.8 0 1 0 .001 0z" };

/** The shape and number of a priority. */
export function sign({ priority }) {
  return svg("svg", { class: `p${priority}`, viewBox: "0 0 18 18", role: "img", "aria-label": t("alarms.priority", { n: priority }) },
    svg("path", { d: SIGNS[priority] }), svg("text", { x: 9, y: priority === 2 ? 14.5 : 12.6, text: String(priority) }));
}

/** What is the matter. */
export function title(alarm) {
  const lane = alarm.place.includes("/lane/") ? alarm.place.split("/").at(-1) : "";
  const value = alarm.value ?? 0;
  const values = { lane, value: whole(value), temp: tenth(value / 10), money: money(value) };
  const device = DEVICES.find((name) => alarm.place.endsWith(`/${name}`));
  if (alarm.kind === "offline" && device) return t("alarm.offline.device", { device: t(`device.${device}`) });
  return t(`alarm.${alarm.kind}${lane ? ".lane" : ""}`, values);
}

/** What it is about, without a value: for tags. */
export const kindWord = (kind) => t(`alarms.kind.${kind}`);

/** Where it is. */
export function where(alarm) {
  const id = alarm.place.split("/")[0];
  const thing = state.places.get(id);
  return thing ? `${id} · ${named(thing.names)}` : alarm.place;
}

/** The place as a link to its page, where it has one. */
export function placeLink(place, text = place) {
  const id = place.split("/")[0];
  return state.numbers.has(id) ? h("a", { href: address("machine", { id }), text }) : h("span", { text });
}
