import { Type } from '@fastify/type-provider-typebox';
import { MAX_ALERT_VERSIONS } from '../../hot/hot-store.js';
import { type AlertVersion, alertEndMs } from '../../model/alert.js';
import type { MissingNumbers } from '../../model/losses.js';
import { noteRead } from '../access-record.js';
import { alertAnswer, settledAlertAnswer } from '../alert-answer.js';
import { type ApiServer, answers, DistrictParams, PurposeHeaders, PurposeQuery } from '../api-server.js';
import { districtOf } from '../context.js';
import type { ApiDeps, ApiDistrict } from '../deps.js';
import { MAX_PARAMETER_CHARS } from '../limits.js';
import { type PageChoice, pageChoice, pageQuery, touches } from '../page-query.js';
import { readState } from '../read-state.js';
import { SEVERITIES } from '../../model/plan.js';
import { AlertSchema, Id, missingField, pageOf, RULES, staleField } from '../schemas.js';
import { Superseded } from '../superseded.js';
import { alertUnknown, refuseUnknown } from '../unknown.js';
import { type Page, pageOfList, versionPage } from '../version-page.js';

export const AlertParams = Type.Object({
  ...DistrictParams.properties,
  alertId: Type.String({ minLength: 1, maxLength: MAX_PARAMETER_CHARS }),
});

const AlertQuery = Type.Object(
  {
    ...pageQuery,
    state: Type.Optional(
      Type.Enum(['open', 'all'], { description: '`open` when left out: active or not acknowledged.' }),
    ),
    rule: Type.Optional(Type.Enum([...RULES])),
    place: Type.Optional(Id),
    unit: Type.Optional(Id),
    severity: Type.Optional(Type.Enum([...SEVERITIES])),
  },
  { additionalProperties: false },
);

/** Alerts, and one alert with its history. */
export function registerAlertRoutes(app: ApiServer, deps: ApiDeps): void {
  const superseded = new Map([...deps.districts.values()].map((district) => [district.id, supersededAlerts(district)]));

  app.get(
    '/v1/districts/:district/alerts',
    {
      schema: {
        tags: ['alerts'],
        summary:
          'The latest version of each alert, in the order of the versions. A refused action is in the history of its alert alone.',
        params: DistrictParams,
        headers: PurposeHeaders,
        querystring: AlertQuery,
        response: answers({ 200: pageOf(AlertSchema) }, 'read', ['page-gone', 'unit-unknown', 'place-unknown']),
      },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const { state = 'open', rule, place, unit, severity } = request.query;
      const choice = pageChoice(request.query);
      const passes = (alert: AlertVersion) =>
        (rule === undefined || alert.rule === rule) &&
        (place === undefined || alert.place === place) &&
        (unit === undefined || alert.unit === unit) &&
        (severity === undefined || alert.severity === severity) &&
        touches(choice.period, alert.fromMs, alertEndMs(alert));
      const page =
        state === 'open'
          ? pageOfList(await readState(district, (hot) => hot.readOpenAlerts()), { ...choice, passes })
          : await pageOfAll(district, superseded.get(district.id) ?? null, { ...choice, passes });
      const days = await readState(district, () => district.days.list());
      noteRead(request, district, page.items.length);
      refuseUnknown(district, { place, unit }, page, choice.after);
      return {
        items: page.items.map((version) => settledAlertAnswer(version, district, days)),
        next: page.next,
        missing: page.missing,
        stale: district.staleness(),
      };
    },
  );

  app.get(
    '/v1/districts/:district/alerts/:alertId',
    {
      schema: {
        tags: ['alerts'],
        summary: 'All versions of one alert, oldest first.',
        params: AlertParams,
        headers: PurposeHeaders,
        querystring: PurposeQuery,
        response: answers(
          {
            200: Type.Object({
              alertId: Type.String(),
              versions: Type.Array(AlertSchema),
              ...missingField,
              ...staleField,
            }),
          },
          'read',
          ['alert-unknown'],
        ),
      },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const { alertId } = request.params;
      const versions = await readState(district, () => district.versions.readAlertVersions(alertId));
      const days = await readState(district, () => district.days.list());
      noteRead(request, district, versions.length);
      if (versions.length === 0) throw alertUnknown(district, alertId);
      return {
        alertId,
        versions: versions.map((version, i) =>
          i === versions.length - 1 ? settledAlertAnswer(version, district, days) : alertAnswer(version, district),
        ),
        missing: missingBefore(versions),
        stale: district.staleness(),
      };
    },
  );
}

/** The chain of versions breaks off where one is not there: those before it cannot be found from here. */
function missingBefore(versions: readonly AlertVersion[]): readonly MissingNumbers[] {
  const lacking = versions.length < MAX_ALERT_VERSIONS ? (versions[0]?.previous ?? null) : null;
  return lacking === null ? [] : [{ from: lacking, to: lacking }];
}

function pageOfAll(
  district: ApiDistrict,
  superseded: Superseded | null,
  { after, limit, passes }: PageChoice & { readonly passes: (alert: AlertVersion) => boolean },
): Promise<Page<AlertVersion>> {
  const read = (o: { readonly after: number; readonly count: number }) => district.versions.readAlerts(o);
  return readState(district, () => versionPage<AlertVersion>({ read, superseded, after, limit, passes }));
}

function supersededAlerts({ versions }: ApiDistrict): Superseded {
  return new Superseded((o) => versions.readAlertLinks(o));
}
