import { err, ok, type Result } from "@isthmus/std";

/** Why bytes are no text. */
export interface TextProblem {
  readonly code: "binary" | "encoding";
  readonly message: string;
  readonly hint: string;
}

const UTF16 = [
  [0xff, 0xfe],
  [0xfe, 0xff],
] as const;

/** Reads bytes as UTF-8; a byte order mark is left out. */
export function decodeText(bytes: Uint8Array): Result<string, TextProblem> {
  if (UTF16.some(([first, second]) => bytes[0] === first && bytes[1] === second)) {
    return err({ code: "encoding", message: "this is UTF-16, manifests are UTF-8", hint: "save it as UTF-8" });
  }
  if (bytes.includes(0)) {
    return err({ code: "binary", message: "this is a binary file", hint: "name manifests alone: YAML or JSON" });
  }
  try {
    return ok(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return err({ code: "encoding", message: "this is not UTF-8", hint: "save it as UTF-8" });
  }
}
