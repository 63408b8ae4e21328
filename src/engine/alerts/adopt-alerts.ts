import type { AlertVersion } from '../../model/alert.js';
import { newAlertId, parseAlertId } from '../../model/alert-id.js';
import { formatAlertBook, parseAlertBook } from '../../model/fold-keys.js';
import { parseLogId } from '../../model/log-id.js';
import { currentPlan } from '../plan/plans.js';
import { booksOf, pairUp } from '../told/pair-up.js';
import { type Episode, isSameRhythm, isSameWindow, isWholeRhythm, type Occasion, tellTheSame } from './episodes.js';
import type { AlertScope, StandingAlert } from './slice.js';
import { isEventRule, isOpen } from './states.js';
import { bookOfVersion } from './topics.js';
import { begin, move } from './versions.js';

export interface AdoptedAlerts {
  /** Those that differ from what was told. */
  readonly versions: readonly AlertVersion[];
  /** From this fold's ids to those that were told. */
  readonly renamed: ReadonlyMap<string, string>;
}

/** Brings the alerts that an older fold has told in line with what this one finds. */
export function adoptAlerts(state: AlertScope, told: readonly AlertVersion[], occasion: Occasion): AdoptedAlerts {
  const theirs = booksOf(
    told,
    ({ alertId }) => alertId,
    (version) => formatAlertBook(bookOfVersion(version)),
  );
  const keys = [...new Set([...state.alerts.keys(), ...theirs.keys()])].sort();
  const adoption: Adoption = {
    state,
    occasion,
    renamed: new Map(),
    taken: new Set(told.map(({ alertId }) => alertId)),
    out: [],
  };
  // Outages of the network first: other alerts name the one that stands for them.
  const isNetwork = (key: string) => parseAlertBook(key)?.subject.kind === 'network';
  for (const key of [...keys.filter(isNetwork), ...keys.filter((one) => !isNetwork(one))]) {
    const book = adoptBook(adoption, theirs.get(key) ?? [], state.alerts.get(key) ?? []);
    if (book.length === 0) state.alerts.delete(key);
    else state.alerts.set(key, book);
  }
  return { versions: adoption.out, renamed: adoption.renamed };
}

/** A call for help stands as it was told until a person ends it. */
function isCall({ rule }: AlertVersion): boolean {
  return rule === 'sos';
}

interface Adoption {
  readonly state: AlertScope;
  readonly occasion: Occasion;
  /** From this fold's ids to those that are told. */
  readonly renamed: Map<string, string>;
  /** Ids of alerts that are told. */
  readonly taken: Set<string>;
  readonly out: AlertVersion[];
}

function adoptBook(
  adoption: Adoption,
  told: readonly AlertVersion[],
  found: readonly StandingAlert[],
): StandingAlert[] {
  const { state, occasion, renamed, out } = adoption;
  const theirs = told.filter(({ condition }) => condition !== 'retracted');
  const mine = found.filter(({ version }) => version.condition !== 'retracted');
  const { both, onlyMine, onlyTheirs } = pairUp(theirs, mine, knownOf, ({ version }) => knownOf(version));
  const book: StandingAlert[] = [];
  for (const [version, alert] of both) {
    renamed.set(alert.version.alertId, version.alertId);
    const facts = factsOf(alert.version, renamed);
    alert.version = version;
    book.push(alert);
    const event = isCall(version) ? null : eventBetween(version, facts);
    if (event !== null) out.push(move(state, alert, event, facts, occasion));
  }
  for (const alert of onlyMine) if (!isFinal(state, alert.version)) book.push(raise(adoption, alert));
  for (const [version, into] of onlyTheirs) {
    // Nothing can be found any more about what ended so long ago; but what is on somebody's list stays there.
    const final = isFinal(state, version);
    if (final && !isOpen(version)) continue;
    const alert = standingOf(state, version);
    const mergedInto = into === null ? null : (renamed.get(into.version.alertId) ?? null);
    if (!final && !isCall(version)) out.push(move(state, alert, 'retract', { mergedInto }, occasion));
    book.push(alert);
  }
  return book.sort((a, b) => a.version.fromMs - b.version.fromMs || a.judgedAtMs - b.judgedAtMs);
}

