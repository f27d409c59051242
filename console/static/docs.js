// The API's page: every operation of the schema, drawn from /api/schema.

import { get } from "./api.js";
import { h } from "./dom.js";
import { loadTexts, t } from "./i18n.js";
import { toLogIn } from "./me.js";
import { applyTheme } from "./prefs.js";

const root = document.getElementById("docs");
const METHODS = ["get", "post", "put", "patch", "delete"];

/** A schema in one line, with the names of components instead of their content. */
function brief(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  const any = schema.oneOf ?? schema.anyOf;
  if (any) return any.map(brief).join(" | ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.type === "array") return `${brief(schema.items) || "…"}[]`;
  return Array.isArray(schema.type) ? schema.type.join(" | ") : schema.type ?? "…";
}

const contentOf = (part) => Object.values(part?.content ?? {})[0]?.schema;

function table(head, rows) {
  return h("table", {}, h("thead", {}, h("tr", {}, head.map((text) => h("th", { scope: "col", text })))),
    h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map((text) => h("td", { text }))))));
}

/** The fields of an object that a body or an answer is. */
function fields(schema, components) {
  const named = schema?.$ref ? components[schema.$ref.split("/").pop()] : schema;
  const rows = Object.entries(named?.properties ?? {}).map(([name, one]) =>
    [name, brief(one), named.required?.includes(name) ? t("docs.needed") : "", one.description ?? ""]);
  return rows.length ? table([t("docs.field"), t("docs.type"), "", ""], rows) : null;
}

function operation(path, method, said, components) {
  const parameters = (said.parameters ?? []).map((one) =>
    [one.name, one.in, brief(one.schema), one.required ? t("docs.needed") : "", one.description ?? ""]);
  const answers = Object.entries(said.responses ?? {}).map(([status, one]) => [status, brief(contentOf(one)), one.description ?? ""]);
  const asked = contentOf(said.requestBody);
  const given = contentOf(Object.entries(said.responses ?? {}).find(([status]) => status.startsWith("2"))?.[1]);
  return h("details", { id: `${method} ${path}` },
    h("summary", {}, h("span", { class: "method", text: method.toUpperCase() }), h("code", { text: path }),
      h("span", { class: "about", text: said.description ?? said.summary ?? "" })),
    h("div", { class: "inside" },
      h("p", { class: "muted", text: t("docs.permission", { name: said["x-permission"] ?? "" }) }),
      parameters.length ? table([t("docs.field"), t("docs.where"), t("docs.type"), "", ""], parameters) : null,
      asked ? [h("h3", { text: `${t("docs.asked")}: ${brief(asked)}` }), fields(asked, components)] : null,
      given ? [h("h3", { text: `${t("docs.given")}: ${brief(given)}` }), fields(given, components)] : null,
      table([t("docs.status"), t("docs.type"), ""], answers)));
}

function draw(schema) {
  const components = schema.components?.schemas ?? {};
  const all = Object.entries(schema.paths).sort().flatMap(([path, methods]) => METHODS.filter((method) => methods[method])
    .map((method) => operation(path, method, methods[method], components)));
  const find = h("input", { class: "find", type: "search", placeholder: t("docs.find"), "aria-label": t("docs.find"),
    oninput: () => { for (const one of all) one.hidden = !one.textContent.toLowerCase().includes(find.value.toLowerCase()); } });
  root.replaceChildren(h("h1", { text: `${schema.info.title} · OpenAPI ${schema.openapi}` }),
    h("p", { class: "muted" }, h("a", { href: "/api/schema", text: "/api/schema" })), find, h("div", {}, all));
}

applyTheme();
await loadTexts();
await get("/api/schema").then(draw).catch((error) => {
  if (error.status === 401) toLogIn();
  else root.replaceChildren(h("p", { role: "alert", text: error.message }));
});
