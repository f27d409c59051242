// Starts the page: texts, who it is, the chain's names, then the frame round every page, then the feed.

import { AlarmList } from "./alarm-list.js";
import { BottomBar } from "./bottom-bar.js";
import { startFeed, watch } from "./feed.js";
import { FleetMap } from "./fleet-map.js";
import { FleetTable } from "./fleet-table.js";
import { HeaderBar, PersonMenu } from "./header-bar.js";
import { loadTexts, placeFormats } from "./i18n.js";
import { KpiTiles } from "./kpi-tiles.js";
import { startKeys } from "./keys.js";
import { MachinePanel } from "./machine-panel.js";
import { loadMe, onlyLook } from "./me.js";
import { NavBar } from "./nav-bar.js";
import { applyTheme } from "./prefs.js";
import { ReplayBar } from "./replay-bar.js";
import { startRouter } from "./router.js";
import { SearchBox } from "./search-box.js";
import { begin, onChange } from "./store.js";

applyTheme();
const [chain, map] = await Promise.all([
  fetch("/api/chain").then((answer) => answer.json()),
  fetch("/api/map").then((answer) => answer.json()),
  loadTexts(),
  loadMe(),
]);
placeFormats(chain);
if (chain.replay) onlyLook();
begin(chain);
FleetMap.districts = map;
for (const [name, part] of Object.entries({
  "nav-bar": NavBar, "search-box": SearchBox, "person-menu": PersonMenu, "header-bar": HeaderBar,
  "kpi-tiles": KpiTiles, "fleet-map": FleetMap, "alarm-list": AlarmList, "fleet-table": FleetTable,
  "machine-panel": MachinePanel, "bottom-bar": chain.replay ? ReplayBar : BottomBar,
})) customElements.define(name, part);
onChange((what) => { if (what.selected) watch(); });
await startRouter(document.getElementById("page"));
startKeys();
startFeed();
