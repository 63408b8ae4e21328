import type { LogHistory } from '../log/log-history.js';

/** The log behind an archive that is read alone: there is none. */
export const NO_LOG: LogHistory = {
  begins: async () => Number.POSITIVE_INFINITY,
  read: async ({ toMs }) => ({ isFromGenesis: false, goneBeforeMs: null, readToMs: toMs, isAtEnd: true }),
};
