import { createWriteStream, existsSync, renameSync, statSync, type WriteStream } from "node:fs";

/** A log that keeps at most two files of `maxBytes`: `<path>` and `<path>.1`. */
export interface LogFile {
  write(chunk: Buffer | string): void;
  close(): void;
}

/** Opens a bounded log for appending (invariant I8). */
export function openLogFile(path: string, maxBytes = 8 * 1024 * 1024): LogFile {
  let size = existsSync(path) ? statSync(path).size : 0;
  let stream: WriteStream = createWriteStream(path, { flags: "a", mode: 0o600 });
  const rotate = () => {
    stream.end();
    renameSync(path, `${path}.1`);
    stream = createWriteStream(path, { flags: "w", mode: 0o600 });
    size = 0;
  };
  return {
    write(chunk) {
      if (size > maxBytes && existsSync(path)) rotate();
      size += chunk.length;
      stream.write(chunk);
    },
    close: () => stream.end(),
  };
}
