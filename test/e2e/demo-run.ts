import type { Summary } from '../../src/commands/summary.js';
import type { Truth, TrueLongStand, TrueNeglect, TrueShortStay } from '../../src/simulator/truth-record.js';
import type { ToldAlert } from '../../src/simulator/supervisor-client.js';
import type { TestScope } from '../support/redis-server.js';
import { beatwatch, fastTemporary } from './programs.js';

/** What one run of the demo printed. */
export interface DemoRun {
  /** As printed. */
  readonly alertLines: readonly string[];
  readonly alerts: readonly ToldAlert[];
  /** The last version of each alert, where that is not a retraction. */
  readonly standing: readonly ToldAlert[];
  readonly neglects: readonly TrueNeglect[];
  readonly shortStays: readonly TrueShortStay[];
  readonly longStands: readonly TrueLongStand[];
  readonly faults: Truth['faults'];
  readonly summary: Summary;
}

export async function runDemo(t: TestScope, options: string): Promise<DemoRun> {
  const { code, stdout, stderr } = await beatwatch(t, ['demo', '--json', '--truth', ...options.split(' ')], {
    TMPDIR: fastTemporary(),
  });
  if (code !== 0) throw new Error(`demo ${options}: got exit code ${code}, expected 0:\n${stderr}`);
  const lines = stdout.trimEnd().split('\n');
  const typed = lines.map((text) => ({ text, value: JSON.parse(text) as { readonly type: string } }));
  const of = <Value>(type: string) => typed.flatMap(({ value }) => (value.type === type ? [value as Value] : []));
  const alerts = of<ToldAlert>('alert');
  const last = new Map(alerts.map((alert) => [alert.alertId, alert]));
  const summary = typed.at(-1)?.value as Summary | undefined;
  if (summary?.type !== 'summary')
    throw new Error(`demo ${options}: got ${lines.at(-1)}, expected a summary line last`);
  return {
    alertLines: typed.flatMap(({ text, value }) => (value.type === 'alert' ? [text] : [])),
    alerts,
    standing: [...last.values()].filter(({ condition }) => condition !== 'retracted'),
    neglects: of('neglect'),
    shortStays: of('short-stay'),
    longStands: of('long-stand'),
    faults: of('fault'),
    summary,
  };
}
