// Facts in words: the catalogue's sentence for each kind, filled with what the fact says.

import { money, named, t, tenth, whole } from "../i18n.js";
import { state } from "../store.js";

const KNOWN = new Set([
  "lane.opened", "lane.assigned", "lane.planned", "lane.filled", "lane.emptied", "lane.blocked", "lane.unblocked", "vend.completed",
  "vend.failed", "lane.closed", "lane.reopened", "machine.opened", "vend.intended", "sale.refused", "device.went_missing",
  "device.came_back", "machine.restarted", "machine.serviced", "payment.cash_taken", "payment.change_paid", "payment.authorised",
  "payment.refunded", "payment.flagged", "payment.float_set", "payment.cash_metered", "cold.locked", "cold.unlocked",
  "planogram.planned", "planogram.applied", "machine.locked", "machine.unlocked", "service_mode.began", "service_mode.ended",
  "cash.collected", "cash.bag_counted", "audit.taken", "payment.pay_out_intended", "remote.begun", "remote.ended", "setting.changed",
]);
const REASONS = new Set(["sold_out", "jam", "no_change", "offline", "other", "unknown", "not_turned", "no_answer", "refund_lost", "restart",
  "uncertain", "health", "expired", "operator", "planogram", "warm", "door", "defrost", "unread"]);
const TENDERS = new Set(["cash", "cashless", "code", "mixed", "free", "test", "remote"]);

export const reason = (why) => (REASONS.has(why) ? t(`reason.${why}`) : why);
export const tender = (name) => (TENDERS.has(name) ? t(`tender.${name}`) : name);

/** One line for an event of the API. */
export function described({ kind, said }) {
  if (!KNOWN.has(kind)) return kind;
  const device = said.device ? t(`device.${said.device}`) : "";
  return t(`event.${kind}`, {
    device, product: said.product ? named(state.chain.products[said.product] ?? [said.product, said.product]) : "",
    price: said.price_minor === undefined ? "" : money(said.price_minor), money: money(said.amount_minor ?? said.cash_minor ?? 0),
    n: whole(said.added ?? said.removed ?? said.units ?? said.level ?? 0), level: whole(said.level ?? 0),
    why: reason(said.why ?? ""), tender: said.tender ? tender(said.tender) : "", lane: said.lane ?? "", name: said.name ?? "",
    day: said.expires_on ?? "", temp: tenth((said.temp_decicelsius ?? 0) / 10), sold: money(said.sold_minor ?? 0), counted: money(said.counted_minor ?? 0),
  });
}
