import { unreachable } from '../../model/errors.js';
import type { AlertAnswer } from '../../protocol/alert-states.js';
import type { LiveMessage, SnapshotMessage, StateChange } from '../../protocol/live-socket.js';
import { isOpen } from '../alerts/order.js';
import type { ConsoleEvent } from './events.js';
import type { ConsoleState } from './state.js';
import { longerTrails } from './trails.js';

/** Alerts that closed are kept so long as there are no more than this: the list of the day is the server's. */
const MAX_CLOSED = 200;

/** The state after an event. Pure: a test, and the time machine, run it without a browser. */
export function reduce(state: ConsoleState, event: ConsoleEvent): ConsoleState {
  switch (event.is) {
    case 'message':
      return hear(state, event.message);
    case 'linked':
      return { ...state, link: { is: 'live' } };
    case 'unlinked':
      // What is shown is of the first break: tries that fail after it make it no younger.
      return state.link.is === 'away'
        ? { ...state, link: { ...state.link, why: event.why } }
        : { ...state, link: { is: 'away', sinceMs: event.atMs, why: event.why } };
    case 'ended':
      return { ...state, link: { is: 'ended', why: event.why } };
    case 'plan':
      return { ...state, plan: event.plan };
    case 'clock': {
      // The server read its clock between question and answer.
      const ownMs = (event.askedMs + event.answeredMs) / 2;
      return { ...state, clockOffsetMs: Math.round(event.serverMs - ownMs) };
    }
    default:
      return unreachable(event);
  }
}

function hear(state: ConsoleState, message: LiveMessage): ConsoleState {
  switch (message.type) {
    case 'snapshot':
      return takeSnapshot(state, message);
    case 'alert':
      return takeAlert(state, message);
    case 'positions':
      return {
        ...state,
        positions: changed(state.positions, message.positions, ({ unit }) => unit, message),
        trails: longerTrails(state.trails, message.positions),
      };
    case 'units':
      return { ...state, units: changed(state.units, message.units, ({ unit }) => unit, message) };
    case 'coverage':
      return { ...state, coverage: changed(state.coverage, message.coverage, ({ place }) => place, message) };
    case 'tasks':
      return { ...state, tasks: changed(state.tasks, message.tasks, ({ taskId }) => taskId, message) };
    case 'stale':
      return { ...state, stale: message.stale };
    case 'missing':
      return { ...state, lost: [...state.lost, { from: message.from, to: message.to }] };
    case 'resync':
      return { ...state, ...lostBefore(state, message.first), open: new Map(), lastTransition: message.last };
    // The server closes the link after it, which is what people see.
    case 'error':
      return state;
    default:
      return unreachable(message);
  }
}

/** Transitions between the last that was told and the first that the server still has. */
function lostBefore({ lastTransition, lost }: ConsoleState, first: number): Pick<ConsoleState, 'lost'> {
  const from = (lastTransition ?? 0) + 1;
  return { lost: from < first ? [...lost, { from, to: first - 1 }] : lost };
}

function takeSnapshot(state: ConsoleState, snapshot: SnapshotMessage): ConsoleState {
  const { openAlerts, lastAlert } = snapshot;
  return {
    ...state,
    positions: byId(snapshot.positions, ({ unit }) => unit),
    trails: longerTrails(state.trails, snapshot.positions),
    units: byId(snapshot.units, ({ unit }) => unit),
    coverage: byId(snapshot.coverage, ({ place }) => place),
    tasks: byId(snapshot.tasks, ({ taskId }) => taskId),
    // Null after a resume: the transitions before it have said what changed.
    open: openAlerts === null ? state.open : byId(openAlerts.filter(isOpen), ({ alertId }) => alertId),
    lastTransition: Math.max(state.lastTransition ?? 0, lastAlert),
  };
}

/** Each transition counts once, whatever link it comes on. */
function takeAlert(state: ConsoleState, message: AlertAnswer & { readonly type: 'alert' }): ConsoleState {
  const { type: _, ...alert } = message;
  if (state.lastTransition !== null && alert.transition <= state.lastTransition) return state;
  const open = new Map(state.open);
  if (isOpen(alert)) open.set(alert.alertId, alert);
  else open.delete(alert.alertId);
  const others = state.closed.filter(({ alertId }) => alertId !== alert.alertId);
  const closed = isOpen(alert) ? others : [alert, ...others].slice(0, MAX_CLOSED);
  return { ...state, open, closed, lastTransition: alert.transition };
}

function byId<Item>(items: readonly Item[], idOf: (item: Item) => string): ReadonlyMap<string, Item> {
  return new Map(items.map((item) => [idOf(item), item]));
}

function changed<Item>(
  known: ReadonlyMap<string, Item>,
  items: readonly Item[],
  idOf: (item: Item) => string,
  { removed = [], complete }: StateChange,
): ReadonlyMap<string, Item> {
  if (complete === true) return byId(items, idOf);
  const next = new Map(known);
  for (const item of items) next.set(idOf(item), item);
  for (const id of removed) next.delete(id);
  return next;
}
