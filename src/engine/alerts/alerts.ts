import type { AlertEvidence, AlertVersion, Certainty } from '../../model/alert.js';
import { newAlertId } from '../../model/alert-id.js';
import { CHATTER_EPISODES, REOPEN_MS } from '../../model/limits.js';
import { parseLogId } from '../../model/log-id.js';
import { placeSubject } from '../../model/subject.js';
import type { PlanInForce } from '../plan/slice.js';
import { watches } from '../plan/so-far.js';
import { reconcile, type Span } from '../told/reconcile.js';
import {
  countEpisodes,
  type Episode,
  episodesToTell,
  isFinal,
  isSameExcuse,
  isSameRhythm,
  isSameWindow,
  isWholeRhythm,
  type Occasion,
  tellTheSame,
} from './episodes.js';
import type { AlertScope, StandingAlert } from './slice.js';
import { isEventRule } from './states.js';
import { type AlertTopic, alertSubject, bookOfVersion, type Judgement } from './topics.js';
import { begin, move } from './versions.js';

interface Verdict {
  readonly fromMs: number;
  readonly toMs: number | null;
  readonly certainty: Certainty;
  readonly evidence: AlertEvidence;
  readonly chattering: boolean;
  readonly episodes: readonly Episode[];
}

/**
 * Brings the alerts of one topic in line with what its rule finds now (E4, E5). `episodes` are all that ended at or after
 * `sinceMs`; what stands from before is not touched. Answers the new versions.
 */
export function updateAlerts(
  state: AlertScope,
  judgement: Judgement,
  sinceMs: number,
  occasion: Occasion,
): AlertVersion[] {
  const { topic, episodes, disproof } = judgement;
  const { key } = topic;
  const book = state.alerts.get(key) ?? [];
  if (book.length === 0 && episodes.length === 0) return [];
  const standing = book.filter((alert) => alert.version.condition !== 'retracted');
  const verdicts = verdictsOf(topic, standing, episodes, sinceMs, occasion.nowMs);
  const spans = standing.map((alert) => ({ fromMs: alert.version.fromMs, toMs: alert.version.toMs }));
  const { kept, dropped, fresh } = reconcile(spans, verdicts);
  const out: AlertVersion[] = [];
  const carrier = new Map<number, StandingAlert>();
  for (const [s, v] of kept) {
    const alert = standing[s] as StandingAlert;
    carrier.set(v, alert);
    const verdict = verdicts[v] as Verdict;
    // What is final is not told again. An alert whose last episode is found no more is: it ends earlier than it was told to.
    if (areFinal(alert.version, alert.episodes, sinceMs) && areFinal(verdict, verdict.episodes, sinceMs)) continue;
    alert.ruleSeverity = topic.rule.severity;
    out.push(...bringUpToDate(state, judgement, alert, verdict, occasion));
  }
  for (const v of fresh) {
    const alert = raise(state, judgement, book, verdicts[v] as Verdict, occasion, out);
    carrier.set(v, alert);
    book.push(alert);
  }
  for (const [s, into] of dropped) {
    const alert = standing[s] as StandingAlert;
    const mergedInto = into === null ? null : (carrier.get(into)?.version.alertId ?? null);
    const evidence = { ...alert.version.evidence, ...disproof?.(alert.version) };
    out.push(move(state, alert, 'retract', { mergedInto, evidence }, occasion));
  }
  if (book.length > 0) state.alerts.set(key, book);
  return out;
}

/** Whether an alert is told as over, and nothing that may still come can change the last of its episodes. */
function areFinal({ toMs }: Span, episodes: readonly Episode[], sinceMs: number): boolean {
  const last = episodes.at(-1);
  return toMs !== null && toMs < sinceMs && (last === undefined || isFinal({ ...last, toMs }, sinceMs));
}

/** Joins what was found now to what stands from before, and groups repeats within REOPEN_MS (E4). */
function verdictsOf(
  topic: AlertTopic,
  standing: readonly StandingAlert[],
  found: readonly Episode[],
  sinceMs: number,
  nowMs: number,
): Verdict[] {
  const final = standing.flatMap((alert) => alert.episodes.filter((episode) => isFinal(episode, sinceMs)));
  const running = standing.flatMap((alert) => alert.episodes.filter(({ toMs }) => toMs === null));
  const current = found.filter(
    // What ends long after the fact (a stand of a unit that was silent since) is news while its alert says that it goes on.
    (episode) => {
      const { toMs } = episode;
      return toMs === null || !isFinal(episode, sinceMs) || running.some(({ fromMs }) => fromMs <= toMs);
    },
  );
  const all = [...final, ...current].sort((a, b) => a.fromMs - b.fromMs);
  const groups: Episode[][] = [];
  for (const episode of all) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    if (group !== undefined && last !== undefined && joins(last, episode)) group.push(episode);
    else groups.push([episode]);
  }
  return groups.map((group) => verdictOf(topic, group, nowMs));
}

