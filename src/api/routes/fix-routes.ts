import { Type } from '@fastify/type-provider-typebox';
import { formatLogId } from '../../model/log-id.js';
import { noteRead } from '../access-record.js';
import { type ApiServer, answers, DistrictParams, PurposeHeaders } from '../api-server.js';
import { districtOf } from '../context.js';
import type { ApiDeps } from '../deps.js';
import { fixAnswer, FixSchema } from '../fix-answer.js';
import { fixChoice, fixPage, FixQuery } from '../fix-query.js';
import { DEFAULT_PAGE } from '../limits.js';
import { readDistrict } from '../read-state.js';
import { Id } from '../schemas.js';
import { unitUnknown } from '../unknown.js';

const FixPageSchema = Type.Object({
  items: Type.Array(FixSchema),
  next: Type.Union([
    Type.String({ description: 'Give it as `after` for the next page; null at the end.' }),
    Type.Null(),
  ]),
  fromMs: Type.Integer({ description: 'Event times that were asked for: from here on,' }),
  toMs: Type.Integer({ description: 'and before this.' }),
  log: Type.Object(
    {
      fromMs: Type.Integer(),
      toMs: Type.Integer({ description: 'Where the log ends, if that is before the end that was asked for.' }),
      missing: Type.Array(
        Type.Object({
          what: Type.Enum(['log', 'plan'], {
            description:
              '`log`: entries of these log times are not in the log any more. `plan`: nobody knows whose a tracker was at these event times.',
          }),
          fromMs: Type.Integer(),
          toMs: Type.Integer(),
        }),
      ),
      skipped: Type.Array(Type.String(), {
        description:
          'Entries that the engine could not fold and passed over: nothing was decided about what they hold.',
      }),
    },
    { description: 'Log times that were looked through, and what could not be.' },
  ),
});

/** What became of each fix, and why. */
export function registerFixRoutes(app: ApiServer, deps: ApiDeps): void {
  app.get(
    '/v1/districts/:district/units/:unit/fixes',
    {
      schema: {
        tags: ['record'],
        summary: 'Every copy of every fix of a unit, what the engine decided about it, and why.',
        description:
          "By event time, then log entry. Computed from the log by the engine's own code. A fix is the unit's when its tracker was by the plan in force at its event time. Of a refused fix only its code is kept: it stands at its log time.",
        params: Type.Object({ ...DistrictParams.properties, unit: Id }),
        headers: PurposeHeaders,
        querystring: FixQuery,
        response: answers({ 200: FixPageSchema }, 'read', ['unit-unknown', 'search-too-large', 'too-many-searches']),
      },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const { unit } = request.params;
      const { fromMs, toMs, search, after } = fixChoice(unit, request.query, district.clock.nowMs());
      const found = await readDistrict(district, () => district.searchFixes(search));
      const { items, next } = fixPage(found.decisions, after, request.query.limit ?? DEFAULT_PAGE);
      noteRead(request, district, items.length);
      const isKnown = district.plan()?.units.some(({ id }) => id === unit) ?? true;
      if (items.length === 0 && after === null && !isKnown) throw unitUnknown(district, unit);
      return {
        items: items.map((decision) => fixAnswer(decision, unit)),
        next,
        fromMs,
        toMs,
        log: {
          fromMs: found.loggedFromMs,
          toMs: found.loggedToMs,
          missing: found.missing,
          skipped: found.skipped.map(formatLogId),
        },
      };
    },
  );
}
