import type { AlertChange, AlertEvidence, AlertVersion, Certainty } from '../model/alert.js';
import { unreachable } from '../model/errors.js';
import { REOPEN_MS } from '../model/limits.js';
import { formatLogId } from '../model/log-id.js';
import type { ActionEntry } from '../model/log-entry.js';
import type { Severity } from '../model/plan.js';
import { ALERT_TRANSITIONS, type AlertEvent, isOpen, STATE_PARTS, stateOf } from './lib/alert-states.js';
import type { Episode, Occasion } from './lib/episodes.js';
import { reconcile } from './lib/reconcile.js';
import { sentenceOf } from './lib/sentences.js';
import type { AlertTopic } from './lib/topics.js';
import type { EngineState, StandingAlert } from './state.js';

/** Actions of one alert that are remembered; a repeat of an older one is refused as stale by its version. */
const REMEMBERED_ACTIONS = 32;

interface Verdict {
  readonly fromMs: number;
  readonly toMs: number | null;
  readonly certainty: Certainty;
  readonly evidence: AlertEvidence;
  readonly episodes: readonly Episode[];
}

/**
 * Brings the alerts of one topic in line with what its rule finds now (E4, E5). `episodes` are all that ended at or after
 * `sinceMs`; what stands from before is not touched. Answers the new versions.
 */
export function updateAlerts(
  state: EngineState,
  topic: AlertTopic,
  episodes: readonly Episode[],
  sinceMs: number,
  occasion: Occasion,
): AlertVersion[] {
  const key = `${topic.rule.id}|${topic.subjectKey}`;
  const book = state.alerts.get(key) ?? [];
  if (book.length === 0 && episodes.length === 0) return [];
  const standing = book.filter((alert) => alert.version.condition !== 'retracted');
  const verdicts = verdictsOf(standing, episodes, sinceMs);
  const spans = standing.map((alert) => ({ fromMs: alert.version.fromMs, toMs: alert.version.toMs }));
  const { kept, dropped, fresh } = reconcile(spans, verdicts);
  const out: AlertVersion[] = [];
  const carrier = new Map<number, StandingAlert>();
  for (const [s, v] of kept) {
    const alert = standing[s] as StandingAlert;
    carrier.set(v, alert);
    alert.about = aboutOf(topic);
    out.push(...bringUpToDate(state, alert, verdicts[v] as Verdict, occasion));
  }
  for (const v of fresh) {
    const alert = raise(state, topic, book, verdicts[v] as Verdict, occasion, out);
    carrier.set(v, alert);
    book.push(alert);
  }
  for (const [s, into] of dropped) {
    const alert = standing[s] as StandingAlert;
    const mergedInto = into === null ? null : (carrier.get(into)?.version.alertId ?? null);
    out.push(move(state, alert, 'retract', { mergedInto }, occasion));
  }
  if (book.length > 0) state.alerts.set(key, book);
  return out;
}

/** Joins what was found now to what stands from before, and groups repeats within REOPEN_MS (E4). */
function verdictsOf(standing: readonly StandingAlert[], found: readonly Episode[], sinceMs: number): Verdict[] {
  const settled = standing.flatMap((alert) => alert.episodes.filter(({ toMs }) => toMs !== null && toMs < sinceMs));
  const current = found.filter(({ toMs }) => toMs === null || toMs >= sinceMs);
  const all = [...settled, ...current].sort((a, b) => a.fromMs - b.fromMs);
  const verdicts: Verdict[] = [];
  for (const episode of all) {
    const last = verdicts.at(-1);
    const joins = last !== undefined && last.toMs !== null && episode.fromMs - last.toMs < REOPEN_MS;
    if (!joins) {
      verdicts.push({ ...episode, episodes: [episode] });
      continue;
    }
    verdicts[verdicts.length - 1] = {
      fromMs: last.fromMs,
      toMs: episode.toMs,
      certainty: last.certainty === 'uncovered' ? 'uncovered' : episode.certainty,
      evidence: episode.evidence,
      episodes: [...last.episodes, episode],
    };
  }
  return verdicts;
}

