/** Any JSON value. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A JSON object, such as a Kubernetes manifest. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}
