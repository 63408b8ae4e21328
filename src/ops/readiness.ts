import { messageOf } from '../model/errors.js';

/** A check's answer; `detail` says what was measured in either case. */
export interface CheckResult {
  readonly ok: boolean;
  readonly detail: string;
}
export interface CheckReport extends CheckResult {
  readonly name: string;
}

/** A check must not throw for a condition that it expects to find; a throw is reported as a failure all the same. */
export type Check = () => CheckResult | Promise<CheckResult>;

/** A check that has not answered after this long counts as failed. */
export const CHECK_TIMEOUT_MS = 2_000;

interface NamedCheck {
  readonly run: Check;
  readonly timeoutMs: number;
  /** The call still under way, if any: a check that hangs is asked once, however often readiness is. */
  pending: Promise<CheckResult> | null;
}

/** The process's readiness: named checks, asked together, each boxed in time. Ready means that every one is ok. */
export class Readiness {
  readonly #checks = new Map<string, NamedCheck>();

  /** Adds a check; returns the function that takes it away again. */
  register(name: string, run: Check, timeoutMs: number = CHECK_TIMEOUT_MS): () => void {
    if (this.#checks.has(name)) throw new Error(`bug: readiness check ${name} is registered twice`);
    const check: NamedCheck = { run, timeoutMs, pending: null };
    this.#checks.set(name, check);
    return () => {
      if (this.#checks.get(name) === check) this.#checks.delete(name);
    };
  }

  /** Every check with its answer, in order of registration. Never rejects. */
  report(): Promise<CheckReport[]> {
    return Promise.all([...this.#checks].map(async ([name, check]) => ({ name, ...(await ask(check)) })));
  }
}

async function ask(check: NamedCheck): Promise<CheckResult> {
  check.pending ??= resultOf(check.run).finally(() => {
    check.pending = null;
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<CheckResult>((resolve) => {
    timer = setTimeout(
      () => resolve({ ok: false, detail: `no answer, expected one within ${check.timeoutMs} ms` }),
      check.timeoutMs,
    );
  });
  try {
    return await Promise.race([check.pending, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function resultOf(run: Check): Promise<CheckResult> {
  try {
    return await run();
  } catch (error) {
    return { ok: false, detail: messageOf(error) };
  }
}