/** Whether an episode belongs to the alert of the one before it: it is a repeat, or of the same window. */
function joins(last: Episode, { fromMs, evidence }: Episode): boolean {
  const [before, window] = [last.evidence.window, evidence.window];
  if (before !== undefined || window !== undefined) return before?.opensMs === window?.opensMs;
  return last.toMs !== null && fromMs - last.toMs < REOPEN_MS;
}

/** A group that chatters is held active until it has been calm for REOPEN_MS; not so visits, each of which is over when it is found. */
function verdictOf(topic: AlertTopic, group: readonly Episode[], nowMs: number): Verdict {
  const first = group[0] as Episode;
  const last = group.at(-1) as Episode;
  const recent = group.filter(({ fromMs }) => fromMs > last.fromMs - REOPEN_MS).length;
  const chattering = recent >= CHATTER_EPISODES;
  const held = chattering && !isEventRule(topic.alertRule) && last.toMs !== null && nowMs < last.toMs + REOPEN_MS;
  return {
    fromMs: first.fromMs,
    toMs: held ? null : last.toMs,
    certainty: last.certainty,
    evidence: last.evidence,
    chattering,
    episodes: group,
  };
}

type Facts = Pick<
  AlertVersion,
  'fromMs' | 'toMs' | 'certainty' | 'evidence' | 'occurrence' | 'episodes' | 'chattering' | 'suppressedBy'
>;

function factsOf({ suppressor }: Judgement, verdict: Verdict): Facts {
  const { fromMs, toMs, certainty, evidence, chattering, episodes } = verdict;
  return {
    fromMs,
    toMs,
    certainty,
    evidence,
    chattering,
    suppressedBy: suppressor?.({ fromMs, toMs, certainty, evidence }) ?? null,
    occurrence: countEpisodes(episodes),
    episodes: episodesToTell(episodes),
  };
}

function bringUpToDate(
  state: AlertScope,
  judgement: Judgement,
  alert: StandingAlert,
  verdict: Verdict,
  occasion: Occasion,
): AlertVersion[] {
  const before = alert.version;
  const facts = factsOf(judgement, verdict);
  const again = facts.occurrence > before.occurrence;
  alert.episodes = verdict.episodes;
  if (before.condition === 'active' && facts.toMs !== null) return [judgeAnew(state, alert, 'clear', facts, occasion)];
  if (before.condition !== 'active' && (facts.toMs === null || again)) {
    if (isEventRule(before.rule)) return [judgeAnew(state, alert, 'reopen', facts, occasion)];
    const out = [judgeAnew(state, alert, 'reopen', { ...facts, toMs: null }, occasion)];
    if (facts.toMs !== null) out.push(judgeAnew(state, alert, 'clear', facts, occasion));
    return out;
  }
  if (!isSamePast(before, facts)) return [judgeAnew(state, alert, 'correct', facts, occasion)];
  if (before.certainty !== facts.certainty) return [judgeAnew(state, alert, 'update', facts, occasion)];
  const same =
    before.chattering === facts.chattering &&
    before.suppressedBy === facts.suppressedBy &&
    before.evidence.trackerFault === facts.evidence.trackerFault &&
    sameIds(before.evidence.units, facts.evidence.units) &&
    isSameExcuse(before.evidence.window, facts.evidence.window) &&
    isSameBunching(before.evidence.bunching, facts.evidence.bunching) &&
    isWholeRhythm(before, facts);
  if (same) return [];
  // It lists what has been sure of a running episode since the last version too: what comes in time may still change that.
  const isSurer = facts.episodes.at(-1)?.sureMs !== before.episodes.at(-1)?.sureMs;
  const isNewOfPast = facts.toMs === null && (isSurer || !isWholeRhythm(before, facts));
  const tell = isNewOfPast ? judgeAnew : move;
  return [tell(state, alert, 'update', facts, occasion)];
}

/** What the version says of times and certainty is new, so what comes in time may still change it. */
function judgeAnew(
  state: AlertScope,
  alert: StandingAlert,
  event: 'clear' | 'reopen' | 'correct' | 'update',
  facts: Facts,
  occasion: Occasion,
): AlertVersion {
  alert.judgedAtMs = occasion.nowMs;
  return move(state, alert, event, { ...facts, finality: 'provisional' }, occasion);
}

