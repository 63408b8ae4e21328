import type { PlacePresence, UnitDuty } from '../engine/day-view.js';
import type { DayPlace } from '../model/day-record.js';
import { normalise, pairsOf, subtract } from '../model/intervals.js';
import type { Intervals, PlanPlace } from '../model/plan.js';

type Pairs = [number, number][];

interface PlaceSpans {
  readonly required: Pairs;
  readonly covered: Pairs;
  readonly unknown: Pairs;
}

interface UnitSpans {
  readonly duty: Pairs;
  readonly outOfService: Pairs;
}

/** Presence of places and duty of units, put together from the stretches of one day. */
export class DayPresence {
  readonly #places = new Map<string, PlaceSpans>();
  readonly #units = new Map<string, UnitSpans>();

  add(places: readonly PlacePresence[], units: readonly UnitDuty[]): void {
    for (const { place, required, covered, unknown } of places) {
      const spans = this.#places.get(place) ?? { required: [], covered: [], unknown: [] };
      this.#places.set(place, spans);
      spans.required.push(...pairsOf(required));
      spans.covered.push(...pairsOf(covered));
      spans.unknown.push(...pairsOf(unknown));
    }
    for (const { unit, duty, outOfService } of units) {
      const spans = this.#units.get(unit) ?? { duty: [], outOfService: [] };
      this.#units.set(unit, spans);
      spans.duty.push(...pairsOf(duty));
      spans.outOfService.push(...pairsOf(outOfService));
    }
  }

  /** @param outages when the server was away, within the day */
  placeOf({ id, kind }: PlanPlace, outages: Intervals): DayPlace {
    const spans = this.#places.get(id) ?? { required: [], covered: [], unknown: [] };
    const required = normalise(spans.required);
    const covered = normalise(spans.covered);
    const unknown = subtract(normalise([...spans.unknown, ...pairsOf(outages)]), covered);
    const uncovered = subtract(required, normalise([...pairsOf(covered), ...pairsOf(unknown)]));
    return {
      place: id,
      kind,
      required: pairsOf(required),
      covered: pairsOf(covered),
      unknown: pairsOf(unknown),
      uncovered: pairsOf(uncovered),
    };
  }

  dutyOf(unit: string): { readonly duty: Intervals; readonly outOfService: Intervals } {
    const { duty, outOfService } = this.#units.get(unit) ?? { duty: [], outOfService: [] };
    return { duty: normalise(duty), outOfService: normalise(outOfService) };
  }
}
