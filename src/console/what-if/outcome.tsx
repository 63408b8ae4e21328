import { useMemo } from 'preact/hooks';
import type { MapTiles } from '../../model/map-tiles.js';
import {
  type AlertLoad,
  BUDGET_AN_HOUR,
  type LoadRow,
  rowPairs,
  type ToldAlert,
  type WhatIf,
} from '../../model/what-if.js';
import type { FolderCheck } from '../check/check-folder.js';
import type { Language, Texts } from '../i18n/texts.js';
import { clockText, dayText } from '../i18n/words.js';
import { NoMap, useMaps } from '../map/later-maps.js';
import { loadByPlace, triedPlaces } from './tried-places.js';

interface Props {
  readonly found: WhatIf;
  readonly operators: number;
  readonly check: FolderCheck;
  readonly tiles: MapTiles | null;
  readonly timeZone: string;
  readonly texts: Texts;
  readonly language: Language;
  readonly isDark: boolean;
}

/** So many alerts of each list are told one by one. */
const LISTED = 100;
const NO_FAULTS = [] as const;

/** What two folds of the recorded hours told, as a table, on the map, and alert by alert. */
export function Outcome({ found, operators, check, tiles, timeZone, texts, language, isDark }: Props) {
  const { whatIf: words } = texts;
  const maps = useMaps();
  const drawn = useMemo(() => triedPlaces(check.drawn, loadByPlace(found)), [check, found]);
  const when = (ms: number): string => `${dayText(timeZone, ms)} ${clockText(timeZone, ms, false)}`;
  const { recorded, tried } = found;
  return (
    <>
      <table class="load">
        <caption>{words.caption(when(found.fromMs), when(found.toMs))}</caption>
        <thead>
          <tr>
            <td colSpan={2} />
            <th scope="colgroup" colSpan={2}>
              {words.recorded}
            </th>
            <th scope="colgroup" colSpan={2}>
              {words.tried}
            </th>
          </tr>
          <tr>
            <th scope="col">{words.rule}</th>
            <th scope="col">{words.severity}</th>
            <th scope="col">{words.alerts}</th>
            <th scope="col">{words.anHour}</th>
            <th scope="col">{words.alerts}</th>
            <th scope="col">{words.anHour}</th>
          </tr>
        </thead>
        <tbody>
          {rowPairs(found).map((pair) => (
            <tr key={`${pair.rule} ${pair.severity}`}>
              <th scope="row">{texts.live.rules[pair.rule]}</th>
              <td>{texts.alerts.severity[pair.severity]}</td>
              <Counts row={pair.recorded} />
              <Counts row={pair.tried} />
            </tr>
          ))}
          <tr class="all">
            <th scope="row" colSpan={2}>
              {words.all}
            </th>
            <Counts row={recorded.load} />
            <Counts row={tried.load} />
          </tr>
          {summaries(words, operators, (ms) => clockText(timeZone, ms, false)).map(({ title, of }) => (
            <tr key={title}>
              <th scope="row" colSpan={2}>
                {title}
              </th>
              <td colSpan={2}>{of(recorded.load)}</td>
              <td colSpan={2}>{of(tried.load)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>{words.both(found.both)}</p>
      {found.isOpen && <p class="hint">{words.isOpen(when(found.endsMs))}</p>}
      <div class="found">
        {(maps === null || maps === 'away') && <NoMap maps={maps} texts={texts} />}
        {maps !== null && maps !== 'away' && (
          <maps.CheckMap
            drawn={drawn}
            roads={check.roads}
            faults={NO_FAULTS}
            looked={null}
            tiles={tiles}
            texts={texts}
            language={language}
            isDark={isDark}
          />
        )}
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by keys */}
        <section class="listed" tabIndex={0} aria-labelledby="what-if-title">
          <List
            title={words.added(found.added.length)}
            alerts={found.added}
            when={when}
            texts={texts}
            language={language}
          />
          <List
            title={words.gone(found.gone.length)}
            alerts={found.gone}
            when={when}
            texts={texts}
            language={language}
          />
        </section>
      </div>
    </>
  );
}

function Counts({ row }: { readonly row: Pick<LoadRow, 'asked' | 'anHour'> | undefined }) {
  return (
    <>
      <td>{row?.asked ?? '–'}</td>
      <td>{row?.anHour.toFixed(1) ?? '–'}</td>
    </>
  );
}

function summaries(words: Texts['whatIf'], operators: number, clock: (ms: number) => string) {
  return [
    { title: words.takenBack, of: ({ alerts, retracted }: AlertLoad) => words.ofAll(retracted, alerts) },
    {
      title: words.busiest,
      of: ({ busiest }: AlertLoad) => (busiest === null ? '–' : words.hour(busiest.asked, clock(busiest.fromMs))),
    },
    {
      title: words.over(BUDGET_AN_HOUR * operators),
      of: ({ hours, hoursOverBudget }: AlertLoad) => words.ofAll(hoursOverBudget, hours.length),
    },
  ];
}

function List({
  title,
  alerts,
  when,
  texts,
  language,
}: Pick<Props, 'texts' | 'language'> & {
  readonly title: string;
  readonly alerts: readonly ToldAlert[];
  readonly when: (ms: number) => string;
}) {
  const { whatIf: words } = texts;
  return (
    <>
      <h4>{title}</h4>
      <ul>
        {alerts.slice(0, LISTED).map(({ alertId, rule, severity, name, askedAtMs, isRetracted }) => (
          <li key={alertId}>
            {when(askedAtMs[0] ?? 0)} · {texts.live.rules[rule]} ({texts.alerts.severity[severity]}): {name[language]}
            {askedAtMs.length > 1 && ` · ${words.times(askedAtMs.length)}`}
            {isRetracted && ` · ${words.retracted}`}
          </li>
        ))}
        {alerts.length > LISTED && <li>{texts.plan.check.moreChanges(alerts.length - LISTED)}</li>}
      </ul>
    </>
  );
}
