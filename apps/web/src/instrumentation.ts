/** Next calls this once when the process starts, before the first request. */
export async function register(): Promise<void> {
  if (process.env["NEXT_RUNTIME"] !== "nodejs") return;
  const { getServer } = await import("./server/main");
  await getServer();
}
