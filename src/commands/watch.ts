import { readToken } from '../config.js';
import { BeatwatchError } from '../model/errors.js';
import type { AlertAnswer } from '../protocol/alert-states.js';
import { type LiveMessage, livePath } from '../protocol/live-socket.js';
import type { WordedAlert } from '../protocol/words/worded-alert.js';
import { SupervisorClient } from '../simulator/supervisor-client.js';
import { type Options, readOptions, wholeNumber, serverUrl } from './options.js';
import { openOutput } from './output.js';
import { alertLine, createReporter, type Reporter } from './reporter.js';
import { askServer, chosenDistrict } from './server-answers.js';
import { stopSignal } from './stopping.js';

const USAGE = `beatwatch watch [--url http://127.0.0.1:8080] [--district ID] [--after N] [--json] …

Follows the alerts of a running server: first those that are open, then each version as it comes. A broken link is made again, and
no alert is missed: the last line says the transition to go on from with --after. The token of a supervisor is read from
BEATWATCH_TOKEN. Below each alert stands what an action on it needs: its id, and the version that was seen.`;

const OPTIONS = {
  url: { type: 'string', value: 'URL', help: 'the server; default: http://127.0.0.1:8080' },
  district: { type: 'string', value: 'ID', help: 'the district; the only one of the token unless given' },
  after: { type: 'string', value: 'N', help: 'every transition above this one first, in place of those that are open' },
  place: { type: 'string', value: 'ID', multiple: true, help: 'alerts of these places alone' },
  unit: { type: 'string', value: 'ID', multiple: true, help: 'alerts of these units alone' },
  rule: { type: 'string', value: 'RULE', multiple: true, help: 'alerts of these rules alone' },
  severity: { type: 'string', value: 'high', multiple: true, help: 'alerts of these severities alone' },
  purpose: { type: 'string', value: 'TEXT', help: 'why you look; it goes into the access log' },
  json: { type: 'boolean', help: 'one JSON object a line on stdout' },
} as const;

const FILTERS = ['place', 'unit', 'rule', 'severity', 'purpose'] as const;

export async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(USAGE, OPTIONS, args);
  if (options === null) return 0;
  const token = readToken();
  const url = serverUrl(options);
  const after = options.text('after');
  const signal = stopSignal();
  const ask = (path: string) => askServer(`${url}${path}`, token, options.text('purpose'));
  const { district, timeZone } = await chosenDistrict(ask, options.text('district'));
  const json = options.flag('json');
  const output = openOutput({ json });
  const reporter = createReporter({ json, timeZone: timeZone ?? 'UTC', output });
  let last = after === null ? 0 : wholeNumber('after', after);
  if (!json && after !== null) output.sentence(`Following ${district} after transition ${last}.`);
  const tellAlert = (alert: WordedAlert, type: string) => {
    reporter.line({ ...alertLine(alert), json: JSON.stringify({ ...alert, type }) });
    if (!json) output.line(handleOf(alert));
  };
  const tellSnapshot = (open: readonly AlertAnswer[] | null) => {
    if (open === null) return;
    if (!json) output.sentence(`Following ${district}, ${open.length} open ${open.length === 1 ? 'alert' : 'alerts'}.`);
    for (const alert of open) tellAlert(alert, 'open');
  };
  const tellPlace = () => output.state(`following ${district} at ${url} · last transition ${last}`);
  const ended = new AbortController();
  const client = new SupervisorClient({
    url: `${url.replace(/^http/, 'ws')}${livePath(district)}`,
    token,
    after: after === null ? null : last,
    query: filtersOf(options),
    onMessage: (message) => {
      if (message.type === 'snapshot') {
        last = Math.max(last, message.lastAlert);
        tellSnapshot(message.openAlerts);
      } else tellOther(message, reporter);
      tellPlace();
    },
    onAlert: (alert) => {
      last = alert.transition;
      tellAlert(alert, 'alert');
      tellPlace();
    },
    onLink: (trouble) => {
      if (trouble === null) tellPlace();
      else output.state(`no link to ${url} (${trouble}): trying again · last transition ${last}`);
    },
    onRefused: (why) => ended.abort(new BeatwatchError('refused', `${url}: got ${why}, expected a live socket`)),
  });
  await untilAborted(AbortSignal.any([signal, ended.signal]));
  await client.close();
  output.end();
  ended.signal.throwIfAborted();
  if (!json) output.sentence(`Go on with --after ${last}.`);
  return 0;
}

function filtersOf(options: Options): Record<string, string> {
  const given = FILTERS.map((name) => [name, options.texts(name).join(',')] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== ''));
}

/** What an action on an alert needs, as a line for a shell. The version is the one that was seen. */
function handleOf({ alertId, version }: WordedAlert): string {
  return `          ALERT_ID='${alertId}' VERSION=${version}`;
}

/** What is lost, and whether what is shown is current. */
function tellOther(message: LiveMessage, reporter: Reporter): void {
  const text = otherText(message);
  if (text !== null) reporter.line({ json: JSON.stringify(message), text });
}

function otherText(message: LiveMessage): string | null {
  switch (message.type) {
    case 'stale':
      return message.stale === null ? 'Current again.' : `! Not current: ${message.stale.detail}`;
    case 'missing':
      return `! transitions ${message.from} to ${message.to} are gone from the store`;
    case 'resync':
      return '! what was asked for is not there any more; what is open now:';
    case 'error':
      return `! ${message.message}`;
    default:
      return null;
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
