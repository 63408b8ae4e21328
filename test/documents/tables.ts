import { PERMISSIONS, type Permission } from '../../src/access/permissions.js';
import { API_ERRORS } from '../../src/api/errors.js';
import { ROUTES } from '../../src/api/route-table.js';
import { ARCHIVE_TABLES, VERSION_TABLES } from '../../src/archive/manifest-line.js';
import { TABLES as TABLES_OF_ARCHIVE } from '../../src/archive/tables.js';
import { RULE_DEFAULTS } from '../../src/district/plan-schemas.js';
import { ALERT_TRANSITIONS, type AlertEvent } from '../../src/engine/alerts/states.js';
import { FORMATS, RECORD_KINDS } from '../../src/formats/formats.js';
import { RECORD_COLUMNS } from '../../src/formats/record-columns.js';
import { REFUSAL_CODES } from '../../src/ingest/refusal-codes.js';
import { type Disposition, FIX_FLAGS, FIX_REJECTIONS, type FixFlag, type FixRejection } from '../../src/model/fix.js';
import { ALERT_STATES } from '../../src/protocol/alert-states.js';
import { LIVE_CLOSE_CODES } from '../../src/protocol/live-close-codes.js';
import { CLOSE_CODES, type CloseCode } from '../../src/protocol/tracker-close-codes.js';
import { UPGRADE_REFUSALS } from '../../src/protocol/tracker-socket.js';
import { ARCHIVE_BREAKS } from '../campaign/breaks/archive-breaks.js';
import { BREAKS, SEED_BREAKS } from '../campaign/breaks/breaks.js';
import { FORMULAS } from '../reports/formulas.js';
import { doorLimits, trackerLimits } from './limits-table.js';
import { readProject } from './project.js';
import { PROMISES, PROTOCOL_RULES } from './promises.js';
import { code, table } from './sections.js';
import { type NamingTitle, namingTitles } from './titles.js';

const RECONNECT: Readonly<Record<CloseCode['reconnect'], string>> = {
  now: 'at once, then with back-off',
  'back-off': 'with back-off',
  never: 'no',
};

const REJECTIONS: Readonly<Record<FixRejection, string>> = {
  'time-missing': 'missing, or not an unsigned integer',
  'time-too-old': 'before 2006',
  'time-too-far-ahead': 'more than 7 days ahead of the server',
  'position-incomplete': 'a longitude without a latitude, or a latitude without a longitude',
  'longitude-range': 'beyond ±180°',
  'latitude-range': 'beyond ±90°',
  'altitude-range': 'not in −500 … 10,000 m',
  'speed-range': 'above 300 m/s',
  'course-range': 'not in 0° … 359.99°',
  'satellites-range': 'more than 255',
  'hdop-range': 'not in 0.01 … 1,000 (leave "unknown" out)',
  'accuracy-range': 'not in 0.1 m … 100 km (leave "unknown" out)',
  'battery-range': 'above 100 %',
};

const FLAGS: Readonly<Record<FixFlag, string>> = {
  'clock-ahead': 'more than 60 s ahead of the server',
  late: 'later than the horizon',
  conflict:
    'a second position for the same instant; of these positions the surest counts, or, if they are equally sure, one that the unit can have reached',
  'too-dense':
    'denser than the unit’s interval by more than `denseFactor`; the first fix of its stretch that says where the unit is counts',
  'null-island': 'a position at 0°, 0°',
  'no-position': 'one without coordinates',
  'not-located': 'one whose receiver says that the position is not live, or that it uses no satellite',
  'out-of-area': 'outside the area in which units of the district can be',
  'too-vague': 'one with an accuracy worse than 300 m',
  outlier: 'one that the unit could have reached only by going faster than its kind can',
  'unknown-tracker': 'from a tracker that no unit has in the plan of that time',
};

const DISPOSITIONS: Readonly<Record<Disposition, string>> = {
  admitted: 'counts',
  duplicate: 'is another copy of a fix that the engine has already, within the horizon',
  flagged: 'is kept for the record, but changes no verdict',
  refused: 'is invalid in a field; the log has the reason',
};

