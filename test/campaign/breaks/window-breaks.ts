import type { TestedBreak } from './tested-breaks.js';

const ALERTS = 'engine/alerts/alerts.js';
const ATTENDANCE = 'engine/attendance/attendance.js';
const FINDINGS = 'engine/attendance/findings.js';
const WINDOW = 'engine/attendance/window.js';
const RULE_CASES_TEST = 'test/engine/rule-cases.test.ts';
const WINDOW_TEST = 'test/engine/checkpoint-window.test.ts';
const SEARCH = 'late, missed, absent and left early are what a search instant by instant finds';

/** What verdicts about windows of checkpoints must be true of. */
export const WINDOW_BREAKS = {
  'window-doubt-left-out': {
    what: 'who may have been at a checkpoint makes nothing unsure of its window',
    patches: [{ module: WINDOW, find: '...window.hiding(), ', replace: '' }],
    seenBy: WINDOW_TEST,
    title: SEARCH,
  },
  'window-handover': {
    what: 'a handover is an absence',
    patches: [{ module: ATTENDANCE, find: 'startMs - sinceMs > handoverMs(startMs)', replace: 'startMs > sinceMs' }],
    seenBy: WINDOW_TEST,
    title: SEARCH,
  },
  'window-forgotten': {
    what: 'a window begins anew when its past is forgotten',
    patches: [{ module: WINDOW, find: 'remembered?.opensMs === opensMs ? remembered : null', replace: 'null' }],
    seenBy: WINDOW_TEST,
    title: 'what is forgotten of a window changes nothing that comes after',
  },
  'window-joined': {
    what: 'windows that lie close together share an alert',
    patches: [{ module: ALERTS, find: 'before?.opensMs === window?.opensMs', replace: 'true' }],
    seenBy: RULE_CASES_TEST,
    title: 'the case checkpoint-window-two-windows.json: windows that lie close together have an alert each',
  },
  'window-edges': {
    what: 'a unit came with its first fix inside, and not before',
    patches: [
      {
        module: 'engine/rules/place-input.js',
        find: ', ...(withEdges ? edgesOf(state, covered, placeId) : [])',
        replace: '',
      },
    ],
    seenBy: RULE_CASES_TEST,
    title:
      'the case checkpoint-window-slow-reports.json: who may have come between two reports, before it was late, may have been in time',
  },
  'window-reports-awaited': {
    what: 'the fixes of who came in time are not awaited',
    patches: [{ module: WINDOW, find: 'REPORTS_AWAITED = 2', replace: 'REPORTS_AWAITED = 0' }],
    seenBy: RULE_CASES_TEST,
    title:
      'the case checkpoint-window-in-time.json: who comes within the grace, and stays till the end, is told of nothing',
  },
  'window-drive-through': {
    what: 'a unit that drives through has come',
    patches: [{ module: WINDOW, find: 'span.toMs - span.fromMs >= input.countsAfterMs(span)', replace: 'true' }],
    seenBy: RULE_CASES_TEST,
    title: 'the case checkpoint-window-drive-through.json: a unit that drives through has not come',
  },
  'window-excuse-forgotten': {
    what: 'a task that is forgotten no longer excuses who was called away',
    patches: [{ module: WINDOW, find: '(isLast && before.isExcused) || ', replace: '' }],
    seenBy: WINDOW_TEST,
    title: 'what is forgotten of a window changes nothing that comes after',
  },
  'window-excuse-unheard': {
    what: 'a task that is written down later is not looked at',
    patches: [
      {
        module: 'engine/apply-entry.js',
        find: 'lookAtWindowsAgain(state, [...before, ...task.units]);',
        replace: '',
      },
    ],
    seenBy: RULE_CASES_TEST,
    title:
      'the case checkpoint-window-late-excuse.json: a task that is written down later excuses, and one that is taken back no longer does',
  },
  'window-excuse-for-ever': {
    what: 'an absence that goes on stays excused',
    patches: [{ module: FINDINGS, find: ', excusedUntilMs(window, absence)', replace: ', null' }],
    seenBy: RULE_CASES_TEST,
    title:
      'the case checkpoint-window-partly-excused.json: an absence is excused until the times without a task alone are too long',
  },
} satisfies Readonly<Record<string, TestedBreak>>;
