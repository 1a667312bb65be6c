import type { Cause } from "../status";

/** A cause that shows the wrong value. */
export function wrong(field: string, value: unknown, why: string): Cause {
  return { reason: "FieldValueInvalid", field, message: `Invalid value: ${JSON.stringify(value)}: ${why}` };
}

/** A cause for a field or combination that may not be. */
export function forbiddenField(field: string, why: string): Cause {
  return { reason: "FieldValueForbidden", field, message: `Forbidden: ${why}` };
}

/** A cause for a field that is missing. */
export function requiredField(field: string, why = ""): Cause {
  return { reason: "FieldValueRequired", field, message: why === "" ? "Required value" : `Required value: ${why}` };
}

/** A cause for a value that is none of the known ones. */
export function unsupported(field: string, value: unknown, known: readonly string[]): Cause {
  const list = known.map((item) => `"${item}"`).join(", ");
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`;
  return { reason: "FieldValueNotSupported", field, message };
}