function knownOf({ alertId: id, fromMs, toMs }: AlertVersion) {
  return { id, fromMs, toMs };
}

function isFinal(state: AlertScope, { toMs }: AlertVersion): boolean {
  return toMs !== null && toMs < state.finalToMs;
}

const FACTS = ['fromMs', 'toMs', 'certainty', 'occurrence', 'chattering', 'suppressedBy'] as const;
type Facts = Pick<AlertVersion, (typeof FACTS)[number] | 'episodes' | 'evidence'>;

function factsOf(version: AlertVersion, renamed: ReadonlyMap<string, string>): Facts {
  const { fromMs, toMs, certainty, occurrence, episodes, chattering, suppressedBy, evidence } = version;
  const suppressor = suppressedBy === null ? null : (renamed.get(suppressedBy) ?? suppressedBy);
  return { fromMs, toMs, certainty, occurrence, episodes, chattering, suppressedBy: suppressor, evidence };
}

function eventBetween(told: AlertVersion, facts: Facts): 'clear' | 'reopen' | 'correct' | null {
  if (told.condition === 'active' && facts.toMs !== null) return 'clear';
  if (told.condition !== 'active' && facts.toMs === null) return 'reopen';
  const same =
    FACTS.every((fact) => told[fact] === facts[fact]) &&
    isSameWindow(told, facts) &&
    isSameRhythm(told, facts) &&
    isWholeRhythm(told, facts) &&
    tellTheSame(told.episodes, facts.episodes);
  return same ? null : 'correct';
}

/** However long ago this fold found it: it is news, and nobody has seen it. */
function raise({ state, occasion, renamed, taken, out }: Adoption, found: StandingAlert): StandingAlert {
  const { nowMs, cause, logId } = occasion;
  const facts = factsOf(found.version, renamed);
  const { rule, subject } = bookOfVersion(found.version);
  const alertId = newAlertId({ rule, subject, fromMs: facts.fromMs, logId: parseLogId(logId) }, taken);
  taken.add(alertId);
  renamed.set(found.version.alertId, alertId);
  const isEvent = isEventRule(rule);
  const version = begin(state, found.ruleSeverity, {
    ...found.version,
    ...facts,
    toMs: isEvent ? facts.toMs : null,
    alertId,
    version: 1,
    change: 'raised',
    condition: isEvent ? 'cleared' : 'active',
    acknowledged: false,
    finality: 'provisional',
    shelvedUntilMs: null,
    cause,
    atMs: nowMs,
    logId,
    mergedInto: null,
    previous: null,
  });
  const alert: StandingAlert = { ...found, version, judgedAtMs: nowMs, actionIds: [] };
  out.push(version);
  if (facts.toMs !== null && !isEvent) out.push(move(state, alert, 'clear', facts, occasion));
  return alert;
}

/** What only the older fold told, as if this one had. */
function standingOf(state: AlertScope, version: AlertVersion): StandingAlert {
  const { ruleId, severity } = version;
  return {
    version,
    judgedAtMs: judgedAtMs(version),
    episodes: episodesOf(version),
    ruleSeverity: currentPlan(state)?.ruleById.get(ruleId)?.severity ?? severity,
    actionIds: [],
  };
}

function episodesOf({ episodes, occurrence, evidence }: AlertVersion): readonly Episode[] {
  const untold = occurrence - episodes.length;
  return episodes.map((episode, i) => ({
    ...episode,
    evidence,
    ...(i === 0 && untold > 0 ? { joined: untold + 1 } : {}),
  }));
}

/** An alert's id names the entry that raised it; of a resumed log that is ahead of the time at which it did. */
function judgedAtMs({ alertId, atMs }: AlertVersion): number {
  return Math.min(parseAlertId(alertId)?.logId.ms ?? atMs, atMs);
}
