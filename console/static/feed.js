// The live feed: keeps a connection, notices silence within seconds, and catches up by snapshot.

import { apply, changed, state } from "./store.js";

const SILENCE_MS = 2500;
const RETRY_MS = [300, 600, 1200, 2500, 5000];
let socket = null;
let heard = -Infinity;
let attempt = 0;

export function post(path, body) {
  return fetch(path, { method: "POST", headers: { "x-hawker": "page", "content-type": "application/json" },
    body: JSON.stringify(body ?? {}) });
}

async function connect() {
  try {
    const answer = await post("/api/feed-ticket");
    if (answer.status === 401) {
      state.loggedOut = true;
      changed({ link: true });
      return again();
    }
    if (!answer.ok) return again();
    const { ticket, port } = await answer.json();
    open(`ws://${location.hostname}:${port}/feed?ticket=${encodeURIComponent(ticket)}`);
  } catch {
    again();
  }
}

function open(address) {
  socket = new WebSocket(address);
  const mine = socket;
  mine.onopen = () => {
    attempt = 0;
    state.loggedOut = false;
    watch();
  };
  mine.onmessage = (event) => {
    if (mine !== socket) return;
    const frame = JSON.parse(event.data);
    if (frame.t === "pong") {
      state.latency = Math.max(1, Math.round(performance.now() - frame.ping));
      changed({ link: true });
      return;
    }
    if (frame.t === "machine" && frame.machine !== state.selected) return;
    if (frame.t !== "machine") {
      heard = performance.now();
      if (state.stale) {
        state.stale = false;
        changed({ link: true });
      }
    }
    apply(frame);
  };
  mine.onclose = () => {
    if (mine === socket) again();
  };
}

function again() {
  socket = null;
  setTimeout(connect, RETRY_MS[Math.min(attempt++, RETRY_MS.length - 1)] * (0.8 + 0.4 * Math.random()));
}

/** Tell the feed which machine is shown in full. */
export function watch() {
  if (socket?.readyState === WebSocket.OPEN && state.selected >= 0) socket.send(JSON.stringify({ watch: state.selected }));
}

export function startFeed() {
  connect();
  setInterval(() => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ ping: performance.now() }));
  }, 2000);
  setInterval(() => {
    const silent = performance.now() - heard;
    if (silent > SILENCE_MS && !state.stale) {
      state.stale = true;
      state.staleSince = Date.now() - silent;
      changed({ link: true });
    }
    if (silent > 3 * SILENCE_MS && socket?.readyState === WebSocket.OPEN) {
      const broken = socket;
      broken.onclose = null;
      broken.close();
      again();
    }
  }, 250);
}
