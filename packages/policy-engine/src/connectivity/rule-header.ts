import {
  connectionsOfIcmp,
  connectionsOfProtocol,
  type ConnectionSet,
  ALL_CONNECTIONS,
  intersectConnections,
  subtractConnections,
} from "../sets/connection-set";
import type { IcmpMatch, Rule } from "../model/rule";

/** ICMP of a type and code; a match without a type asks for nothing. */
function icmpConnections({ type, code }: IcmpMatch): ConnectionSet | undefined {
  return type === undefined ? undefined : connectionsOfIcmp({ type, ...(code !== undefined && { code }) });
}

/** What of all connections a rule's protocols and ICMP fields let through. */
export function headerConnections(rule: Rule): ConnectionSet {
  let set = ALL_CONNECTIONS;
  if (rule.protocol !== undefined) set = intersectConnections(set, connectionsOfProtocol(rule.protocol));
  if (rule.notProtocol !== undefined) set = subtractConnections(set, connectionsOfProtocol(rule.notProtocol));
  const [wanted, unwanted] = [rule.icmp && icmpConnections(rule.icmp), rule.notIcmp && icmpConnections(rule.notIcmp)];
  if (wanted) set = intersectConnections(set, wanted);
  return unwanted ? subtractConnections(set, unwanted) : set;
}

/** Whether a rule asks for what packets do not show: then it is not known whether it matches. */
export const asksDeeper = (rule: Rule): boolean => deeperReason(rule) !== undefined;

/** What a rule asks for that packets do not show. */
export function deeperReason({ unknown, http }: Rule): string | undefined {
  if (unknown.length > 0) return `the rule has fields that are not known: ${unknown.join(", ")}`;
  return http ? "the rule asks for HTTP requests, and none were observed" : undefined;
}
