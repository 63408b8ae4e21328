/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}

/** Aborts at the first SIGTERM or SIGINT, and when nobody reads stdout any more (`… | head`): a private Redis must not stay. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  void untilStopped().then(() => controller.abort(new Error('stopped by a signal')));
  process.stdout.on('error', (error) => controller.abort(error));
  return controller.signal;
}
