import * as fs from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import { kindOfObject } from "../api/registry";
import { isObject, objectOf, stringOf, type JsonObject } from "../json";
import type { ScenarioObject } from "../scenario-types";
import type { Place } from "./fields";
import { wrong } from "./fields";

/** Where manifests are read from, and whom to tell. */
export interface ManifestSource {
  /** Folder of the scenario's file: paths begin there. */
  readonly folder: string;
  readonly problem: (problem: { readonly file: string; readonly path: string; readonly message: string }) => void;
}

const isManifest = (name: string): boolean => /\.(ya?ml|json)$/.test(name) && !name.startsWith(".");

/** Reads one entry of `manifests`: an object, or the path of a file or folder of plain Kubernetes manifests. */
export function readManifest(place: Place, value: unknown, source: ManifestSource): readonly ScenarioObject[] {
  if (isObject(value)) return inline(place, value);
  if (typeof value !== "string" || value === "") {
    wrong(place, value, "give an object, or the path of a file or folder of manifests");
    return [];
  }
  const at = path.resolve(source.folder, value);
  if (!fs.existsSync(at)) {
    wrong(place, value, `there is no such file or folder; paths begin at ${source.folder}`);
    return [];
  }
  const files = filesAt(at);
  if (files.length === 0) wrong(place, value, "there is no .yaml, .yml or .json file in it");
  return files.flatMap((file) => readFile(file, source));
}

function filesAt(at: string): readonly string[] {
  if (!fs.statSync(at).isDirectory()) return [at];
  const entries = fs.readdirSync(at, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const inner = path.join(at, entry.name);
    if (entry.name.startsWith(".")) return [];
    return fs.statSync(inner).isDirectory() ? filesAt(inner) : isManifest(entry.name) ? [inner] : [];
  });
}

function readFile(file: string, { problem }: ManifestSource): readonly ScenarioObject[] {
  const report = (at: string, message: string) => problem({ file, path: at, message });
  return parseAllDocuments(fs.readFileSync(file, "utf8"), { merge: true }).flatMap((document, index) => {
    const [error] = document.errors;
    if (error) {
      report(`document ${index + 1}`, `${error.message.split("\n")[0] ?? ""}`);
      return [];
    }
    const value: unknown = document.toJS();
    return value === null ? [] : inline({ path: `document ${index + 1}`, report }, value);
  });
}

function inline(place: Place, value: unknown): readonly ScenarioObject[] {
  if (!isObject(value)) {
    wrong(place, value, "give a Kubernetes object");
    return [];
  }
  const items = value["items"];
  if (stringOf(value["kind"]).endsWith("List") && Array.isArray(items))
    return items.flatMap((item: unknown, index) => inline({ ...place, path: `${place.path}.items[${index}]` }, item));
  const made = objectAt(place, value);
  return made === undefined ? [] : [made];
}

function objectAt(place: Place, value: JsonObject): ScenarioObject | undefined {
  const [apiVersion, kind] = [stringOf(value["apiVersion"]), stringOf(value["kind"])];
  const metadata = objectOf(value["metadata"]);
  const name = stringOf(metadata["name"]);
  for (const [field, text] of Object.entries({ apiVersion, kind, "metadata.name": name }))
    if (text === "") return wrong({ ...place, path: `${place.path}.${field}` }, undefined, "give a text");
  const known = kindOfObject(apiVersion, kind);
  if (known === undefined)
    return wrong(place, `${apiVersion} ${kind}`, "the sandbox does not serve this kind; leave it out");
  const namespace = stringOf(metadata["namespace"]) || "default";
  const { namespace: _namespace, ...rest } = metadata;
  return { ...value, apiVersion, kind, metadata: { ...rest, name, ...(known.namespaced ? { namespace } : {}) } };
}

const first = ["Namespace", "Tier", "ServiceAccount", "ConfigMap", "Secret"];

/** In an order in which each finds what it needs, as folders have no order of their own. */
export function ordered(manifests: readonly ScenarioObject[]): readonly ScenarioObject[] {
  const rank = ({ kind }: ScenarioObject) => (first.indexOf(kind) + first.length + 1) % (first.length + 1);
  return manifests.toSorted((a, b) => rank(a) - rank(b));
}
