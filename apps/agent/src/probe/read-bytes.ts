import type { Socket } from "node:net";

/** Exactly the next `count` bytes of a socket; rejects where it ends before. What follows stays in the socket. */
export function readBytes(socket: Socket, count: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const attempt = (): void => {
      const bytes = socket.read(count) as Buffer | null;
      if (bytes === null && !socket.readableEnded && !socket.destroyed) return;
      socket.off("readable", attempt).off("close", attempt).off("end", attempt);
      if (bytes !== null && bytes.length === count) resolve(bytes);
      else reject(new Error("the other end closed"));
    };
    socket.on("readable", attempt).on("close", attempt).on("end", attempt);
    attempt();
  });
}
