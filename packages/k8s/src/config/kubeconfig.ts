import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { err, ok, type Result } from "@isthmus/std";
import { listAt, recordAt, textAt } from "../object";
import type { AccessError, ClusterAccess, TokenSource } from "./cluster-access";
import { tokenFromCommand } from "./exec-credential";
import { fixedToken, tokenFromFile } from "./token-file";

/** Access as a kubeconfig file's current context says; relative paths are relative to the file. */
export async function kubeconfigAccess(path: string, now: () => number): Promise<Result<ClusterAccess, AccessError>> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    return err({ code: "access-unreadable", message: `cannot read the kubeconfig \`${path}\``, cause });
  }
  try {
    // Loaded only here: inside a cluster no YAML is read, and the parser takes 8 MB.
    const { parse } = await import("yaml");
    return await accessOf(parse(text), { path, now });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "unreadable";
    return err({ code: "access-invalid", message: `the kubeconfig \`${path}\` cannot be used: ${why}`, cause });
  }
}

interface Source {
  readonly path: string;
  readonly now: () => number;
}

async function accessOf(config: unknown, source: Source): Promise<Result<ClusterAccess, AccessError>> {
  const invalid = (what: string): Result<ClusterAccess, AccessError> =>
    err({ code: "access-invalid", message: `the kubeconfig \`${source.path}\` ${what}` });
  const current = textAt(config, "current-context");
  const context = entry(config, { list: "contexts", name: current, field: "context" });
  if (context === undefined) return invalid(`names no usable current-context (\`${current}\`)`);
  const cluster = entry(config, { list: "clusters", name: textAt(context, "cluster"), field: "cluster" });
  if (cluster === undefined) return invalid(`has no cluster \`${textAt(context, "cluster")}\``);
  const user = entry(config, { list: "users", name: textAt(context, "user"), field: "user" }) ?? {};
  const server = textAt(cluster, "server").replace(/\/+$/u, "");
  if (!/^https?:\/\//u.test(server)) return invalid("has a cluster without an http(s) server");
  const ca = await inlineOrFile(cluster, "certificate-authority", source);
  const cert = await inlineOrFile(user, "client-certificate", source);
  const key = await inlineOrFile(user, "client-key", source);
  const token = tokenOf(user, source);
  const serverName = textAt(cluster, "tls-server-name");
  return ok({
    server,
    namespace: textAt(context, "namespace") || "default",
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === "" ? {} : { serverName }),
    ...(recordAt(cluster)["insecure-skip-tls-verify"] === true ? { skipVerification: true } : {}),
    ...(cert === undefined || key === undefined ? {} : { clientCertificate: { cert, key } }),
    ...(token === undefined ? {} : { token }),
  });
}

function entry(
  config: unknown,
  at: { readonly list: string; readonly name: string; readonly field: string },
): Readonly<Record<string, unknown>> | undefined {
  const found = listAt(config, at.list).find((each) => at.name !== "" && textAt(each, "name") === at.name);
  return found === undefined ? undefined : recordAt(found, at.field);
}

async function inlineOrFile(from: unknown, field: string, source: Source): Promise<string | undefined> {
  const inline = textAt(from, `${field}-data`);
  if (inline !== "") return Buffer.from(inline, "base64").toString("utf8");
  const file = textAt(from, field);
  return file === "" ? undefined : await readFile(besides(source, file), "utf8");
}

function tokenOf(user: unknown, source: Source): TokenSource | undefined {
  const file = textAt(user, "tokenFile");
  if (file !== "") return tokenFromFile(besides(source, file), source.now);
  const token = textAt(user, "token");
  if (token !== "") return fixedToken(token);
  const exec = recordAt(user, "exec");
  return textAt(exec, "command") === "" ? undefined : tokenFromCommand(exec, source.now);
}

const besides = (source: Source, file: string): string => resolve(dirname(source.path), file);
