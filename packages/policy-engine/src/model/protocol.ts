/** IP protocol numbers that Calico knows by name. */
export const PROTOCOL_NUMBERS = { ICMP: 1, TCP: 6, UDP: 17, ICMPv6: 58, SCTP: 132, UDPLite: 136 } as const;

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(PROTOCOL_NUMBERS).map(([name, number]) => [number, name]),
);
const NUMBERS: ReadonlyMap<string, number> = new Map(Object.entries(PROTOCOL_NUMBERS));

/** The protocol's name as Calico writes it, or its number. */
export const protocolName = (number: number): string => NAMES.get(number) ?? String(number);

/** The number of a protocol name, written exactly as Calico does. */
export const protocolNumber = (name: string): number | undefined => NUMBERS.get(name);

/** Whether connections of the protocol have ports that rules can match (Calico: TCP, UDP, SCTP). */
export const protocolHasPorts = (number: number): boolean =>
  number === PROTOCOL_NUMBERS.TCP || number === PROTOCOL_NUMBERS.UDP || number === PROTOCOL_NUMBERS.SCTP;
