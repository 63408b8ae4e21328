import type { RouteProgress } from '../../../model/hot.js';
import { contains, intersect } from '../../../model/intervals.js';
import type { PlanRule, RoutePassRule } from '../../../model/plan.js';
import { placeSubject } from '../../../model/subject.js';
import { placeTopic } from '../../alerts/topics.js';
import { type LimitInForce, limitAt, limitsOver } from '../../plan/limits-over.js';
import type { PlanInForce, WatchedRoute } from '../../plan/slice.js';
import { plannedAt, unitsSoFar } from '../../plan/so-far.js';
import { bindingIntervals, dutyIntervals } from '../../plan/windows.js';
import { baseKey, once, type PresenceSpan, type Whereabouts } from '../../presence/presence.js';
import { legsOf, NO_DRIVES } from '../../track/drives.js';
import { isOfKind } from '../counted-kinds.js';
import { judgementOf } from '../judgement.js';
import { rememberByPlace } from '../remember.js';
import type { RuleKind } from '../rule-kind.js';
import type { RuleScope } from '../slice.js';
import { outageBehind } from '../suppression.js';
import { cellsOf, hitsOf, type RouteCells } from '../../routes/cells.js';
import { unseenSpans } from './doubts.js';
import { rememberWatch, type WatchFinding, type WatchInput, watchRoute } from '../../routes/overdue.js';
import { type RouteHit, seenMs } from '../../routes/seen.js';

/** Routes that are driven too seldom. */
export const ROUTE_PASSES: RuleKind<RoutePassRule> = {
  about: 'place',
  judge(state, { plan, rule, place, where }) {
    const inputs = watchInputs(state, where, plan, place.id, rule);
    const found = inputs.map(watchRoute);
    const last = found.at(-1);
    const topic = placeTopic(rule, place);
    const judgement = judgementOf(
      state,
      topic,
      found.flatMap(({ episodes }) => episodes),
      { outage: (one) => outageBehind(state, one) },
    );
    const cells = inputs.at(-1)?.cells;
    return {
      judgements: [judgement],
      nextMs: last?.nextMs ?? null,
      dueMs: null,
      route: last === undefined || cells === undefined ? null : progressOf(last, cells, state.nowMs, rule),
    };
  },
};

/** A line that a route has from one plan to another. */
interface Era extends WatchedRoute {
  readonly fromMs: number;
  readonly toMs: number;
}

function erasOf({ plans, planVersion }: RuleScope, placeId: string): Era[] {
  const eras: Era[] = [];
  for (const [i, version] of plans.entries()) {
    const route = version.routes.get(placeId);
    if (route === undefined || version.plan.version > planVersion) continue;
    const last = eras.at(-1);
    const fromMs = i === 0 ? 0 : version.fromMs;
    if (last !== undefined && last.line.id === route.line.id) eras[eras.length - 1] = { ...last, toMs: version.toMs };
    else eras.push({ ...route, fromMs, toMs: version.toMs });
  }
  return eras;
}

/** One for each line that the route has had, oldest first. */
function watchInputs(
  state: RuleScope,
  where: Whereabouts,
  plan: PlanInForce,
  placeId: string,
  rule: RoutePassRule,
): WatchInput[] {
  const limits = limitsOver(state, rule, placeSubject(placeId));
  const binds = bindingIntervals(state, rule.id, placeSubject(placeId));
  const remembered = state.routes.get(baseKey(rule.id, placeId)) ?? null;
  const unseen = once(() => unseenSpans(state, where, placeId).filter((span) => isOfKind(state, limits, span)));
  return erasOf(state, placeId).map(({ line, fromMs, toMs }, i) => {
    const cells = cellsOf(line.lengthM);
    const hits = hitsAlong(state, placeId, line.id, cells, limits);
    return {
      line: line.id,
      cells,
      nowMs: state.nowMs,
      sinceMs: state.finalToMs,
      remembered: i === 0 && remembered?.seen.line === line.id ? remembered : null,
      binds: intersect(binds, [fromMs, toMs]),
      limits,
      hits,
      doubts: once(() => [...unseen(), ...maybeSpans(hits)]),
      outages: state.outages,
      reportIntervalMs: plan.slowestIntervalMs,
    };
  });
}

