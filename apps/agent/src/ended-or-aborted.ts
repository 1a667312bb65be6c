/** Resolves when the work has ended or the signal is aborted, whichever comes first; rejects as the work does. */
export async function endedOrAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  let stop: () => void = () => undefined;
  const aborted = new Promise<void>((resolve) => {
    stop = resolve;
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", stop, { once: true });
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    // A signal outlives much of what waits beside it.
    signal.removeEventListener("abort", stop);
  }
}
