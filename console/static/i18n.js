// Texts, numbers, money and times in the language of the page. Every text comes from the catalogue.

import { remember, remembered } from "./prefs.js";

const LANGUAGES = ["en", "zh-CN"];
const catalogues = {};
const listeners = new Set();
let language = remembered("language") ?? (navigator.language.startsWith("zh") ? "zh-CN" : "en");
if (!LANGUAGES.includes(language)) language = "en";
let zone = "UTC";
let currency = "USD";
let formats = {};

export async function loadTexts() {
  await Promise.all(LANGUAGES.map(async (name) => {
    catalogues[name] = await (await fetch(`/static/i18n/${name}.json`)).json();
  }));
  use(language);
}

export function placeFormats(chain) {
  zone = chain.zone;
  currency = chain.currency;
  use(language);
}

function use(name) {
  language = name;
  document.documentElement.lang = name;
  const money = { style: "currency", currency, currencyDisplay: "narrowSymbol" };
  const time = { timeZone: zone, hourCycle: "h23" };
  formats = {
    whole: new Intl.NumberFormat(name, { maximumFractionDigits: 0 }),
    tenth: new Intl.NumberFormat(name, { minimumFractionDigits: 1, maximumFractionDigits: 1 }),
    share: new Intl.NumberFormat(name, { style: "percent", maximumFractionDigits: 1 }),
    money: new Intl.NumberFormat(name, { ...money, currencyDisplay: "symbol" }),
    moneyWhole: new Intl.NumberFormat(name, { ...money, currencyDisplay: "symbol", minimumFractionDigits: 0, maximumFractionDigits: 0 }),
    amount: null,
    second: new Intl.DateTimeFormat(name, { ...time, hour: "2-digit", minute: "2-digit", second: "2-digit" }),
    minute: new Intl.DateTimeFormat(name, { ...time, hour: "2-digit", minute: "2-digit" }),
    date: new Intl.DateTimeFormat(name === "en" ? "en-GB" : name, { timeZone: zone, weekday: "short", day: "numeric", month: "short" }),
    moment: new Intl.DateTimeFormat(name === "en" ? "en-GB" : name, { ...time, day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" }),
    iso: new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }),
    here: new Intl.DateTimeFormat(name, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }),
  };
  formats.digits = formats.money.resolvedOptions().maximumFractionDigits;
  formats.amount = new Intl.NumberFormat(name, { minimumFractionDigits: formats.digits, maximumFractionDigits: formats.digits });
}

export const languageNow = () => language;
export const otherLanguage = () => LANGUAGES.find((name) => name !== language);

export function onLanguage(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function setLanguage(name) {
  remember("language", name);
  use(name);
  for (const listener of [...listeners]) listener();
}

export function t(key, values = {}) {
  const text = catalogues[language]?.[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (place, name) => (name in values ? values[name] : place));
}

/** The name in the page's language of [English, Chinese]; either stands in for the other. */
export const named = (names) => (language === "en" ? names[0] || names[1] : names[1] || names[0]) || "";

export const whole = (value) => formats.whole.format(value);
export const tenth = (value) => formats.tenth.format(value);
export const share = (value) => formats.share.format(value);
export const money = (minor) => formats.money.format(minor / 10 ** formats.digits);
export const amount = (minor) => formats.amount.format(minor / 10 ** formats.digits);
export const moneyWhole = (minor) => formats.moneyWhole.format(minor / 10 ** formats.digits);

/** Symbol and number apart, so that the symbol can be set small. */
export function moneyParts(minor) {
  const parts = formats.moneyWhole.formatToParts(minor / 10 ** formats.digits);
  const text = (wanted) => parts.filter(wanted).map((part) => part.value).join("").trim();
  return [text((part) => part.type === "currency"), text((part) => part.type !== "currency" && part.type !== "literal")];
}

export const symbol = () => formats.money.formatToParts(0).find((part) => part.type === "currency").value;
export const atSecond = (ms) => formats.second.format(ms);
export const atMinute = (ms) => formats.minute.format(ms);
export const atMoment = (ms) => formats.moment.format(ms).replace(",", "");
/** The day at the chain's place, e.g. "2026-11-22". */
export const isoDay = (ms) => formats.iso.format(ms);
export const onDate = (ms) => formats.date.format(ms).replace(",", "");
export const wallSecond = (ms) => formats.here.format(ms);

/** A span of time as one number and unit. */
export function span(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 100) return t("span.seconds", { n: seconds });
  if (seconds < 6000) return t("span.minutes", { n: Math.round(seconds / 60) });
  return t("span.hours", { n: Math.round(seconds / 3600) });
}
