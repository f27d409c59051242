// Who uses the page and what they may do. What the server does not allow it refuses anyway: this only keeps
// what cannot be done from being offered.

/** `csrf` goes with every request that changes something, as the header x-hawker. */
export const me = { name: "", roles: [], permissions: null, sites: null, csrf: "page", must_change: false };

export async function loadMe() {
  try {
    const answer = await fetch("/api/session");
    if (answer.ok) Object.assign(me, await answer.json());
    if (answer.status === 401 || me.must_change) toLogIn();
  } catch { /* the feed says that nobody answers */ }
}

/** Leave for the log-in page, which leads back to here. */
export function toLogIn() {
  location.replace(`/login?to=${encodeURIComponent(location.pathname + location.search)}`);
}

/** Whether this person has a permission; without a list of permissions, everything is offered. */
export const may = (permission) => me.permissions === null || me.permissions.includes(permission);

/** A recorded day is looked at: nothing in it can be changed. */
export function onlyLook() {
  me.permissions = me.permissions?.filter((name) => name.endsWith(".read") || name === "replay") ?? null;
}
