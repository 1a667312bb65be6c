/** Next calls this once when the process starts, before the first request. */
export async function register(): Promise<void> {
  // Next leaves the branch out of its bundle for the other runtime, and recognises only this form of the question.
  // oxlint-disable-next-line node/no-process-env
  if (process.env["NEXT_RUNTIME"] !== "nodejs") return;
  const { getServer } = await import("./server/main");
  await getServer();
}
