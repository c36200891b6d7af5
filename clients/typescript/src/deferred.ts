// Promises that somebody else settles, and what aborts a wait.

/** A promise that nobody need wait for: failing, it is no unhandled rejection. */
export class Deferred<T> {
  readonly promise: Promise<T>;
  resolve!: (value: T) => void;
  reject!: (reason: unknown) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.promise.catch(() => {});
  }
}

/** Waits for the promise, and no longer once the signal is aborted; then `abandon` is called. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined, abandon?: () => void): Promise<T> {
  if (!signal) {
    return promise;
  }

  const aborted = new Deferred<never>();
  const abort = () => {
    abandon?.();
    aborted.reject(signal.reason);
  };
  if (signal.aborted) {
    abort();
  }

  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Completes after so many milliseconds, or when the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  let timer;
  await unlessAborted(new Promise((resolve) => (timer = setTimeout(resolve, ms))), signal).catch(() => {});
  clearTimeout(timer);
}
