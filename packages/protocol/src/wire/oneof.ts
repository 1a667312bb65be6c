import { WIRE, WireError, WireReader } from "./wire-reader";

/** What a message says of a oneof, and what else it says. */
export interface OneofMember {
  /** The member's number; undefined where the message says none that is known. */
  readonly field: number | undefined;
  readonly bytes: Uint8Array;
  /** All other fields, as a message of their own. */
  readonly rest: Uint8Array;
}

const MAX_PIECES = 1_000;

/**
 * Finds the member of a oneof of messages, given the numbers of all its members: the one that comes last. What is said
 * of it in several pieces is one message, whose bytes are the pieces' in their order, as protobuf demands.
 */
export function readOneof(message: Uint8Array, members: ReadonlySet<number>): OneofMember {
  const reader = new WireReader(message);
  let field: number | undefined;
  let pieces: Uint8Array[] = [];
  const rest: Uint8Array[] = [];
  let restFrom = 0;
  for (let start = 0; reader.next(); start = reader.at) {
    if (!members.has(reader.field)) {
      reader.skip();
      continue;
    }
    if (reader.kind !== WIRE.bytes) throw new WireError(`field ${reader.field} is not of bytes`);
    if (reader.field !== field) pieces = [];
    field = reader.field;
    pieces.push(reader.span().rest());
    rest.push(message.subarray(restFrom, start));
    restFrom = reader.at;
    if (rest.length > MAX_PIECES) throw new WireError("it comes in too many pieces");
  }
  rest.push(message.subarray(restFrom));
  return { field, bytes: joined(pieces), rest: joined(rest) };
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
}
