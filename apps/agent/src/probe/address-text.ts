/** An address as Isthmus compares it: of IPv4 without the prefix by which Node writes it on a socket of both versions. */
export const parseAddressText = (text: string): string => text.replace(/^::ffff:(?=\d+\.)/u, "").toLowerCase();
