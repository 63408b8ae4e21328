import cliProgress from 'cli-progress';
import type { AlertVersion } from '../model/alert.js';
import type { Summary } from './summary.js';

/** One thing to print: as JSON for programs, as a sentence for people. */
export interface Line {
  readonly json: string;
  readonly text: string;
  /** Virtual time that it is about. */
  readonly atMs?: number;
}

export interface Reporter {
  started(o: {
    readonly url: string;
    readonly district: string;
    readonly token: string;
    readonly seed: number;
    readonly fromMs: number;
  }): void;
  line(line: Line): void;
  progress(o: {
    readonly nowMs: number;
    readonly fromMs: number;
    readonly toMs: number;
    readonly acknowledged: number;
  }): void;
  summary(summary: Summary): void;
}

/** NDJSON or sentences on stdout; a progress bar on stderr where that is a terminal. */
export function createReporter({ json, timeZone }: { readonly json: boolean; readonly timeZone: string }): Reporter {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const bar = process.stderr.isTTY
    ? new cliProgress.SingleBar({
        format: '{clock} |{bar}| {percentage} % · {acknowledged} fixes acknowledged',
        stream: process.stderr,
        clearOnComplete: true,
      })
    : null;
  let barRuns = false;
  let lastTold = 0;
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  return {
    started(o) {
      if (json)
        return say(
          JSON.stringify({
            type: 'started',
            district: o.district,
            seed: o.seed,
            from: new Date(o.fromMs).toISOString(),
          }),
        );
      say(`Beatwatch runs district ${o.district} at ${o.url} (${o.url}/v1/openapi.json), seed ${o.seed}.`);
      say(
        `A supervisor's token, good for 12 h:\n${o.token}\nTry: curl -H "Authorization: Bearer $TOKEN" ${o.url}/v1/districts/${o.district}/coverage\n`,
      );
    },
    line(line) {
      say(json ? line.json : `${line.atMs === undefined ? '' : `${clock.format(line.atMs)}  `}${line.text}`);
    },
    progress({ nowMs, fromMs, toMs, acknowledged }) {
      if (bar !== null) {
        if (!barRuns) bar.start(toMs - fromMs, 0, { clock: '', acknowledged });
        barRuns = true;
        bar.update(nowMs - fromMs, { clock: clock.format(nowMs), acknowledged });
        return;
      }
      const share = Math.floor((10 * (nowMs - fromMs)) / (toMs - fromMs));
      if (share <= lastTold) return;
      lastTold = share;
      process.stderr.write(`${clock.format(nowMs)}: ${share * 10} %, ${acknowledged} fixes acknowledged\n`);
    },
    summary(summary) {
      bar?.stop();
      say(json ? JSON.stringify(summary) : `\n${JSON.stringify(summary, null, 2)}`);
    },
  };
}

const SIGNS = {
  raised: '▲ raised',
  reopened: '▲ again',
  corrected: '· corrected',
  updated: '· updated',
  cleared: '▽ cleared',
  retracted: '✕ retracted',
  confirmed: '· confirmed',
  acknowledged: '✓ acknowledged',
  commented: '✎ commented',
  shelved: '▬ shelved',
  unshelved: '▲ unshelved',
  refused: '! refused',
} as const;

export function alertLine(alert: AlertVersion): Line {
  return {
    json: JSON.stringify({ ...alert, type: 'alert' }),
    text: `${SIGNS[alert.change].padEnd(14)} ${alert.severity.padEnd(6)} ${alert.sentence.zh}  ${alert.sentence.en}`,
    atMs: alert.atMs,
  };
}
