import type { AlertVersion } from '../model/alert.js';
import type { AreaPresence, TraceRow } from '../model/trace.js';
import type { VisitVersion } from '../model/visit.js';
import type { RecordKind } from './formats.js';
import type { Cell, CellType, Column, Rows, Table } from './table.js';

/** The rows of each kind. */
export interface RowsOfKind {
  readonly traces: TraceRow;
  readonly presence: AreaPresence;
  readonly visits: VisitVersion;
  readonly alerts: AlertVersion;
}

/** A column and what a row has in it. */
export interface RecordColumn<Row> extends Column {
  readonly of: (row: Row) => Cell;
}

type Columns<Row> = readonly RecordColumn<Row>[];

const column = <Row>(name: string, type: CellType, is: string, of: (row: Row) => Cell): RecordColumn<Row> => ({
  name,
  type,
  is,
  of,
});

/** A column of fixes with the name of their field; holes have no value in it. */
function fixColumn(name: keyof Extract<TraceRow, { type: 'fix' }>, type: CellType, is: string): RecordColumn<TraceRow> {
  return column(name, type, is, (row) => (row.type === 'fix' ? row[name] : null));
}

const TRACES: Columns<TraceRow> = [
  column('type', 'text', '`fix` or `hole`', ({ type }) => type),
  column('unit', 'text', 'whose it is', ({ unit }) => unit),
  column('time', 'instant', 'when the fix was measured; where the hole begins', (row) =>
    row.type === 'fix' ? row.eventTimeMs : row.fromMs,
  ),
  column('until', 'instant', 'where the hole ends', (row) => (row.type === 'hole' ? row.toMs : null)),
  fixColumn('tracker', 'text', 'which tracker measured it'),
  fixColumn('lng', 'number', 'longitude, degrees, WGS-84'),
  fixColumn('lat', 'number', 'latitude, degrees, WGS-84'),
  fixColumn('sigmaM', 'number', 'the accuracy that the engine uses, metres; none: the position is not usable'),
  fixColumn('quality', 'text', '`precise`, `vague`, or why it does not say where the unit was'),
  fixColumn('conflict', 'boolean', 'there is another fix of the same instant that says something else'),
  fixColumn('altitudeM', 'number', 'altitude, metres'),
  fixColumn('speedMps', 'number', 'speed, metres a second'),
  fixColumn('courseDeg', 'number', 'course clockwise from north, degrees'),
  fixColumn('located', 'boolean', 'the receiver says that the position is a live fix'),
  fixColumn('satellites', 'integer', 'satellites used'),
  fixColumn('beidouSatellites', 'integer', 'BeiDou satellites used'),
  fixColumn('hdop', 'number', 'HDOP'),
  fixColumn('accuracyM', 'number', 'accuracy as the receiver says it, metres, 68 %'),
  fixColumn('power', 'boolean', 'false: main power was cut'),
  fixColumn('batteryPercent', 'integer', 'charge of the tracker’s battery'),
  fixColumn('ignition', 'boolean', 'ignition was on'),
  fixColumn('lightbar', 'boolean', 'lightbar was on'),
  fixColumn('sos', 'boolean', 'a call for help'),
  fixColumn('backfill', 'boolean', 'the tracker stored it while it had no link'),
  fixColumn('logId', 'text', 'log entry of its first copy'),
];

const PRESENCE: Columns<AreaPresence> = [
  column('unit', 'text', 'who it is', ({ unit }) => unit),
  column('certainty', 'text', '`inside`, `possible` or `unknown`', ({ certainty }) => certainty),
  column('cause', 'text', 'what it follows from: `fix`, `near`, `way` or `hole`', ({ cause }) => cause),
  column('from', 'instant', 'where the stretch begins', ({ fromMs }) => fromMs),
  column('to', 'instant', 'where it ends', ({ toMs }) => toMs),
  column('fixes', 'integer', 'fixes in it', ({ fixes }) => fixes),
  column('holeFrom', 'instant', 'where the hole that it is a part of begins', ({ hole }) => hole?.fromMs ?? null),
  column('holeTo', 'instant', 'where that hole ends', ({ hole }) => hole?.toMs ?? null),
];