/** The tables of the documents that are in the sources as data. */
export const TABLES: Readonly<Record<string, () => string>> = {
  'tracker-limits': trackerLimits,
  'door-limits': doorLimits,
  'campaign-breaks': () => {
    const [bySeeds, ofArchive] = [SEED_BREAKS.size, Object.keys(ARCHIVE_BREAKS).length];
    return table(
      ['option', 'removes', 'protections'],
      [
        [code('--break seeds'), 'those that seeds in memory can reach', String(bySeeds - ofArchive)],
        ['', 'those that seeds of the archive can reach (A1 to A4)', String(ofArchive)],
        [code('--break tests'), 'those that name a test', String(BREAKS.size - bySeeds)],
        [code('--break all'), 'all of them', String(BREAKS.size)],
      ],
    );
  },
  'close-codes': () =>
    table(
      ['code', 'reason', 'what happened', 'reconnect', 'what to do'],
      Object.values<CloseCode>(CLOSE_CODES).map((close) => [
        String(close.code),
        close.reason === '' ? '' : code(close.reason),
        close.meaning,
        RECONNECT[close.reconnect],
        close.advice,
      ]),
    ),
  'refusal-codes': () =>
    table(
      ['`Refusal.code`', 'what happened', 'send the report again'],
      Object.entries(REFUSAL_CODES).map(([name, { meaning, again }]) => [
        code(name),
        meaning,
        again ? 'after `retry_after_ms`' : 'no',
      ]),
    ),
  'fix-rejections': () =>
    table(
      ['`Rejected.code`', 'the value is'],
      FIX_REJECTIONS.map((name) => [code(name), REJECTIONS[name]]),
    ),
  'fix-flags': () =>
    table(
      ['flag', 'the fix is'],
      FIX_FLAGS.map((name) => [code(name), FLAGS[name]]),
    ),
  dispositions: () =>
    table(
      ['disposition', 'the fix'],
      Object.entries(DISPOSITIONS).map(([name, meaning]) => [code(name), meaning]),
    ),
  'upgrade-refusals': () =>
    table(
      ['status', '`code`', 'what happened'],
      Object.entries(UPGRADE_REFUSALS).map(([name, { status, meaning }]) => [String(status), code(name), meaning]),
    ),
  'rule-defaults': ruleDefaults,
  'alert-states': alertStates,
  'alert-state-names': () =>
    table(
      ['`state`', 'the alert'],
      Object.entries(ALERT_STATES).map(([name, meaning]) => [code(name), meaning]),
    ),
  'live-close-codes': () =>
    table(
      ['code', 'reason', 'what happened', 'what to do'],
      Object.entries(LIVE_CLOSE_CODES).map(([reason, o]) => [String(o.code), code(reason), o.meaning, o.advice]),
    ),
  'api-errors': () =>
    table(
      ['status', '`code`', 'meaning'],
      Object.entries(API_ERRORS).map(([name, { status, meaning }]) => [String(status), code(name), meaning]),
    ),
  'redis-keys': redisKeys,
  'archive-tables': archiveTables,
  'export-formats': () =>
    table(
      ['format', 'carries', 'file', 'media type', 'is'],
      Object.entries(FORMATS).map(([name, { carries, extension, mediaType, is }]) => [
        code(name),
        carries.join(', '),
        code(`.${extension}`),
        code(mediaType),
        is,
      ]),
    ),
  'report-formulas': () =>
    table(
      ['report, table', 'columns', 'formula', 'on the worked day', 'gives'],
      FORMULAS.map(({ report, table: name, columns, formula, example, gives }) => [
        `${code(report)}, ${code(name)}`,
        columns.map(code).join(', '),
        formula,
        example,
        gives.join(', '),
      ]),
    ),
  'export-columns': () =>
    table(
      ['rows', 'column', 'type', 'is'],
      RECORD_KINDS.flatMap((kind) =>
        RECORD_COLUMNS[kind].map(({ name, type, is }, i) => [i === 0 ? code(kind) : '', code(name), type, is]),
      ),
    ),
  promises: () => namedTable('promise', Object.entries(PROMISES), namingTitles().promises),
  'protocol-rules': () =>
    namedTable(
      'rule',
      Object.entries(PROTOCOL_RULES).map(([rule, text]) => [rule, `${rule}: ${text}`]),
      namingTitles().rules,
    ),
};

