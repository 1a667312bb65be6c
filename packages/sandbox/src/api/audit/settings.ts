import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import { arrayOf, isObject, objectsOf, stringOf, type JsonObject } from "../../json";
import type { AuditPolicy } from "./policy";

/** Where a cluster sends what happens in its API. */
export interface AuditWebhook {
  /** Takes POSTs of `audit.k8s.io/v1` EventLists; http or https. */
  readonly url: string;
  /** PEM of the authority of an https receiver, where it is none that Node knows. */
  readonly certificateAuthority?: string;
  readonly policy: AuditPolicy;
  /** Events in one request at most; 400 unless told. */
  readonly maxBatchSize?: number;
  /** How long an event waits for others; 30 s unless told. */
  readonly maxBatchWaitMs?: number;
  /** Events that wait at most; what comes then is dropped and counted. 10,000 unless told. */
  readonly bufferSize?: number;
  /** Before the first of four further attempts; each then waits half as long again. 10 s unless told. */
  readonly initialBackoffMs?: number;
}

const levels = ["None", "Metadata", "Request", "RequestResponse"];
const stages = ["RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"];
const numbers = ["maxBatchSize", "maxBatchWaitMs", "bufferSize", "initialBackoffMs"];

/**
 * Reads the setting `auditWebhook` of a scenario. Its policy is an `audit.k8s.io/v1` Policy, written there or in a file
 * named by `policyFile`, beside the scenario. Throws an Error that names the field and says what to write.
 */
export function readAuditWebhook(value: unknown, folder: string): AuditWebhook {
  if (!isObject(value)) throw new Error("auditWebhook must be an object with url and policy or policyFile");
  const { url, policyFile, policy, ...rest } = value;
  if (!/^https?:\/\//.test(stringOf(url))) throw new Error("auditWebhook.url must be an http or https address");
  for (const name of numbers) {
    const given = rest[name];
    if (given !== undefined && !(Number.isInteger(given) && Number(given) > 0))
      throw new Error(`auditWebhook.${name} must be a whole number above 0`);
  }
  const written: unknown =
    typeof policyFile === "string" ? parse(readFileSync(resolve(folder, policyFile), "utf8")) : policy;
  checkPolicy(written);
  return { ...rest, url: stringOf(url), policy: written } as unknown as AuditWebhook;
}

function checkPolicy(policy: unknown): void {
  if (!isObject(policy) || policy["kind"] !== "Policy" || policy["apiVersion"] !== "audit.k8s.io/v1")
    throw new Error("auditWebhook's policy must be of kind Policy and apiVersion audit.k8s.io/v1");
  const rules = objectsOf(policy["rules"]);
  if (rules.length === 0) throw new Error("auditWebhook's policy must have rules");
  checkStages(policy, "omitStages");
  rules.forEach((rule, at) => {
    const field = `rules[${at}]`;
    if (!levels.includes(stringOf(rule["level"])))
      throw new Error(`${field}.level must be one of ${levels.join(", ")}`);
    checkStages(rule, `${field}.omitStages`);
    const resources = arrayOf(rule["resources"]).length + arrayOf(rule["namespaces"]).length > 0;
    if (resources && arrayOf(rule["nonResourceURLs"]).length > 0)
      throw new Error(`${field} is either about resources and namespaces or about nonResourceURLs`);
  });
}

function checkStages({ omitStages }: JsonObject, field: string): void {
  const wrong = arrayOf(omitStages).find((stage) => !stages.includes(stringOf(stage)));
  if (wrong !== undefined) throw new Error(`${field} knows only ${stages.join(", ")}`);
}