function bringUpToDate(state: EngineState, alert: StandingAlert, verdict: Verdict, occasion: Occasion): AlertVersion[] {
  const before = alert.version;
  alert.episodes = verdict.episodes;
  const again = verdict.episodes.length > before.occurrence;
  const facts = { ...factsOf(verdict), occurrence: verdict.episodes.length };
  if (before.condition === 'active') {
    if (verdict.toMs !== null) return [move(state, alert, 'clear', facts, occasion)];
    return isSame(before, facts) ? [] : [move(state, alert, 'correct', facts, occasion)];
  }
  if (verdict.toMs === null || again) {
    const out = [move(state, alert, 'reopen', { ...facts, toMs: null }, occasion)];
    if (verdict.toMs !== null) out.push(move(state, alert, 'clear', facts, occasion));
    return out;
  }
  return isSame(before, facts) ? [] : [move(state, alert, 'correct', facts, occasion)];
}

type Facts = Pick<AlertVersion, 'fromMs' | 'toMs' | 'certainty' | 'evidence'>;

function factsOf({ fromMs, toMs, certainty, evidence }: Verdict): Facts {
  return { fromMs, toMs, certainty, evidence };
}

function isSame(before: AlertVersion, facts: Facts & { occurrence: number }): boolean {
  return (
    before.fromMs === facts.fromMs &&
    before.toMs === facts.toMs &&
    before.certainty === facts.certainty &&
    before.occurrence === facts.occurrence
  );
}

function raise(
  state: EngineState,
  topic: AlertTopic,
  book: readonly StandingAlert[],
  verdict: Verdict,
  occasion: Occasion,
  out: AlertVersion[],
): StandingAlert {
  const id = `${topic.rule.kind}:${topic.subjectKey}:${verdict.fromMs}:${occasion.logId}`;
  const again = book.filter(({ version }) => version.alertId === id || version.alertId.startsWith(`${id}:`)).length;
  const version: AlertVersion = {
    transition: nextTransition(state),
    alertId: again === 0 ? id : `${id}:${again + 1}`,
    version: 1,
    rule: topic.rule.kind,
    ruleId: topic.rule.id,
    subject: topic.subject,
    place: topic.place?.id ?? null,
    unit: topic.unit?.id ?? null,
    severity: severityOf(topic.rule.severity, verdict.certainty),
    change: 'raised',
    condition: 'active',
    acknowledged: false,
    ...factsOf(verdict),
    toMs: null,
    occurrence: verdict.episodes.length,
    cause: occasion.cause,
    atMs: occasion.nowMs,
    logId: occasion.logId,
    sentence: { zh: '', en: '' },
    mergedInto: null,
    previous: null,
  };
  const about = aboutOf(topic);
  const alert: StandingAlert = {
    version: withSentence(about, version),
    episodes: verdict.episodes,
    about,
    actionIds: [],
  };
  note(state, alert.version);
  out.push(alert.version);
  if (verdict.toMs !== null) out.push(move(state, alert, 'clear', factsOf(verdict), occasion));
  return alert;
}

/** One more version of an alert, as the state table says. */
function move(
  state: EngineState,
  alert: StandingAlert,
  event: AlertEvent,
  facts: Partial<AlertVersion>,
  occasion: Occasion,
): AlertVersion {
  const before = alert.version;
  const next = ALERT_TRANSITIONS[stateOf(before)][event];
  if (next === 'bug' || next === 'refused-acknowledged' || next === 'refused-retracted') {
    throw new Error(`bug: alert ${before.alertId} is ${stateOf(before)} and cannot ${event}`);
  }
  const certainty = facts.certainty ?? before.certainty;
  const moved: AlertVersion = {
    ...before,
    ...facts,
    ...STATE_PARTS[next],
    severity: severityOf(alert.about.severity, certainty),
    transition: nextTransition(state),
    version: before.version + 1,
    change: changeOf(event),
    cause: causeOf(event, occasion),
    atMs: occasion.nowMs,
    logId: occasion.logId,
    previous: before.transition,
  };
  alert.version = withSentence(alert.about, moved);
  note(state, alert.version);
  return alert.version;
}

function changeOf(event: AlertEvent): AlertChange {
  switch (event) {
    case 'clear':
      return 'cleared';
    case 'reopen':
      return 'reopened';
    case 'correct':
      return 'corrected';
    case 'retract':
      return 'retracted';
    case 'acknowledge':
      return 'acknowledged';
    default:
      return unreachable(event);
  }
}

/** What changes the past came late, whichever way it came. */
function causeOf(event: AlertEvent, occasion: Occasion): AlertVersion['cause'] {
  const rewrites = event === 'correct' || event === 'retract';
  return rewrites && occasion.cause === 'fix' ? 'late-data' : occasion.cause;
}