/** Whether all is as it was but for what is true of a running episode now: its certainty, and who or what holds it back. */
function isSamePast(before: AlertVersion, facts: Facts): boolean {
  return (
    before.fromMs === facts.fromMs &&
    before.toMs === facts.toMs &&
    before.occurrence === facts.occurrence &&
    isSameWindow(before, facts) &&
    isSameRhythm(before, facts) &&
    tellTheSame(before.episodes, facts.episodes)
  );
}

function sameIds(before: readonly string[] = [], after: readonly string[] = []): boolean {
  return before.length === after.length && after.every((unit, i) => before[i] === unit);
}

function isSameBunching(before: AlertEvidence['bunching'], after: AlertEvidence['bunching']): boolean {
  const [a, b] = [before?.bunches ?? [], after?.bunches ?? []];
  return sameIds(a.flat(), b.flat()) && sameIds(before?.uncovered, after?.uncovered);
}

function raise(
  state: AlertScope,
  judgement: Judgement,
  book: readonly StandingAlert[],
  verdict: Verdict,
  occasion: Occasion,
  out: AlertVersion[],
): StandingAlert {
  const { topic } = judgement;
  const { alertRule, subject } = topic;
  const taken = new Set(book.map(({ version }) => version.alertId));
  const logId = parseLogId(occasion.logId);
  const alertId = newAlertId({ rule: alertRule, subject, fromMs: verdict.fromMs, logId }, taken);
  const facts = factsOf(judgement, verdict);
  const isEvent = isEventRule(alertRule);
  const version = begin(state, topic.rule.severity, {
    alertId,
    version: 1,
    rule: alertRule,
    ruleId: topic.rule.id,
    subject: alertSubject(subject),
    place: topic.place?.id ?? null,
    unit: topic.unit?.id ?? null,
    change: 'raised',
    condition: isEvent ? 'cleared' : 'active',
    acknowledged: false,
    finality: 'provisional',
    shelvedUntilMs: null,
    ...facts,
    toMs: isEvent ? facts.toMs : null,
    cause: occasion.cause,
    atMs: occasion.nowMs,
    logId: occasion.logId,
    mergedInto: null,
    previous: null,
  });
  const alert: StandingAlert = {
    version,
    judgedAtMs: occasion.nowMs,
    episodes: verdict.episodes,
    ruleSeverity: topic.rule.severity,
    actionIds: [],
  };
  out.push(version);
  if (verdict.toMs !== null && !isEvent) out.push(judgeAnew(state, alert, 'clear', facts, occasion));
  return alert;
}

/** E3: the plan in force since `endMs` no longer has the rule, the place or the unit: its alerts close, and say so. */
export function closeByPlan(
  state: AlertScope,
  isGone: (alert: AlertVersion) => boolean,
  endMs: number,
  occasion: Occasion,
): AlertVersion[] {
  const out: AlertVersion[] = [];
  for (const key of [...state.alerts.keys()].sort()) {
    for (const alert of state.alerts.get(key) ?? []) {
      if (alert.version.condition !== 'active' || !isGone(alert.version)) continue;
      const toMs = Math.max(alert.version.fromMs, endMs);
      const last = alert.episodes.at(-1);
      if (last !== undefined) alert.episodes = [...alert.episodes.slice(0, -1), { ...last, toMs: last.toMs ?? toMs }];
      const facts = { toMs, episodes: episodesToTell(alert.episodes), finality: 'provisional' } as const;
      alert.judgedAtMs = occasion.nowMs;
      out.push(move(state, alert, 'clear', facts, { ...occasion, cause: 'plan' }));
    }
  }
  return out;
}

/** Whether the plan no longer has what an alert is about. */
export function isGone(plan: Pick<PlanInForce, 'ruleById' | 'unitById' | 'placeById'>, alert: AlertVersion): boolean {
  // A call for help is not the plan's to end.
  if (alert.rule === 'sos') return false;
  const rule = plan.ruleById.get(alert.ruleId);
  if (rule === undefined) return true;
  const { subject } = bookOfVersion(alert);
  // About the whole district: it stands as long as the rule that brings it does.
  if (subject.kind === 'network') return rule.kind !== 'tracker-silence';
  if (rule.kind !== (alert.rule === 'tracker-useless' ? 'tracker-silence' : alert.rule)) return true;
  if (alert.unit !== null && !plan.unitById.has(alert.unit)) return true;
  if (alert.place !== null && !plan.placeById.has(alert.place)) return true;
  return !watches(rule, subject.kind === 'visit' ? placeSubject(subject.place) : subject);
}
