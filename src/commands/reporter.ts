import type { WordedAlert } from '../protocol/words/worded-alert.js';
import type { Output } from './output.js';
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
    readonly auditorToken: string;
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

/** A time of day and two spaces. */
const CLOCK_COLUMNS = 10;

/** NDJSON or sentences; how far the run is, is the state of the output. */
export function createReporter({
  json,
  timeZone,
  output,
}: {
  readonly json: boolean;
  readonly timeZone: string;
  readonly output: Output;
}): Reporter {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit' });
  return {
    started(o) {
      if (json)
        return output.line(
          JSON.stringify({
            type: 'started',
            district: o.district,
            seed: o.seed,
            from: new Date(o.fromMs).toISOString(),
          }),
        );
      output.sentence(`Beatwatch runs district ${o.district} at ${o.url} (${o.url}/v1/openapi.json), seed ${o.seed}.`);
      output.line(`Open the console: ${o.url}/#token=${o.token}`);
      output.line(`Look back at any instant, as an auditor: ${o.url}/#token=${o.auditorToken}`);
      tellToken(output, o.token);
      output.sentence(`Try: curl -H "Authorization: Bearer $TOKEN" ${o.url}/v1/districts/${o.district}/coverage\n`);
    },
    line(line) {
      if (json) return output.line(line.json);
      if (line.atMs === undefined) output.sentence(line.text);
      else output.sentence(`${clock.format(line.atMs)}  ${line.text}`, CLOCK_COLUMNS);
    },
    progress({ nowMs, fromMs, toMs, acknowledged }) {
      const share = toMs <= fromMs ? 1 : (nowMs - fromMs) / (toMs - fromMs);
      output.state(`${clock.format(nowMs)} · ${Math.floor(100 * share)} % · ${acknowledged} fixes acknowledged`, share);
    },
    summary(summary) {
      output.line(json ? JSON.stringify(summary) : `\n${JSON.stringify(summary, null, 2)}`);
    },
  };
}

/** The supervisor's token of a local server, as a line for a shell. */
export function tellToken(output: Output, token: string): void {
  output.sentence("A supervisor's token, good for 12 h:");
  output.line(`export TOKEN=${token}`);
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
  resolved: '▽ resolved',
  refused: '! refused',
} as const;

export function alertLine(alert: WordedAlert): Line {
  return {
    json: JSON.stringify({ ...alert, type: 'alert' }),
    text: `${SIGNS[alert.change].padEnd(14)} ${alert.severity.padEnd(6)} ${alert.sentence.zh}  ${alert.sentence.en}`,
    atMs: alert.atMs,
  };
}
