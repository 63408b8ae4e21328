import type { CompiledPlan } from '../../model/plan.js';
import type { Language, Texts } from '../i18n/texts.js';
import { spanText } from '../i18n/words.js';
import './board.css';
import type { PlaceRow } from './rows.js';
import { SIGNS } from './signs.js';

interface Props {
  readonly rows: readonly PlaceRow[];
  readonly plan: CompiledPlan;
  readonly texts: Texts;
  readonly language: Language;
  readonly chosen: string | null;
  readonly onChoose: (place: string) => void;
}

/** Places by who must act first: what is wrong, how long, who is there. */
export function Board({ rows, plan, texts, language, chosen, onChoose }: Props) {
  const callsigns = new Map(plan.units.map(({ id, callsign }) => [id, callsign]));
  return (
    <section class="board" aria-labelledby="board-title">
      <h2 id="board-title">{texts.board.title}</h2>
      <ol>
        {rows.map((row) => (
          <li key={row.place.id}>
            <button
              type="button"
              class={`place ${row.standing}`}
              aria-pressed={row.place.id === chosen}
              onClick={() => onChoose(row.place.id)}
            >
              <span class="sign" aria-hidden="true">
                {SIGNS[row.standing]}
              </span>
              <span class="name">{row.place.name[language]}</span>
              <span class="standing">{texts.board.standing[row.standing]}</span>
              <span class="when">{whenText(row, texts)}</span>
              <span class="who">{whoText(row, texts, callsigns)}</span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}

function whenText({ standing, dueInMs, emptyForMs }: PlaceRow, texts: Texts): string {
  const { board } = texts;
  if (standing === 'covered' || standing === 'unheard') return '';
  if (dueInMs !== null && dueInMs <= 0) return board.overdue(spanText(texts, -dueInMs));
  if (dueInMs !== null) return board.due(spanText(texts, dueInMs));
  return emptyForMs === null ? board.nobody : board.emptyFor(spanText(texts, emptyForMs));
}

function whoText(
  { units, possibleUnits, statedUnits }: PlaceRow,
  { board }: Texts,
  callsigns: ReadonlyMap<string, string>,
): string {
  const named = (ids: readonly string[]): string => ids.map((id) => callsigns.get(id) ?? id).join('、');
  const seen = units.filter((id) => !statedUnits.includes(id));
  const parts = [
    seen.length > 0 ? board.there(named(seen)) : '',
    statedUnits.length > 0 ? board.stated(named(statedUnits)) : '',
    possibleUnits.length > 0 ? board.maybe(named(possibleUnits)) : '',
  ];
  return parts.filter((part) => part !== '').join(' · ');
}
