import { z } from "zod";
import { appRouter } from "../../../src/server/router";

/** A procedure of the router, as an attacker lists them. */
export interface Procedure {
  readonly path: string;
  readonly type: "query" | "mutation" | "subscription";
  readonly permission: string;
  /** Its inputs' schemas, in the order in which they are asked. */
  readonly inputs: readonly z.ZodType[];
}

interface Walked {
  readonly _def: {
    readonly type: Procedure["type"];
    readonly inputs: readonly z.ZodType[];
    readonly meta?: { readonly permission?: string };
  };
}

/** Every procedure of the whole API. A new one is attacked as soon as it is there. */
export function everyProcedure(): readonly Procedure[] {
  return Object.entries(appRouter._def.procedures as unknown as Readonly<Record<string, Walked>>)
    .map(([path, { _def }]) => ({
      path,
      type: _def.type,
      permission: _def.meta?.permission ?? "none",
      inputs: _def.inputs,
    }))
    .sort((a, b) => a.path.localeCompare(b.path));
}

/** JSON schema, as far as inputs use it. */
interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly default?: unknown;
  readonly $ref?: string;
}

/** What to fill fields with; a field that is not named is made up. */
export type Known = (name: string, schema: JsonSchema) => unknown;

/** The schema of a procedure's input as JSON; undefined where it takes none. */
export function inputSchemaOf({ inputs }: Procedure): JsonSchema | undefined {
  const [first] = inputs;
  if (first === undefined) return undefined;
  return z.toJSONSchema(first, { io: "input", unrepresentable: "any" }) as JsonSchema;
}

/** An input that the procedure's schema lets pass as far as that can be made up, optional fields included. */
export function sampleInput(procedure: Procedure, known: Known): unknown {
  const schema = inputSchemaOf(procedure);
  return schema === undefined ? undefined : sampleOf("", schema, known);
}

/** The same for any schema that was made into JSON. */
export const sampleOfSchema = (schema: unknown, known: Known): unknown => sampleOf("", schema as JsonSchema, known);

function sampleOf(name: string, schema: JsonSchema, known: Known): unknown {
  const given = known(name, schema);
  if (given !== undefined) return given;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const variants = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (variants !== undefined) {
    const chosen = variants.find(({ type }) => type !== "null") ?? {};
    return sampleOf(name, chosen, known);
  }
  if (schema.type === "object") {
    const entries = Object.entries(schema.properties ?? {});
    return Object.fromEntries(entries.map(([key, each]) => [key, sampleOf(key, each, known)]));
  }
  if (schema.type === "array") return schema.items === undefined ? [] : [sampleOf(name, schema.items, known)];
  if (schema.type === "integer" || schema.type === "number") return Math.max(schema.minimum ?? 1, 1);
  if (schema.type === "boolean") return true;
  if (schema.type === "string") return "x".repeat(Math.max(schema.minLength ?? 1, 1));
  return schema.default ?? null;
}
