import { isDeepStrictEqual } from "node:util";

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields => (typeof value === "object" && value !== null ? (value as Fields) : {});
const nameOf = (object: Fields): unknown => fieldsOf(object["metadata"])["name"];

/** Whether a cluster holds an object of a manifest's kind and name that says at least what the manifest does. */
export function cameTrue(manifest: unknown, objects: readonly unknown[]): boolean {
  const wanted = fieldsOf(manifest);
  return objects.map(fieldsOf).some((object) => {
    if (object["kind"] !== wanted["kind"] || nameOf(object) !== nameOf(wanted)) return false;
    const spec = fieldsOf(object["spec"]);
    return Object.entries(fieldsOf(wanted["spec"])).every(
      // A field that is false may be left out by who stores it.
      ([field, value]) => isDeepStrictEqual(spec[field], value) || (value === false && spec[field] === undefined),
    );
  });
}