/** What units that count have hit of a line since what is final. */
function hitsAlong(
  state: RuleScope,
  placeId: string,
  line: string,
  cells: RouteCells,
  limits: readonly LimitInForce<RoutePassRule>[],
): RouteHit[] {
  const hits: RouteHit[] = [];
  for (const { id } of unitsSoFar(state)) {
    const legs = legsOf(state.units.get(id)?.head?.drives ?? NO_DRIVES, placeId);
    if (legs.length === 0) continue;
    const duty = dutyIntervals(state, id);
    for (const leg of legs) {
      if (leg.line !== line) continue;
      for (const hit of hitsOf(cells, leg)) {
        const limit = limitAt(limits, hit.atMs);
        if (hit.atMs < state.finalToMs || limit === null || !contains(duty, hit.atMs)) continue;
        const planned = plannedAt(state, id, hit.atMs);
        if (planned === null || !limit.rule.unitKinds.includes(planned.kind)) continue;
        const runner = limit.rule.by === 'team' ? planned.group : id;
        hits.push({ ...hit, unit: id, runner, passWithinMs: limit.rule.passWithinMs });
      }
    }
  }
  return hits.sort(byTime);
}

function byTime(a: RouteHit, b: RouteHit): number {
  if (a.atMs !== b.atMs) return a.atMs - b.atMs;
  if (a.cell !== b.cell) return a.cell - b.cell;
  if (a.unit !== b.unit) return a.unit < b.unit ? -1 : 1;
  return a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : Number(a.isForward) - Number(b.isForward);
}

/** Instants at which a unit may have been on the route, by its positions. */
function maybeSpans(hits: readonly RouteHit[]): PresenceSpan[] {
  return hits.filter(({ kind }) => kind === 'maybe').map(({ unit, atMs }) => ({ unit, fromMs: atMs, toMs: atMs }));
}

/** Before what is older than `cutoffMs` is forgotten: keeps what was seen of routes, and what is late there. */
export function rememberRoutes(state: RuleScope, cutoffMs: number): void {
  state.routes = rememberByPlace(state, isRoutePass, ({ where, plan, placeId, rule }) => {
    const inputs = watchInputs(state, where, plan, placeId, rule);
    const eras = erasOf(state, placeId);
    const input = inputs.findLast((_, i) => (eras[i] as Era).fromMs < cutoffMs);
    return input === undefined ? null : rememberWatch(input, cutoffMs);
  });
}

const BY_SECOND = 1_000;

function progressOf(
  { ledger, dueMs }: WatchFinding,
  { lengthM }: RouteCells,
  nowMs: number,
  rule: RoutePassRule,
): RouteProgress {
  const running = ledger.furthest(nowMs, rule.passWithinMs);
  const { lastPass } = ledger;
  return {
    lengthM: Math.round(lengthM),
    segmentsSeenS: ledger.segments.map((one) => Math.floor(seenMs(one) / BY_SECOND)),
    dueMs,
    inferred: ledger.segments.flatMap((one, i) => (one.inferredMs > one.observedMs ? [i] : [])),
    pass: running === null ? null : { by: running.runner, coveredPercent: Math.floor(running.coveredPercent) },
    lastPass:
      lastPass === null
        ? null
        : {
            by: lastPass.runner,
            fromMs: lastPass.fromMs,
            toMs: lastPass.toMs,
            direction: lastPass.isForward ? 'forward' : 'backward',
            observedPercent: lastPass.observedPercent,
          },
  };
}

function isRoutePass(rule: PlanRule): rule is RoutePassRule {
  return rule.kind === 'route-pass';
}
