import { readClusterSelector } from "@isthmus/access";
import { err, ok, type Result } from "@isthmus/std";
import { isNode, LineCounter, parseDocument, type Document } from "yaml";
import { z } from "zod";
import { providerSettings } from "../providers/inputs";

/** What is wrong with the access file, where, and what to do. */
export interface FileProblem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

const names = z.union([z.literal("all"), z.array(z.string().min(1).max(253)).min(1).max(200)], {
  error: "is `all` or a list of names",
});

const selector = z.string().superRefine((text, context) => {
  const read = readClusterSelector(text);
  if (read.ok) return;
  const why = read.error.code === "selector-blank" ? "it is empty" : read.error.diagnostics[0]?.message;
  context.addIssue({ code: "custom", message: `cannot be read: ${why ?? "it is no selector"}` });
});

const clusters = z.union([z.literal("all"), z.strictObject({ selector })], {
  error: "is `all` or `{ selector: … }` with a selector of labels",
});

const providerEntry = z.strictObject({
  /** The name of an organisation; absent: for all. */
  organisation: z.string().min(1).optional(),
  ...providerSettings,
  /** A file that holds the secret that the provider gave. */
  clientSecretFile: z.string().min(1).optional(),
});

const bindingEntry = z.strictObject({
  /** Absent: the installation. */
  organisation: z.string().min(1).optional(),
  provider: z.string().min(1),
  group: z.string().trim().min(1).max(256),
  role: z.string().min(1).max(100),
  clusters: clusters.default("all"),
  namespaces: names.default("all"),
  tiers: names.default("all"),
});

const accessFile = z.strictObject({
  providers: z.array(providerEntry).default([]),
  bindings: z.array(bindingEntry).default([]),
});

/** A provider as the file has it, with the line where it begins. */
export type FileProvider = z.output<typeof providerEntry> & { readonly line: number };

/** A role of a provider's group as the file has it. */
export type FileBinding = z.output<typeof bindingEntry> & { readonly line: number };

/** A whole file in which nothing is wrong by itself. */
export interface AccessFile {
  readonly providers: readonly FileProvider[];
  readonly bindings: readonly FileBinding[];
}

/** Reads the text of an access file; every problem names its line. */
export function parseAccessFile(text: string): Result<AccessFile, readonly FileProblem[]> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const lineAt = (offset: number) => lines.linePos(offset).line;
  if (document.errors.length > 0) {
    return err(
      document.errors.map(({ pos, message }) => ({ line: lineAt(pos[0]), message: message.split("\n")[0] ?? "" })),
    );
  }
  const lineOf = (path: readonly PropertyKey[]) => lineAt(offsetOf(document, path));
  const parsed = accessFile.safeParse(document.toJS() ?? {});
  if (!parsed.success) {
    return err(parsed.error.issues.map((issue) => ({ line: lineOf(issue.path), message: messageOf(document, issue) })));
  }
  const { providers, bindings } = parsed.data;
  const withLine = <T>(list: readonly T[], key: string) =>
    list.map((entry, at) => ({ ...entry, line: lineOf([key, at]) }));
  return ok({ providers: withLine(providers, "providers"), bindings: withLine(bindings, "bindings") });
}

/** Where the node at a path begins, or the nearest one around it. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function messageOf(document: Document, issue: z.core.$ZodIssue): string {
  const name = issue.path.filter((part) => typeof part === "string").join(".");
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    return `\`${key}\` is not known here; check its spelling`;
  }
  if (issue.path.length > 0 && !document.hasIn(issue.path)) return `\`${name}\` is missing`;
  return name === "" ? issue.message : `\`${name}\`: ${issue.message}`;
}
