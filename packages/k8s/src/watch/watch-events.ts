import { errorFromAnswer } from "../errors";
import { isRecord, recordAt, textAt, type KubeObject, type ResourceKind } from "../object";
import type { WatchEvent } from "../ports";

/** Reads one line of a watch. */
export function watchEventOf(line: string, kind: ResourceKind): WatchEvent {
  const event: unknown = JSON.parse(line);
  const object = recordAt(event, "object");
  switch (textAt(event, "type")) {
    case "ADDED":
    case "MODIFIED":
      return { kind: "upsert", object: asObject(object, kind) };
    case "DELETED":
      return { kind: "delete", object: asObject(object, kind) };
    case "BOOKMARK":
      return { kind: "bookmark", resourceVersion: textAt(object, "metadata", "resourceVersion") };
    default: {
      const status = object["code"];
      return {
        kind: "error",
        error: errorFromAnswer(typeof status === "number" ? status : 500, JSON.stringify(object)),
      };
    }
  }
}

/** An object as the API served it; items of a list carry no apiVersion and kind of their own. */
export function asObject(value: unknown, kind: ResourceKind): KubeObject {
  const metadata = recordAt(value, "metadata");
  return {
    ...(isRecord(value) ? value : {}),
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata: { ...metadata, name: textAt(metadata, "name") },
  };
}
