import { runtime } from "./env";

/** Next calls this once when the process starts, before the first request. */
export async function register(): Promise<void> {
  if (runtime !== "nodejs") return;
  const { getServer } = await import("./server/main");
  await getServer();
}
