import { parentPort, workerData } from 'node:worker_threads';
import { ArchiveFolder } from '../archive/archive-folder.js';
import { againWhenMoved } from '../log/again-when-moved.js';
import type { CompiledPlan } from '../model/plan.js';
import type { RedisAddress } from '../redis/address.js';
import { openConnection, type RedisConnection } from '../redis/connection.js';
import { whatIf, type WhatIfQuestion } from '../days/what-if/what-if.js';
import type { WhatIf } from '../model/what-if.js';
import { historyOf } from './district-history.js';
import { outcomeOf, type ThreadOutcome } from './once-in-thread.js';
import { workInBackground } from './thread-priority.js';
import { triedPlan } from './tried-plan.js';

/** What the thread of a question is started with. */
export interface WhatIfWork {
  readonly address: RedisAddress;
  /** Null: this process has no archive of the district. */
  readonly archiveFolder: string | null;
  readonly question: Omit<WhatIfQuestion, 'planFrom'>;
  /** The plan that is tried. */
  readonly plan: CompiledPlan;
}

async function make({ archiveFolder, question, plan }: WhatIfWork, connection: RedisConnection): Promise<WhatIf> {
  const { district } = question;
  const archive = archiveFolder === null ? null : await ArchiveFolder.open({ folder: archiveFolder, district });
  try {
    return await whatIf(historyOf(district, archive)(connection), { ...question, planFrom: triedPlan(plan) });
  } finally {
    await archive?.close();
  }
}

async function answer(work: WhatIfWork): Promise<ThreadOutcome<WhatIf>> {
  const connection = openConnection(
    work.address,
    'query',
    `beatwatch-whatif-${work.question.district}`,
    () => undefined,
  );
  try {
    return await outcomeOf(() => againWhenMoved(() => make(work, connection)));
  } finally {
    connection.disconnect();
  }
}

workInBackground();
parentPort?.postMessage(await answer(workerData as WhatIfWork));
parentPort?.close();
