import { BUNCHING_BREAKS } from './bunching-breaks.js';
import { COMMAND_BREAKS } from './command-breaks.js';
import { DEBT_BREAKS } from './debt-breaks.js';
import { DOOR_BREAKS } from './door-breaks.js';
import { DUTY_BREAKS } from './duty-breaks.js';
import { LIMIT_BREAKS } from './limit-breaks.js';
import type { SourceBreak } from './patch.js';
import { NOTICE_BREAKS } from './notice-breaks.js';
import { RHYTHM_BREAKS } from './rhythm-breaks.js';
import { ROUTE_BREAKS } from './route-breaks.js';
import { RUNNING_BREAKS } from './running-breaks.js';
import { TOKEN_BREAKS } from './token-breaks.js';
import { VERDICT_BREAKS } from './verdict-breaks.js';
import { WINDOW_BREAKS } from './window-breaks.js';

/** A protection that no seed of the campaign reaches: one test sees that it is gone. */
export interface TestedBreak extends SourceBreak {
  /** The test's file, below the project's root. */
  readonly seenBy: string;
  /** The whole title of a test in it. */
  readonly title: string;
}

export const TESTED_BREAKS: Readonly<Record<string, TestedBreak>> = {
  ...ROUTE_BREAKS,
  ...WINDOW_BREAKS,
  ...DEBT_BREAKS,
  ...RHYTHM_BREAKS,
  ...VERDICT_BREAKS,
  ...DUTY_BREAKS,
  ...BUNCHING_BREAKS,
  ...DOOR_BREAKS,
  ...TOKEN_BREAKS,
  ...LIMIT_BREAKS,
  ...RUNNING_BREAKS,
  ...COMMAND_BREAKS,
  ...NOTICE_BREAKS,
};

export function isTestedBreak(name: string): boolean {
  return Object.hasOwn(TESTED_BREAKS, name);
}