/** A gap that nobody can prove needs a look, not a siren: one step below. */
function severityOf(severity: Severity, certainty: Certainty): Severity {
  if (certainty !== 'unknown') return severity;
  return severity === 'high' ? 'medium' : 'low';
}

function aboutOf(topic: AlertTopic): StandingAlert['about'] {
  return { place: topic.place?.name ?? null, callsign: topic.unit?.callsign ?? null, severity: topic.rule.severity };
}

function withSentence(about: StandingAlert['about'], version: AlertVersion): AlertVersion {
  const sentence = sentenceOf({
    rule: version.rule,
    condition: version.condition,
    certainty: version.certainty,
    place: about.place,
    unit: about.callsign,
    lastedMs: version.evidence.outerMs ?? (version.toMs ?? version.atMs) - version.fromMs,
    thresholdMs: version.evidence.thresholdMs ?? null,
  });
  return { ...version, sentence };
}

function nextTransition(state: EngineState): number {
  state.lastAlert += 1;
  return state.lastAlert;
}

function note(state: EngineState, version: AlertVersion): void {
  state.touched.alerts.set(version.alertId, { version, open: isOpen(version) });
}

/** O1: acts on the version that the person saw; stale or repeated is a visible refusal; a repeat of the action itself is nothing. */
export function applyAction(state: EngineState, action: ActionEntry): AlertVersion[] {
  const alert = findAlert(state, action.alertId);
  if (alert === null || alert.actionIds.includes(action.actionId)) return [];
  alert.actionIds.push(action.actionId);
  if (alert.actionIds.length > REMEMBERED_ACTIONS) alert.actionIds.shift();
  const occasion: Occasion = { nowMs: state.nowMs, cause: 'operator', logId: formatLogId(state.lastId) };
  const evidence = {
    ...alert.version.evidence,
    actionId: action.actionId,
    actor: action.actor,
    ...(action.comment === null ? {} : { comment: action.comment }),
  };
  const next = ALERT_TRANSITIONS[stateOf(alert.version)].acknowledge;
  if (action.alertVersion !== alert.version.version) return [refuse(state, alert, evidence, 'stale-version', occasion)];
  if (next === 'refused-acknowledged') return [refuse(state, alert, evidence, 'already-acknowledged', occasion)];
  if (next === 'refused-retracted') return [refuse(state, alert, evidence, 'retracted', occasion)];
  return [move(state, alert, 'acknowledge', { evidence }, occasion)];
}

/** A refusal is seen by all but changes nothing: the version stays, so that the next action on it still holds. */
function refuse(
  state: EngineState,
  alert: StandingAlert,
  evidence: AlertEvidence,
  reason: string,
  occasion: Occasion,
): AlertVersion {
  const refused: AlertVersion = {
    ...alert.version,
    transition: nextTransition(state),
    change: 'refused',
    cause: 'operator',
    atMs: occasion.nowMs,
    logId: occasion.logId,
    evidence: { ...evidence, reason },
    previous: alert.version.transition,
  };
  alert.version = { ...alert.version, transition: refused.transition };
  note(state, alert.version);
  return refused;
}

function findAlert(state: EngineState, alertId: string): StandingAlert | null {
  for (const book of state.alerts.values()) {
    const found = book.find(({ version }) => version.alertId === alertId);
    if (found !== undefined) return found;
  }
  return null;
}

/** E3: the plan no longer has the rule, the place or the unit: its alerts close, and say so. */
export function closeByPlan(
  state: EngineState,
  isGone: (alert: AlertVersion) => boolean,
  occasion: Occasion,
): AlertVersion[] {
  const out: AlertVersion[] = [];
  for (const key of [...state.alerts.keys()].sort()) {
    for (const alert of state.alerts.get(key) ?? []) {
      if (alert.version.condition !== 'active' || !isGone(alert.version)) continue;
      const toMs = Math.max(alert.version.fromMs, occasion.nowMs);
      const last = alert.episodes.at(-1);
      if (last !== undefined) alert.episodes = [...alert.episodes.slice(0, -1), { ...last, toMs }];
      out.push(move(state, alert, 'clear', { toMs }, { ...occasion, cause: 'plan' }));
    }
  }
  return out;
}
