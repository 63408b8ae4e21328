import type { TraceHole, TraceRow } from '../model/trace.js';
import { type LocatedFix, type Stretch, stretchesOf } from './stretches.js';
import { type Chunks, CHUNK_CHARS, instantText, type Rows } from './table.js';
import { xmlText } from './xml-text.js';

export interface GpxHead {
  readonly name: string;
  /** Plain text for people. */
  readonly description: string;
  readonly madeAtMs: number;
}

const OPENING =
  '<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="1.1" creator="Beatwatch" xmlns="http://www.topografix.com/GPX/1/1"' +
  ' xmlns:bw="urn:beatwatch:gpx:1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"' +
  ' xsi:schemaLocation="http://www.topografix.com/GPX/1/1 http://www.topografix.com/GPX/1/1/gpx.xsd">\n';

/**
 * GPX 1.1: a track a unit, a segment a stretch without a hole. A hole ends its segment, whose extensions then say `bw:hole` with its ends. A point
 * has its time, altitude, satellites and HDOP, and as extensions the tracker, speed (m/s), course (degrees) and accuracy (metres).
 */
export async function* writeGpx(rows: Rows<TraceRow>, { name, description, madeAtMs }: GpxHead): Chunks {
  let text =
    `${OPENING}<metadata><name>${xmlText(name)}</name><desc>${xmlText(description)}</desc>` +
    `<time>${instantText(madeAtMs)}</time></metadata>\n`;
  let unit: string | null = null;
  for await (const item of stretchesOf(rows)) {
    if (item.unit !== unit) text += `${unit === null ? '' : '</trk>\n'}<trk><name>${xmlText(item.unit)}</name>\n`;
    unit = item.unit;
    text += item.type === 'hole' ? holeSegment(item) : segment(item);
    if (text.length < CHUNK_CHARS) continue;
    yield text;
    text = '';
  }
  yield `${text}${unit === null ? '' : '</trk>\n'}</gpx>\n`;
}

function segment({ fixes }: Stretch): string {
  return `<trkseg>\n${fixes.map(point).join('')}</trkseg>\n`;
}

/** A segment without points: nothing is known of it. */
function holeSegment({ fromMs, toMs }: TraceHole): string {
  return `<trkseg><extensions><bw:hole from="${instantText(fromMs)}" to="${instantText(toMs)}"/></extensions></trkseg>\n`;
}

function point(fix: LocatedFix): string {
  return (
    `<trkpt lat="${fix.lat}" lon="${fix.lng}">${element('ele', fix.altitudeM)}<time>${instantText(fix.eventTimeMs)}</time>` +
    `${element('sat', fix.satellites)}${element('hdop', fix.hdop)}<extensions><bw:tracker>${xmlText(fix.tracker)}</bw:tracker>` +
    `${element('bw:speed', fix.speedMps)}${element('bw:course', fix.courseDeg)}${element('bw:accuracy', fix.sigmaM)}</extensions></trkpt>\n`
  );
}

/** Nothing for what was not said. */
function element(name: string, value: number | null): string {
  return value === null ? '' : `<${name}>${value}</${name}>`;
}
