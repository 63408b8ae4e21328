import type { PositionE7 } from '../model/position.js';
import type { Ruler } from './ruler.js';

/** A line of one or several parts, by metres along it: where a part ends the next one goes on counting. */
export interface LineReference {
  /** Two lines with the same vertices have the same id. */
  readonly id: string;
  readonly lengthM: number;
  readonly ruler: Ruler;
  readonly pieces: readonly LinePiece[];
}

/** A straight piece of a line, longer than nothing. */
interface LinePiece {
  readonly ax: number;
  readonly ay: number;
  /** From its start to its end, metres. */
  readonly eastM: number;
  readonly northM: number;
  readonly lengthM: number;
  /** Metres along the line at its start. */
  readonly fromM: number;
  /** It begins where the piece before it ends. */
  readonly goesOn: boolean;
}

/** A spot of the line that is nearer to a position than the spots around it. */
export interface LineSpot {
  /** Metres along the line, whole. */
  readonly alongM: number;
  /** Metres from the position. */
  readonly awayM: number;
  /** The way that the line takes there, as a vector one metre long. */
  readonly east: number;
  readonly north: number;
}

/** @param lines flat `[lngE7, latE7, …]` each */
export function referenceLine(ruler: Ruler, lines: readonly (readonly number[])[]): LineReference {
  const pieces: LinePiece[] = [];
  let fromM = 0;
  for (const line of lines) {
    let goesOn = false;
    for (let i = 2; i < line.length; i += 2) {
      const [ax, ay] = [line[i - 2] as number, line[i - 1] as number];
      const eastM = ((line[i] as number) - ax) * ruler.metresPerLngE7;
      const northM = ((line[i + 1] as number) - ay) * ruler.metresPerLatE7;
      const lengthM = Math.sqrt(eastM * eastM + northM * northM);
      if (lengthM === 0) continue;
      pieces.push({ ax, ay, eastM, northM, lengthM, fromM, goesOn });
      goesOn = true;
      fromM += lengthM;
    }
  }
  return { id: idOf(lines), lengthM: fromM, ruler, pieces };
}

/** FNV-1a over the vertices, as eight hexadecimal digits, after the number of vertices. */
function idOf(lines: readonly (readonly number[])[]): string {
  let hash = 0x811c9dc5;
  for (const line of lines) for (const one of [line.length, ...line]) hash = Math.imul(hash ^ one, 0x01000193);
  const vertices = lines.reduce((sum, line) => sum + line.length / 2, 0);
  return `${vertices}-${(hash >>> 0).toString(16).padStart(8, '0')}`;
}

/**
 * Where a position may be on the line: of each stretch of the line that is within `withinM` of it the nearest spot, in the order of the
 * line. A line that crosses itself, or comes back the way it went, has several.
 */
export function spotsOn({ ruler, pieces }: LineReference, position: PositionE7, withinM: number): readonly LineSpot[] {
  const spots: LineSpot[] = [];
  const most2 = withinM * withinM;
  let isSameStretch = false;
  for (const piece of pieces) {
    const eastM = (position.lngE7 - piece.ax) * ruler.metresPerLngE7;
    const northM = (position.latE7 - piece.ay) * ruler.metresPerLatE7;
    const startsWithin = eastM * eastM + northM * northM <= most2;
    if (!piece.goesOn || !startsWithin) isSameStretch = false;
    const { lengthM } = piece;
    const along = (eastM * piece.eastM + northM * piece.northM) / lengthM;
    const nearestM = along <= 0 ? 0 : along >= lengthM ? lengthM : along;
    const offEast = eastM - (piece.eastM / lengthM) * nearestM;
    const offNorth = northM - (piece.northM / lengthM) * nearestM;
    const away2 = offEast * offEast + offNorth * offNorth;
    if (away2 <= most2) {
      const awayM = Math.sqrt(away2);
      const last = spots.at(-1);
      const isNew = !isSameStretch || last === undefined;
      if (isNew || awayM < last.awayM) {
        if (!isNew) spots.pop();
        const alongM = Math.round(piece.fromM + nearestM);
        spots.push({ alongM, awayM, east: piece.eastM / lengthM, north: piece.northM / lengthM });
      }
    }
    const leftM = lengthM - along;
    const away = northM * piece.eastM - eastM * piece.northM;
    const endsWithin = leftM * leftM + (away / lengthM) * (away / lengthM) <= most2;
    isSameStretch = endsWithin && away2 <= most2;
  }
  return spots;
}
