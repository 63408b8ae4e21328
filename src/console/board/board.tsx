import type { CompiledPlan } from '../../model/plan.js';
import type { Language, Texts } from '../i18n/texts.js';
import { spanText } from '../i18n/words.js';
import './board.css';
import type { PlaceRow, RouteRow } from './rows.js';
import { SIGNS } from './signs.js';
import { whoText } from './who.js';

interface Props {
  readonly rows: readonly PlaceRow[];
  readonly plan: CompiledPlan;
  readonly texts: Texts;
  readonly language: Language;
  readonly chosen: string | null;
  readonly onChoose: (place: string) => void;
}

/** A row is read at a glance: whoever wants to know more chooses the place. */
const NAMED = 6;

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
              <span class="who">{whoText(row, texts, { callsigns, most: NAMED })}</span>
              {row.route === null ? null : <span class="who">{routeText(row.route, texts)}</span>}
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** How far a route was driven. */
function routeText({ passPercent, unseen, oldestForMs }: RouteRow, texts: Texts): string {
  const { board } = texts;
  const parts = [
    passPercent === null ? '' : board.pass(passPercent),
    unseen === 0 ? '' : board.unseen(unseen),
    oldestForMs === null ? '' : board.oldest(spanText(texts, oldestForMs)),
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

function whenText({ standing, dueInMs, emptyForMs }: PlaceRow, texts: Texts): string {
  const { board } = texts;
  if (standing === 'covered' || standing === 'unheard') return '';
  if (dueInMs !== null && dueInMs <= 0) return board.overdue(spanText(texts, -dueInMs));
  if (dueInMs !== null) return board.due(spanText(texts, dueInMs));
  return emptyForMs === null ? board.nobody : board.emptyFor(spanText(texts, emptyForMs));
}
