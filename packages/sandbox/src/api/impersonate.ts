import type { IncomingHttpHeaders } from "node:http";
import type { Identity } from "../auth/identity";
import { authorize } from "./authorize";
import type { ApiContext } from "./context";
import { badRequest } from "./status";

const accountPrefix = "system:serviceaccount:";

/** The identity that a request takes on with Impersonate headers; its own without them. */
export function impersonated(context: ApiContext, identity: Identity, headers: IncomingHttpHeaders): Identity {
  const name = header(headers, "impersonate-user")[0];
  const groups = header(headers, "impersonate-group");
  const uid = header(headers, "impersonate-uid")[0];
  const extra = Object.keys(headers).filter((key) => key.startsWith("impersonate-extra-"));
  if (extra.length > 0) throw badRequest("impersonation of extra fields is not served");
  if (name === undefined) {
    if (groups.length > 0 || uid !== undefined)
      throw badRequest("requested to impersonate without impersonating a user");
    return identity;
  }
  const [namespace = "", account = ""] = name.startsWith(accountPrefix)
    ? name.slice(accountPrefix.length).split(":")
    : [];
  const ask = (resource: string, what: { namespace: string; name: string }) =>
    authorize(context, identity, {
      kind: "resource",
      verb: "impersonate",
      group: "",
      resource,
      subresource: "",
      ...what,
    });
  if (account === "") ask("users", { namespace: "", name });
  else ask("serviceaccounts", { namespace, name: account });
  for (const group of groups) ask("groups", { namespace: "", name: group });
  const own = account === "" ? [] : ["system:serviceaccounts", `system:serviceaccounts:${namespace}`];
  const all = groups.length > 0 ? groups : own;
  const status = name === "system:anonymous" ? "system:unauthenticated" : "system:authenticated";
  return { name, groups: [...new Set([...all, status])], ...(uid === undefined ? {} : { uid }) };
}

function header(headers: IncomingHttpHeaders, key: string): readonly string[] {
  const value = headers[key];
  if (value === undefined) return [];
  return Array.isArray(value) ? value : value.split(",").map((part) => part.trim());
}