/** Every route with who may call it and, from the OpenAPI document, what it does. */
export function routesTable(summaries: ReadonlyMap<string, string>): string {
  return table(
    ['route', 'who', 'what'],
    Object.entries(ROUTES).map(([route, permission]) => [
      code(route),
      whoMay(PERMISSIONS[permission]),
      summaries.get(route) ?? '',
    ]),
  );
}

function whoMay({ access, roles }: Permission): string {
  if (access === 'open') return 'anybody';
  const names = roles.join(', ');
  return access === 'loopback-or-token' ? `this machine; ${names}` : names;
}

/** Rules about places that bind always, unless a plan says otherwise. */
const ALWAYS: ReadonlySet<string> = new Set(['debt', 'predictable', 'strength', 'lights']);

function ruleDefaults(): string {
  const fields = new Set(Object.values(RULE_DEFAULTS).flatMap((rule) => Object.keys(rule)));
  fields.delete('severity');
  fields.delete('modes');
  const text = (value: unknown): string => (typeof value === 'number' ? value.toLocaleString('en') : String(value));
  const rows = Object.entries(RULE_DEFAULTS).map(([kind, rule]) => [
    code(kind),
    rule.severity,
    rule.modes !== null ? rule.modes.join(', ') : ALWAYS.has(kind) ? 'always' : "the unit's duty period",
    Object.entries(rule)
      .filter(([name]) => fields.has(name))
      .map(([name, value]) => `${code(name)} ${text(value)}`)
      .join(', '),
  ]);
  return table(['kind', 'severity', 'binds in', 'thresholds, seconds'], rows);
}

function alertStates(): string {
  const events = Object.keys(ALERT_TRANSITIONS['unack-active']) as AlertEvent[];
  const rows = Object.entries(ALERT_TRANSITIONS).map(([state, next]) => [
    code(state),
    ...events.map((event) => cellOf(state, next[event])),
  ]);
  return table(['state', ...events], rows);
}

function cellOf(state: string, next: string): string {
  if (next === 'bug') return '–';
  if (next.startsWith('refused-')) return 'refused';
  return next === state ? 'stays' : code(next);
}

/** The table in the docstring at the top of `src/hot/keys.ts`. */
function redisKeys(): string {
  const lines = readProject('src/hot/keys.ts').split('\n');
  return lines.flatMap((line) => (line.startsWith(' * |') ? [line.slice(' * '.length)] : [])).join('\n');
}

function archiveTables(): string {
  const rows = [...ARCHIVE_TABLES, ...VERSION_TABLES].flatMap((name) =>
    TABLES_OF_ARCHIVE[name].columns.map(({ name: column, sqlType, stored, meaning }, i) => [
      i === 0 ? code(name) : '',
      code(column),
      stored === undefined ? sqlType : 'TIMESTAMP_MS',
      meaning,
    ]),
  );
  return table(['table', 'column', 'type', 'is'], rows);
}

/** Under each key who names it: the file, and its titles there. */
function namedTable(
  head: string,
  keys: readonly (readonly [key: string, text: string])[],
  named: ReadonlyMap<string, readonly NamingTitle[]>,
): string {
  const rows = keys.flatMap(([key, text]) => {
    const all = named.get(key) ?? [];
    const files = [...new Set(all.map(({ file }) => file))];
    return files.map((file, i) => [
      i === 0 ? text : '',
      code(file.replace(/^test\//, '')),
      all.flatMap((one) => (one.file === file ? [one.title] : [])).join('; '),
    ]);
  });
  return table([head, 'in `test/`', 'titles'], rows);
}
