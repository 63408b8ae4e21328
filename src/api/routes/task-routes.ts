import { Type } from '@fastify/type-provider-typebox';
import { TASK_KINDS } from '../../model/log-entry.js';
import { ID_PATTERN } from '../../model/roles.js';
import { noteRead, noteShown } from '../access-record.js';
import {
  type ApiServer,
  answers,
  BODY_CODES,
  DistrictParams,
  NoQuery,
  PurposeHeaders,
  PurposeQuery,
} from '../api-server.js';
import { unjudgedAnswer } from '../append-act.js';
import { districtOf, identityOf } from '../context.js';
import type { ApiDeps } from '../deps.js';
import { bodyInstant, type Instantaneous, InstantValue } from '../instants.js';
import { MAX_COMMENT_CHARS, MAX_TASK_IDS } from '../limits.js';
import { newId } from '../new-id.js';
import { readState } from '../read-state.js';
import { Id, ID_WORDS, Said, staleField, StalenessSchema, TaskSchema } from '../schemas.js';
import { closeTask, openTask, type TaskWish, taskAnswer } from '../task-orders.js';

const Ids = (description: string) => Type.Optional(Type.Array(Id, { maxItems: MAX_TASK_IDS, description }));

const TaskBody = Type.Object(
  {
    taskId: Type.Optional(
      Type.String({
        pattern: ID_PATTERN,
        'x-expected': ID_WORDS,
        description: "The caller's own id of this task, for safe repeats; made by the server when left out.",
      }),
    ),
    task: Type.Enum([...TASK_KINDS], {
      description:
        '`escort`, `incident`: the dwell alerts of its units are suppressed. `maintenance`: all alerts about its units, and about its places. `out-of-service`: its units are in no verdict while it lasts.',
    }),
    units: Ids('Those that it is about.'),
    places: Ids('Of maintenance only.'),
    from: Type.Optional(InstantValue('Now when left out.')),
    to: Type.Optional(InstantValue('Open until it is closed when left out.')),
    reason: Said(MAX_COMMENT_CHARS),
  },
  { additionalProperties: false },
);

const taskAnswered = (description: string) => Type.Object({ task: TaskSchema }, { description });
const taskAndEntry = {
  202: Type.Object(
    { taskId: Id, logId: Type.String(), stale: StalenessSchema },
    { description: 'The task is in the log, and no engine has judged by it yet.' },
  ),
};

/** Tasks: what supervisors say beforehand, or afterwards, that explains an alert. Entries of the log; the engine judges by them. */
export function registerTaskRoutes(app: ApiServer, deps: ApiDeps): void {
  app.get(
    '/v1/districts/:district/tasks',
    {
      schema: {
        tags: ['tasks'],
        summary: 'Tasks that are open or planned, or ended but may still explain an alert.',
        params: DistrictParams,
        querystring: PurposeQuery,
        headers: PurposeHeaders,
        response: answers({ 200: Type.Object({ items: Type.Array(TaskSchema), ...staleField }) }, 'read'),
      },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const tasks = await readState(district, (hot) => hot.readTasks());
      noteRead(request, district, tasks.length);
      const nowMs = district.clock.nowMs();
      return { items: tasks.map((task) => taskAnswer(task, nowMs)), stale: district.staleness() };
    },
  );

  app.post(
    '/v1/districts/:district/tasks',
    {
      schema: {
        tags: ['tasks'],
        summary: 'Opens a task. Alerts that the task explains are still recorded, as suppressed.',
        description:
          'The answer waits for the engine. 200: that task is there already. 202: it is in the log but no engine has judged by it yet, `stale` says why; the same taskId asks again.',
        params: DistrictParams,
        querystring: NoQuery,
        body: TaskBody,
        response: answers(
          {
            200: taskAnswered('The task, which was there already.'),
            201: taskAnswered('The new task.'),
            ...taskAndEntry,
          },
          'read',
          [
            'plan-missing',
            'unit-unknown',
            'place-unknown',
            'task-id-used',
            'too-many-tasks',
            'log-unavailable',
            ...BODY_CODES,
          ],
        ),
      },
    },
    async (request, reply) => {
      const district = districtOf(deps, request);
      const { taskId = newId(), task, units = [], places = [], from, to, reason } = request.body;
      const wish: TaskWish = {
        taskId,
        actor: identityOf(request).subject,
        task,
        units: sortedIds(units),
        places: sortedIds(places),
        fromMs: instantOrNull('from', from),
        toMs: instantOrNull('to', to),
        reason,
      };
      const outcome = await noteShown(request, district, { taskId }, () => openTask(district, wish));
      if ('logId' in outcome) return reply.status(202).send({ taskId, ...unjudgedAnswer(outcome) });
      const answer = { task: taskAnswer(outcome.task, district.clock.nowMs()) };
      return reply.status(outcome.created ? 201 : 200).send(answer);
    },
  );

  app.post(
    '/v1/districts/:district/tasks/:taskId/close',
    {
      schema: {
        tags: ['tasks'],
        summary: 'Ends a task, now or at an instant before its end.',
        description:
          'A task that has ended stays as it is. A task that has not begun ends where it would begin: it explains nothing.',
        params: Type.Object({ ...DistrictParams.properties, taskId: Id }),
        querystring: NoQuery,
        body: Type.Object({ to: Type.Optional(InstantValue('Now when left out.')) }, { additionalProperties: false }),
        response: answers({ 200: taskAnswered('The task with its end.'), ...taskAndEntry }, 'read', [
          'task-unknown',
          'task-closed',
          'log-unavailable',
          ...BODY_CODES,
        ]),
      },
    },
    async (request, reply) => {
      const district = districtOf(deps, request);
      const { taskId } = request.params;
      const toMs = instantOrNull('to', request.body.to);
      const close = { taskId, actor: identityOf(request).subject, toMs };
      const outcome = await noteShown(request, district, { taskId }, () => closeTask(district, close));
      if ('logId' in outcome) return reply.status(202).send({ taskId, ...unjudgedAnswer(outcome) });
      return { task: taskAnswer(outcome.task, district.clock.nowMs()) };
    },
  );
}

function sortedIds(ids: readonly string[]): string[] {
  return [...new Set(ids)].sort();
}

function instantOrNull(name: string, value: Instantaneous | undefined): number | null {
  return value === undefined ? null : bodyInstant(name, value);
}
