import type { JsonObject } from "../json";
import type { KubeObject } from "../store/types";
import { age } from "./columns";
import { apiVersionOf, type Column, type Kind } from "./kinds";

/** How an answer is to be written. */
export type Form = "object" | "table" | "metadata";

/** The first form in an Accept header that is served; `undefined` where there is none. */
export function formOf(accept: string): Form | undefined {
  if (accept === "") return "object";
  for (const choice of accept.split(",")) {
    const [type = "", ...parameters] = choice.split(";").map((part) => part.trim());
    if (!["application/json", "*/*", "application/*", "application/yaml"].includes(type)) continue;
    const as = parameters.find((parameter) => parameter.startsWith("as="))?.slice(3);
    if (as === undefined) return "object";
    if (as === "Table") return "table";
    if (as === "PartialObjectMetadata" || as === "PartialObjectMetadataList") return "metadata";
  }
  return undefined;
}

const nameColumn: Column = { name: "Name", type: "string", value: ({ metadata }) => metadata.name };
const ageColumn: Column = {
  name: "Age",
  type: "string",
  value: ({ metadata }, now) => age(metadata.creationTimestamp, now),
};

const ages = ["Age", "Created At", "Last Seen"];

/** A kind may place its name and age itself, as events do. */
function columnsOf({ columns }: Kind): readonly Column[] {
  const hasName = columns.some(({ name }) => name === "Name");
  const hasAge = columns.some(({ name }) => ages.includes(name));
  return [...(hasName ? [] : [nameColumn]), ...columns, ...(hasAge ? [] : [ageColumn])];
}

/** Metadata alone, as `PartialObjectMetadata`. */
export function metadataOf(object: KubeObject): JsonObject {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata };
}

/** What a table is made of. */
export interface TableSource {
  readonly kind: Kind;
  readonly objects: readonly KubeObject[];
  readonly metadata: JsonObject;
  /** `includeObject` of the request: None, Metadata or Object. */
  readonly include: string;
  readonly now: number;
}

/** The objects as `Table` (meta.k8s.io/v1), which kubectl prints. */
export function tableOf({ kind, objects, metadata, include, now }: TableSource): JsonObject {
  const columns = columnsOf(kind);
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: columns.map(({ name, type, priority = 0 }) => ({
      name,
      type,
      format: name === "Name" ? "name" : "",
      description: `${name} of the ${kind.kind}`,
      priority,
    })),
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.value(object, now)),
      ...(include === "None" ? {} : { object: include === "Object" ? object : metadataOf(object) }),
    })),
  };
}

/** One object in the form asked for. */
export function rendered(
  object: KubeObject,
  form: Form,
  table: Pick<TableSource, "kind" | "include" | "now">,
): JsonObject {
  if (form === "metadata") return metadataOf(object);
  if (form === "object") return object;
  return tableOf({ ...table, objects: [object], metadata: { resourceVersion: object.metadata.resourceVersion } });
}

/** A list in the form asked for. */
export function renderedList(
  objects: readonly KubeObject[],
  form: Form,
  table: Pick<TableSource, "kind" | "include" | "now" | "metadata">,
): JsonObject {
  if (form === "table") return tableOf({ ...table, objects });
  if (form === "metadata") {
    const kind = "PartialObjectMetadataList";
    return { kind, apiVersion: "meta.k8s.io/v1", metadata: table.metadata, items: objects.map(metadataOf) };
  }
  const { kind } = table;
  return { kind: `${kind.kind}List`, apiVersion: apiVersionOf(kind), metadata: table.metadata, items: objects };
}
