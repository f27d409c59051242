// Which page stands at which address. The server answers every page's address with the same shell; here the
// address becomes a page: `pages/MODULE.js` exports its element as default, made anew for each visit.

import { t } from "./i18n.js";
import { may } from "./me.js";
import { state } from "./store.js";

/** Every page: its address, who may see it, its name in the catalogue, and where it stands in the navigation. */
export const PAGES = [
  { name: "overview", path: "/", permission: "overview.read", key: "nav.overview", nav: "first" },
  { name: "machines", path: "/machines", permission: "machines.read", key: "nav.machines", nav: "first" },
  { name: "machine", path: "/machines/:id", permission: "machines.read", key: "nav.machine", under: "machines" },
  { name: "stores", path: "/stores", permission: "stores.read", key: "nav.stores", nav: "first" },
  { name: "store", path: "/stores/:id", permission: "stores.read", key: "nav.store", under: "stores" },
  { name: "stock", path: "/stock", permission: "stock.read", key: "nav.stock", nav: "first" },
  { name: "products", path: "/products", permission: "products.read", key: "nav.products", nav: "first" },
  { name: "planograms", path: "/planograms", permission: "machines.read", key: "nav.planograms", nav: "more" },
  { name: "alarms", path: "/alarms", permission: "alarms.read", key: "nav.alarms", nav: "first" },
  { name: "reports", path: "/reports", permission: "reports.read", key: "nav.reports", nav: "first" },
  { name: "compare", path: "/compare", permission: "replay", key: "nav.compare", under: "overview" },
  { name: "people", path: "/people", permission: "people.read", key: "nav.people", nav: "more" },
  { name: "approvals", path: "/approvals", permission: "approvals.read", key: "nav.approvals", nav: "more" },
  { name: "audit", path: "/audit", permission: "audit.read", key: "nav.audit", nav: "more" },
  { name: "nodes", path: "/nodes", permission: "nodes.read", key: "nav.nodes", nav: "more" },
  { name: "health", path: "/health", permission: "metrics.read", key: "nav.health", nav: "more" },
  { name: "settings", path: "/settings", permission: "settings.read", key: "nav.settings", nav: "more" },
];

const patterns = new Map(PAGES.map((page) => [page, new RegExp(`^${page.path.replace(/:(\w+)/g, "(?<$1>[^/]+)")}/?$`)]));
const listeners = new Set();
let main = null;
let turn = 0;

/** What the address says now: page (undefined for none), params from its path, query as URLSearchParams. */
export const route = { page: undefined, params: {}, query: new URLSearchParams() };

export function onRoute(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function read() {
  route.page = undefined;
  route.params = {};
  for (const [page, pattern] of patterns) {
    const found = pattern.exec(location.pathname);
    if (!found) continue;
    route.page = page;
    route.params = Object.fromEntries(Object.entries(found.groups ?? {}).map(([name, value]) => [name, decoded(value)]));
  }
  route.query = new URLSearchParams(location.search);
}

function decoded(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}

/** The address of a page: `address("machine", {id: "hk-0001"}, {tab: "cash"})`. */
export function address(name, params = {}, query = {}) {
  const page = PAGES.find((each) => each.name === name);
  const path = page.path.replace(/:(\w+)/g, (_, part) => encodeURIComponent(params[part]));
  const said = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "" && value !== null && value !== undefined));
  return said.size ? `${path}?${said}` : path;
}

export function go(path) {
  if (path !== location.pathname + location.search) history.pushState(null, "", path);
  return show();
}

/** Put filters and the like into the address, so that it can be sent to someone; null and "" leave it. */
export function keepInAddress(values) {
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined || value === "") route.query.delete(name);
    else route.query.set(name, value);
  }
  const query = route.query.toString();
  history.replaceState(history.state, "", location.pathname + (query ? `?${query}` : ""));
}

let shownThing = "";

/** Name the page in the window's title: by what it shows, if it shows one thing; without a word, as before. */
export function entitle(what = shownThing) {
  shownThing = what;
  const name = route.page ? t(route.page.key) : t("page.none");
  const waiting = state.kpi?.now[4] ?? 0;
  document.title = `${waiting ? `(${waiting}) ` : ""}${what || name} · ${t("brand")} · ${state.chain.name}`;
}

async function show({ first = false } = {}) {
  const before = route.page;
  const paramsBefore = JSON.stringify(route.params);
  read();
  const mine = ++turn;
  const { page } = route;
  for (const listener of listeners) listener();
  if (page && page === before && JSON.stringify(route.params) === paramsBefore) {
    main.firstElementChild?.routed?.();
    return;
  }
  const element = await made(page);
  if (mine !== turn) return;
  shownThing = "";
  main.replaceChildren(element);
  entitle();
  const name = document.title.split(" · ")[0].replace(/^\(\d+\) /, "");
  main.setAttribute("aria-label", name);
  main.scrollTop = 0;
  window.scrollTo(0, 0);
  if (first) return;
  document.getElementById("announcer").textContent = t("page.opened", { name });
  main.focus({ preventScroll: true });
}

async function made(page) {
  if (!page) return notice("page.none");
  if (!may(page.permission)) return notice("page.forbidden");
  try {
    const element = (await import(`/static/pages/${page.name}.js`)).default;
    const tag = `${page.name}-page`;
    if (!customElements.get(tag)) customElements.define(tag, element);
    return document.createElement(tag);
  } catch (error) {
    console.warn(`page ${page.name}: ${error}`);
    return notice("page.failed");
  }
}

function notice(key) {
  const box = document.createElement("section");
  box.className = "page-notice";
  const title = document.createElement("h1");
  title.textContent = t(key);
  box.append(title);
  return box;
}

/** A click on a link to a page of ours opens it without loading anew. */
function follow(event) {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest?.("a[href]");
  if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (link.hash && link.pathname === location.pathname) return;
  if (![...patterns.values()].some((pattern) => pattern.test(link.pathname))) return;
  event.preventDefault();
  go(link.pathname + link.search);
}

export function startRouter(element) {
  main = element;
  document.addEventListener("click", follow);
  addEventListener("popstate", () => show());
  return show({ first: true });
}
