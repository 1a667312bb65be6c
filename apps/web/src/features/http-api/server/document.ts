import { permissions } from "@isthmus/access";
import { z } from "zod";
import { errorKinds } from "../../../server/errors";
import { endpoints } from "./endpoints";
import type { Endpoint } from "./endpoint";

type Json = Readonly<Record<string, unknown>>;

/** A schema as OpenAPI 3.1 has it, which is JSON Schema 2020-12; named ones are put among the components. */
function schemaOf(schema: z.ZodType, io: "input" | "output", components: Record<string, unknown>): Json {
  const made = z.toJSONSchema(schema, { io, unrepresentable: "any", target: "draft-2020-12" });
  const {
    $schema: _,
    $defs,
    ...rest
  } = JSON.parse(JSON.stringify(made).replaceAll('"#/$defs/', '"#/components/schemas/')) as Json & {
    readonly $schema?: string;
    readonly $defs?: Json;
  };
  for (const [name, definition] of Object.entries($defs ?? {})) {
    // What a schema is called within itself says nothing to others.
    const { id: _id, ...described } = definition as Json & { readonly id?: string };
    components[name] = described;
  }
  const { id: _id, ...described } = rest as Json & { readonly id?: string };
  return described;
}

function propertiesOf(schema: Json): readonly (readonly [string, Json])[] {
  return Object.entries((schema["properties"] ?? {}) as Readonly<Record<string, Json>>);
}

function parametersOf({ path, method }: Endpoint, schema: Json): readonly Json[] {
  const required = new Set((schema["required"] ?? []) as readonly string[]);
  const inPath = (name: string) => path.includes(`{${name}}`);
  return propertiesOf(schema)
    .filter(([name]) => inPath(name) || method === "GET" || method === "DELETE")
    .map(([name, property]) => ({
      name,
      in: inPath(name) ? "path" : "query",
      required: inPath(name) || required.has(name),
      schema: property,
    }));
}

function bodyOf({ path, method }: Endpoint, schema: Json): Json {
  if (method === "GET" || method === "DELETE") return {};
  const properties = propertiesOf(schema).filter(([name]) => !path.includes(`{${name}}`));
  if (properties.length === 0) return {};
  const names = new Set(properties.map(([name]) => name));
  const required = ((schema["required"] ?? []) as readonly string[]).filter((name) => names.has(name));
  const content = {
    "application/json": {
      schema: {
        type: "object",
        properties: Object.fromEntries(properties),
        ...(required.length > 0 ? { required } : {}),
        additionalProperties: false,
      },
    },
  };
  return { requestBody: { required: required.length > 0, content } };
}

const errorContent = { "application/json": { schema: { $ref: "#/components/schemas/Error" } } };
const errors = {
  "400": { description: "The input is wrong; the message names the field.", content: errorContent },
  "401": { description: "There is no API token, or it is not in use.", content: errorContent },
  "403": { description: "The token may not do this.", content: errorContent },
  "404": { description: "It is not there, or out of the token's reach.", content: errorContent },
  "409": {
    description: "It is in the way of what there is: a name that is taken, the last owner.",
    content: errorContent,
  },
  "412": { description: "It changed since it was read, or something has to come first.", content: errorContent },
  "503": { description: "A store does not answer; try again.", content: errorContent },
};

const answerOf = ({ output, status, summary }: Endpoint, components: Record<string, unknown>): Json => ({
  [String(status)]:
    output === undefined
      ? { description: "Done." }
      : {
          description: summary,
          content: { "application/json": { schema: schemaOf(output, "output", components) } },
        },
});

/** The OpenAPI document of the HTTP API; it holds no data of anybody. */
export function openApiDocument(publicUrl: string): Json {
  const components: Record<string, unknown> = {
    Error: {
      type: "object",
      required: ["code", "message", "retryable"],
      properties: {
        code: { type: "string", enum: Object.keys(errorKinds) },
        message: { type: "string", description: "A sentence for a person that says what to do." },
        retryable: { type: "boolean", description: "Whether the same may work a little later." },
        permission: {
          type: "string",
          enum: permissions,
          description: "With `forbidden`: the permission that is missing.",
        },
      },
    },
  };
  const paths: Record<string, Record<string, Json>> = {};
  for (const endpoint of endpoints) {
    const input = schemaOf(endpoint.input, "input", components);
    const parameters = parametersOf(endpoint, input);
    const operations = (paths[endpoint.path] ??= {});
    operations[endpoint.method.toLowerCase()] = {
      operationId: endpoint.id,
      summary: endpoint.summary,
      tags: [endpoint.tag],
      ...(parameters.length > 0 ? { parameters } : {}),
      ...bodyOf(endpoint, input),
      responses: { ...answerOf(endpoint, components), ...errors },
    };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Isthmus",
      version: "1",
      description: "Clusters, grants, tiers, policies, members, roles and the audit log of an organisation.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: `${publicUrl}/api/v1` }],
    security: [{ token: [] }],
    tags: [...new Set(endpoints.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: components,
      securitySchemes: { token: { type: "http", scheme: "bearer", description: "An API token: isthmus_…" } },
    },
  };
}
