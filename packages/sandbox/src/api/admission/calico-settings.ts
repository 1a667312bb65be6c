import { isIPv4, isIPv6 } from "node:net";
import { isDeepStrictEqual } from "node:util";
import { isObject, numberOf, objectOf, stringOf, stringsOf, valueAt, type JsonObject } from "../../json";
import type { Cause } from "../status";
import { overlap, parseCidr, type Cidr } from "./addresses";
import type { Subject } from "./calico-kinds";
import { checkSelector } from "./calico-selectors";
import { forbiddenField, wrong } from "./causes";

const specOf = (object: JsonObject): JsonObject => objectOf(object["spec"]);
const isOn = (mode: unknown): boolean => mode !== undefined && mode !== "" && mode !== "Never";

const blocks = { 4: { smallest: 20, largest: 32, usual: 26 }, 6: { smallest: 116, largest: 128, usual: 122 } } as const;
const linkLocal = ["169.254.0.0/16", "fe80::/10"];

/** What holds for an IPPool beyond its shape. */
export function ipPool({ object, live }: Subject): readonly Cause[] {
  const spec = specOf(object);
  const cidr = parseCidr(stringOf(spec["cidr"]));
  if (!cidr) return [wrong("spec.cidr", spec["cidr"], "must be a network in CIDR notation")];
  return [
    ...checkRange(spec, cidr),
    ...checkBlocks(spec, cidr),
    ...checkModes(spec, cidr),
    ...checkUses(spec),
    ...checkUnchanged(spec, live),
    ...checkSelector(spec["nodeSelector"], "spec.nodeSelector", "elsewhere"),
    ...checkSelector(spec["namespaceSelector"], "spec.namespaceSelector", "elsewhere"),
  ];
}

function checkRange({ cidr }: JsonObject, range: Cidr): readonly Cause[] {
  const clash = linkLocal.find((text) => {
    const other = parseCidr(text);
    return other !== undefined && overlap(range, other);
  });
  return [
    ...(range.masked ? [] : [wrong("spec.cidr", cidr, "the address has bits beyond the prefix")]),
    ...(clash === undefined ? [] : [wrong("spec.cidr", cidr, `overlaps with the link-local range ${clash}`)]),
  ];
}

/** A size of 0 stands for the usual one. */
function checkBlocks({ blockSize, disabled }: JsonObject, { family, prefixLength }: Cidr): readonly Cause[] {
  const { smallest, largest, usual } = blocks[family];
  const size = numberOf(blockSize, 0) || usual;
  const fits = disabled === true || prefixLength <= size;
  return [
    ...(size >= smallest && size <= largest
      ? []
      : [wrong("spec.blockSize", blockSize, `must be between ${smallest} and ${largest}`)]),
    ...(fits ? [] : [wrong("spec.cidr", `/${prefixLength}`, `is smaller than one block, which is a /${size}`)]),
  ];
}

function checkModes({ ipipMode, vxlanMode }: JsonObject, { family }: Cidr): readonly Cause[] {
  return [
    ...(isOn(ipipMode) && isOn(vxlanMode)
      ? [forbiddenField("spec.ipipMode", "ipipMode and vxlanMode cannot both be enabled")]
      : []),
    ...(isOn(ipipMode) && family === 6 ? [forbiddenField("spec.ipipMode", "IPIP needs an IPv4 pool")] : []),
  ];
}

function checkUses(spec: JsonObject): readonly Cause[] {
  const uses = stringsOf(spec["allowedUses"]);
  const tunnel =
    uses.includes("Tunnel") && stringOf(spec["namespaceSelector"]) !== ""
      ? [forbiddenField("spec.namespaceSelector", "a pool for tunnels is for no namespaces")]
      : [];
  if (!uses.includes("LoadBalancer")) return tunnel;
  const forbidden = [
    [
      isOn(spec["ipipMode"]) || isOn(spec["vxlanMode"]),
      "spec.allowedUses",
      "a pool for load balancers has no IPIP or VXLAN",
    ],
    [uses.length > 1, "spec.allowedUses", "LoadBalancer goes with no other use"],
    [spec["disableBGPExport"] === true, "spec.disableBGPExport", "a pool for load balancers is exported by BGP"],
  ] as const;
  const selector = spec["nodeSelector"];
  return [
    ...tunnel,
    ...forbidden.flatMap(([broken, field, why]) => (broken ? [forbiddenField(field, why)] : [])),
    ...(selector === "all()"
      ? []
      : [wrong("spec.nodeSelector", selector, "a pool for load balancers is for all() nodes")]),
  ];
}

function checkUnchanged(spec: JsonObject, live: JsonObject | undefined): readonly Cause[] {
  return ["cidr", "blockSize"].flatMap((field) => {
    const before = valueAt(live, "spec", field);
    const same = before === undefined || spec[field] === undefined || isDeepStrictEqual(before, spec[field]);
    return same ? [] : [wrong(`spec.${field}`, spec[field], "cannot be changed")];
  });
}

const sourceAddresses = [
  { field: "natOutgoingAddress", version: 4 },
  { field: "deviceRouteSourceAddress", version: 4 },
  { field: "deviceRouteSourceAddressIPv6", version: 6 },
] as const;

const mostTables = 250;

/** What holds for a FelixConfiguration: the few settings that exclude each other, addresses, and route tables. */
export function felixConfiguration({ object }: Subject): readonly Cause[] {
  const spec = specOf(object);
  const name = stringOf(valueAt(object, "metadata", "name"));
  const ofNode = name === "default" || name.startsWith("node.");
  const tables = ["routeTableRange", "routeTableRanges"].every((field) => spec[field] !== undefined);
  return [
    ...(ofNode && spec["nodeSelector"] !== undefined
      ? [forbiddenField("spec.nodeSelector", `a configuration named ${name} selects its nodes by its name`)]
      : []),
    ...(tables ? [forbiddenField("spec.routeTableRange", "either routeTableRange or routeTableRanges is given")] : []),
    ...sourceAddresses.flatMap(({ field, version }) => {
      const value = stringOf(spec[field]);
      const good = value === "" || (version === 4 ? isIPv4(value) : isIPv6(value));
      return good ? [] : [wrong(`spec.${field}`, value, `must be an IPv${version} address`)];
    }),
    ...checkTables(spec),
  ];
}

function checkTables({ routeTableRange, routeTableRanges }: JsonObject): readonly Cause[] {
  const one = isObject(routeTableRange) ? checkTable(routeTableRange, "spec.routeTableRange", mostTables) : [];
  const several = Array.isArray(routeTableRanges) ? routeTableRanges : [];
  return [...one, ...several.flatMap((range, at) => checkTable(objectOf(range), `spec.routeTableRanges[${at}]`))];
}

function checkTable(range: JsonObject, field: string, most = Number.POSITIVE_INFINITY): readonly Cause[] {
  const [min, max] = [numberOf(range["min"], 0), numberOf(range["max"], 0)];
  if (min >= 1 && min <= max && max <= most) return [];
  const bounds = Number.isFinite(most) ? `between 1 and ${most}` : "from 1 upwards";
  return [wrong(field, range, `must be a range of table numbers ${bounds}`)];
}