const VISITS: Columns<VisitVersion> = [
  column('visitId', 'text', 'the visit; its versions share it', ({ visitId }) => visitId),
  column('version', 'integer', '1, 2, 3 … of this visit', ({ version }) => version),
  column('transition', 'integer', 'number over the whole district', ({ transition }) => transition),
  column('kind', 'text', '`visit`, or `cross`: it passed through', ({ kind }) => kind),
  column('place', 'text', 'where', ({ place }) => place),
  column('unit', 'text', 'who', ({ unit }) => unit),
  column('state', 'text', '`open`, `closed` or `retracted`', ({ state }) => state),
  column('innerFrom', 'instant', 'first fix inside', ({ innerFromMs }) => innerFromMs),
  column('innerTo', 'instant', 'last fix inside; none: the visit is open', ({ innerToMs }) => innerToMs),
  column(
    'outerFrom',
    'instant',
    'last fix surely outside before it, or before a hole',
    ({ outerFromMs }) => outerFromMs,
  ),
  column('outerTo', 'instant', 'first fix surely outside after it, or after a hole', ({ outerToMs }) => outerToMs),
  column('fromHole', 'boolean', 'nobody saw the unit come: a hole is before', ({ fromHole }) => fromHole),
  column('toHole', 'boolean', 'nobody saw the unit go: a hole is after', ({ toHole }) => toHole),
  column('at', 'instant', 'when this version came about', ({ atMs }) => atMs),
  column('logId', 'text', 'the log entry that brought it about', ({ logId }) => logId),
  column('mergedInto', 'text', 'the visit that stands in its place', ({ mergedInto }) => mergedInto),
];

const ALERTS: Columns<AlertVersion> = [
  column('alertId', 'text', 'the alert; its versions share it', ({ alertId }) => alertId),
  column('version', 'integer', '1, 2, 3 … of this alert', ({ version }) => version),
  column('transition', 'integer', 'number over the whole district', ({ transition }) => transition),
  column('rule', 'text', 'kind of rule', ({ rule }) => rule),
  column('ruleId', 'text', 'the rule of the plan', ({ ruleId }) => ruleId),
  column('place', 'text', 'the place that it is about', ({ place }) => place),
  column('unit', 'text', 'the unit that it is about', ({ unit }) => unit),
  column('severity', 'text', 'how severe', ({ severity }) => severity),
  column('change', 'text', 'what this version changed', ({ change }) => change),
  column('condition', 'text', '`active`, `cleared` or `retracted`', ({ condition }) => condition),
  column('acknowledged', 'boolean', 'a supervisor has seen it', ({ acknowledged }) => acknowledged),
  column('finality', 'text', 'whether late fixes can change it', ({ finality }) => finality),
  column('certainty', 'text', '`uncovered`, `unknown` or `certain`', ({ certainty }) => certainty),
  column('from', 'instant', 'start of the first episode', ({ fromMs }) => fromMs),
  column('to', 'instant', 'end of the last one; none: it goes on', ({ toMs }) => toMs),
  column('occurrence', 'integer', 'how many episodes', ({ occurrence }) => occurrence),
  column('shelvedUntil', 'instant', 'hidden by a person until then', ({ shelvedUntilMs }) => shelvedUntilMs),
  column('suppressedBy', 'text', 'why nobody need act on it', ({ suppressedBy }) => suppressedBy),
  column('chattering', 'boolean', 'it came and went too often', ({ chattering }) => chattering),
  column('cause', 'text', 'what brought this version about', ({ cause }) => cause),
  column('at', 'instant', 'when this version came about', ({ atMs }) => atMs),
  column('logId', 'text', 'the log entry that brought it about', ({ logId }) => logId),
  column('mergedInto', 'text', 'the alert that stands in its place', ({ mergedInto }) => mergedInto),
  column('subject', 'json', 'what it is about', ({ subject }) => subject),
  column('episodes', 'json', 'its episodes', ({ episodes }) => episodes),
  column('evidence', 'json', 'what it follows from', ({ evidence }) => evidence),
];

type ColumnsByKind = { readonly [Kind in RecordKind]: Columns<RowsOfKind[Kind]> };

/** The columns of the exported rows, in formats that have columns. */
export const RECORD_COLUMNS: ColumnsByKind = { traces: TRACES, presence: PRESENCE, visits: VISITS, alerts: ALERTS };

/** Rows of the record as a table. */
export function recordTable<Kind extends RecordKind>(kind: Kind, rows: Rows<RowsOfKind[Kind]>): Table {
  const columns: Columns<RowsOfKind[Kind]> = RECORD_COLUMNS[kind];
  return { columns, rows: cellsOf(columns, rows) };
}

async function* cellsOf<Row>(columns: Columns<Row>, rows: Rows<Row>): AsyncGenerator<readonly Cell[]> {
  for await (const row of rows) yield columns.map(({ of }) => of(row));
}
