// Requests to the API, with errors as the API says them.

import { me } from "./me.js";

/** What the API refused: `status`, the sentence in `message`, and for a wrong input its `field` and `rule`. */
export class ApiError extends Error {
  constructor(status, { detail = "", field = "", rule = "" } = {}) {
    super(detail || String(status));
    Object.assign(this, { status, field, rule });
  }
}

async function answered(response) {
  const kind = response.headers.get("content-type") ?? "";
  const said = kind.includes("json") ? await response.json().catch(() => null) : null;
  if (!response.ok) throw new ApiError(response.status, said ?? {});
  return said;
}

export const get = async (path, signal) => answered(await fetch(path, { signal }));

/** Ask for something to be done. `key` makes a repeated request the same one (Idempotency-Key). */
export async function send(method, path, body = {}, key = "") {
  const headers = { "x-hawker": me.csrf, "content-type": "application/json" };
  if (key) headers["idempotency-key"] = key;
  return answered(await fetch(path, { method, headers, body: JSON.stringify(body) }));
}

export const post = (path, body) => send("POST", path, body);

/** One page of a list: `{items, next}`; follow `next` with the same path. */
export function listed(path, { cursor = null, limit = 50, ...rest } = {}, signal = undefined) {
  const query = new URLSearchParams({ limit, ...(cursor ? { cursor } : {}), ...rest });
  return get(`${path}?${query}`, signal);
}
