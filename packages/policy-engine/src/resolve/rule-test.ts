import type { EntityRule, IcmpMatch, Port, Rule } from "../model/policy";
import { PROTOCOL_NUMBERS, protocolHasPorts } from "../model/protocol";
import type { AddressClass } from "./addresses";
import { hasSelector, type IndexedSelector } from "./label-index";
import type { RuleTerms } from "./rule-terms";
import type { ServiceTerm, Term } from "./terms";

/** No, yes, or not decided by what is known. */
export type Answer = 0 | 1 | 2;

const NO = 0;
const YES = 1;
const UNDECIDED = 2;

/** What rules ask of a flow beside its addresses; a port or ICMP type that is not known is -1. */
export interface FlowHeader {
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly icmpType: number;
  readonly icmpCode: number;
}

/** The classes of a flow's addresses. */
export interface FlowClasses {
  readonly source: AddressClass;
  readonly destination: AddressClass;
}

/** A question of a rule that bits do not answer. */
export type RuleTest = (header: FlowHeader, classes: FlowClasses) => Answer;

const decided = (matches: boolean): Answer => (matches ? YES : NO);
const opposite = (answer: Answer): Answer => (answer === UNDECIDED ? UNDECIDED : decided(answer === NO));
const negated =
  (test: RuleTest): RuleTest =>
  (header, classes) =>
    opposite(test(header, classes));

const PORTS = { source: "sourcePort", destination: "destinationPort" } as const;
type Side = keyof typeof PORTS;

/** Ports by name, at one end. */
interface NamedPorts {
  readonly names: ReadonlySet<string>;
  readonly selector: IndexedSelector<Term> | undefined;
  readonly field: (typeof PORTS)[Side];
}

/** Whether a holder that the selector matches offers the port of the flow under one of the names. */
function offers({ held }: AddressClass, header: FlowHeader, { names, selector, field }: NamedPorts): boolean {
  const port = header[field];
  for (const { matches, ports } of held.holders) {
    for (const offered of ports) {
      if (offered.port !== port || offered.protocol !== header.protocol || !names.has(offered.name)) continue;
      if (!selector || hasSelector(matches, selector)) return true;
    }
  }
  return false;
}

interface PortContext {
  readonly side: Side;
  readonly selector: IndexedSelector<Term> | undefined;
  /** The protocol whose named ports the rule means. */
  readonly namedProtocol: number;
}

function portTest(ports: readonly Port[], { side, selector, namedProtocol }: PortContext): RuleTest {
  const ranges = ports.filter((port) => port.kind === "range");
  const names = new Set(ports.flatMap((port) => (port.kind === "named" ? [port.name] : [])));
  const field = PORTS[side];
  const named = { names, selector, field };
  return (header, classes) => {
    const { protocol } = header;
    if (!protocolHasPorts(protocol)) return NO;
    const port = header[field];
    if (port < 0) return UNDECIDED;
    for (const { from, to } of ranges) if (from <= port && port <= to) return YES;
    if (names.size === 0 || protocol !== namedProtocol) return NO;
    return decided(offers(classes[side], header, named));
  };
}

const isIcmp = (protocol: number): boolean =>
  protocol === PROTOCOL_NUMBERS.ICMP || protocol === PROTOCOL_NUMBERS.ICMPv6;

function icmpTest({ type, code }: IcmpMatch): RuleTest {
  return ({ protocol, icmpType, icmpCode }) => {
    if (!isIcmp(protocol)) return NO;
    if (icmpType < 0) return UNDECIDED;
    return decided(icmpType === type && (code === undefined || icmpCode === code));
  };
}

/** What a service at the source asks: the address alone. */
const sourceServiceTest =
  (wanted: ServiceTerm): RuleTest =>
  (_, { source }) =>
    decided(source.targets.some(({ service }) => service === wanted));

/** What a service at the destination asks: the address and the port that it sends to. */
const serviceTest =
  (wanted: ServiceTerm): RuleTest =>
  ({ protocol, destinationPort }, { destination }) => {
    const here = destination.targets.filter(({ service }) => service === wanted);
    if (here.length > 0 && destinationPort < 0 && protocolHasPorts(protocol)) return UNDECIDED;
    return decided(here.some((target) => target.protocol === protocol && target.port === destinationPort));
  };

function headerTests({ notProtocol, ipVersion, icmp, notIcmp }: Rule): RuleTest[] {
  const tests: RuleTest[] = [];
  if (notProtocol !== undefined) tests.push(({ protocol }) => decided(protocol !== notProtocol));
  if (ipVersion !== undefined) tests.push((_, { source }) => decided(source.nets.version === ipVersion));
  if (icmp?.type !== undefined) tests.push(icmpTest(icmp));
  if (notIcmp?.type !== undefined) tests.push(negated(icmpTest(notIcmp)));
  return tests;
}

/** First and last port. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** The ranges of a rule's destination ports where those are all that they are: none is named. */
export function rangesOf({ destination: { ports } }: Rule): readonly PortRange[] | undefined {
  const ranges = ports.filter((port) => port.kind === "range");
  return ranges.length > 0 && ranges.length === ports.length ? ranges : undefined;
}

/** The questions of a rule that neither its terms, its protocol nor its ranges of ports answer. */
export function ruleTests({ rule, source, destination }: RuleTerms): readonly RuleTest[] {
  const { protocol } = rule;
  const namedProtocol = protocol !== undefined && protocolHasPorts(protocol) ? protocol : PROTOCOL_NUMBERS.TCP;
  const tests = headerTests(rule);
  const ask = (side: Side, entity: EntityRule, selector: IndexedSelector<Term> | undefined): void => {
    const context = { side, selector, namedProtocol };
    const inline = side === "destination" && rangesOf(rule) !== undefined;
    if (entity.ports.length > 0 && !inline) tests.push(portTest(entity.ports, context));
    if (entity.notPorts.length > 0) tests.push(negated(portTest(entity.notPorts, context)));
  };
  ask("source", rule.source, source.term.selector);
  ask("destination", rule.destination, destination.term.selector);
  if (source.service && !source.service.unknown) tests.push(sourceServiceTest(source.service));
  if (destination.service && !destination.service.unknown) tests.push(serviceTest(destination.service));
  return tests;
}

/** All of the questions: one that is answered no decides, whatever the others do not know. */
export function answerAll(tests: readonly RuleTest[], header: FlowHeader, classes: FlowClasses): Answer {
  let answer: Answer = YES;
  for (const test of tests) {
    const one = test(header, classes);
    if (one === NO) return NO;
    if (one === UNDECIDED) answer = UNDECIDED;
  }
  return answer;
}
