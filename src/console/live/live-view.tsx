import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { act, deedsOf, type SaidDeed } from '../alerts/act.js';
import { AlertList } from '../alerts/alert-list.js';
import { type AlertFilter, SHOW_ALL } from '../alerts/filter.js';
import { listedAlerts } from '../alerts/listed.js';
import { byUrgency } from '../alerts/order.js';
import { Board } from '../board/board.js';
import { boardRows } from '../board/rows.js';
import { Detail } from '../detail/detail.js';
import type { Language, Texts } from '../i18n/texts.js';
import type { Features, Footprint } from '../map/features.js';
import { NoMap, useMaps } from '../map/later-maps.js';
import { type Target, targetOf } from '../nearest/target.js';
import { keyDeed } from '../page/keys.js';
import type { Session } from '../session/session.js';
import type { ConsoleState } from '../store/state.js';
import type { Store } from '../store/store.js';
import { Find } from './find.js';
import './live.css';

interface Props {
  readonly session: Session;
  readonly store: Store;
  readonly state: ConsoleState;
  readonly district: string;
  /** Null: they have not come yet. */
  readonly footprints: readonly Footprint[] | null;
  readonly texts: Texts;
  readonly language: Language;
  readonly isDark: boolean;
  /** The server's time, ms. */
  readonly nowMs: number;
}

const NO_FOOTPRINTS: readonly Footprint[] = [];

/** The district now, on one screen: what is wrong, where, and who can go there. */
export function LiveView({ session, store, state, district, footprints, texts, language, isDark, nowMs }: Props) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [alert, setAlert] = useState<string | null>(null);
  const [deed, setDeed] = useState<SaidDeed | null>(null);
  const [historyOf, setHistoryOf] = useState<string | null>(null);
  const [filter, setFilter] = useState<AlertFilter>(SHOW_ALL);
  const [followed, setFollowed] = useState<string | null>(null);
  const [marks, setMarks] = useState<Features<object> | null>(null);
  const maps = useMaps();
  const { plan, open } = state;
  const timeZone = plan?.timeZone ?? 'UTC';
  const rows = useMemo(
    () => (plan === null ? [] : boardRows(plan, state.coverage, nowMs)),
    [plan, state.coverage, nowMs],
  );
  const listed = useMemo(() => listedAlerts(open, filter, session.subject, nowMs), [open, filter, nowMs]);
  // Keys come faster than the page is drawn: the next one is about what the last one chose.
  const lastChosen = useRef<string | null>(null);
  const chooseAlert = (alertId: string | null): void => {
    lastChosen.current = alertId;
    setAlert(alertId);
    setDeed(null);
    const one = alertId === null ? undefined : store.state.open.get(alertId);
    setChosen(one?.place ?? one?.unit ?? null);
  };
  const chooseSubject = (id: string | null): void => {
    lastChosen.current = null;
    setAlert(null);
    setChosen(id);
  };
  const chosenAlert = alert === null ? undefined : open.get(alert);
  const target = targetOfChoice(state, chosenAlert === undefined ? chosen : null, chosenAlert);
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const deedOfKey = keyDeed(event);
      if (deedOfKey === null) return;
      const { shown } = listedAlerts(store.state.open, filter, session.subject, nowMs);
      const at = shown.findIndex(({ alertId }) => alertId === lastChosen.current);
      const one = at < 0 ? undefined : shown[at];
      const may = one === undefined || !session.mayAct ? [] : deedsOf(one);
      const doing = { ask: session.ask, district, texts, nowMs };
      switch (deedOfKey) {
        case 'next':
          chooseAlert(shown[Math.min(shown.length - 1, at + 1)]?.alertId ?? null);
          break;
        case 'previous':
          chooseAlert(shown[Math.max(0, at - 1)]?.alertId ?? null);
          break;
        case 'acknowledge':
          if (one !== undefined && may.includes('acknowledge')) void act(doing, one, 'acknowledge');
          break;
        case 'shelve':
          if (one !== undefined && may.includes('unshelve')) void act(doing, one, 'unshelve');
          else if (may.includes('shelve')) setDeed('shelve');
          break;
        case 'comment':
        case 'resolve':
          if (may.includes(deedOfKey)) setDeed(deedOfKey);
          break;
        case 'history':
          if (one !== undefined) setHistoryOf(one.alertId);
          break;
        case 'nearest': {
          // Who stands in the list already wants it anew.
          const again = document.querySelector<HTMLElement>('.nearest:focus-within button.again');
          if (again === null) document.querySelector<HTMLElement>('.nearest button.unit')?.focus();
          else again.click();
          break;
        }
        case 'follow':
          if (plan?.units.some(({ id }) => id === chosen) === true) setFollowed(followed === chosen ? null : chosen);
          break;
        case 'find':
          document.getElementById('find')?.focus();
          break;
        case 'close':
          // The history of an alert first, and nothing else with it.
          if (historyOf !== null) setHistoryOf(null);
          else {
            setFollowed(null);
            chooseAlert(null);
          }
          break;
        default:
          return;
      }
      event.preventDefault();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  });
  // Units move each frame; these change once a second.
  const finder = useMemo(
    () => <Find plan={plan} texts={texts} language={language} onFound={chooseSubject} />,
    [plan, texts, language],
  );
  const board = useMemo(
    () =>
      plan === null ? null : (
        <Board rows={rows} plan={plan} texts={texts} language={language} chosen={chosen} onChoose={chooseSubject} />
      ),
    [rows, plan, texts, language, chosen],
  );
  return (
    <main class="live-view">
      <div class="columns">
        <div class="column">
          {finder}
          {board}
        </div>
        <div class="column middle">
          {maps === null || maps === 'away' || footprints === null ? (
            <NoMap maps={maps} texts={texts} />
          ) : (
            <maps.DistrictMap
              store={store}
              footprints={footprints}
              tiles={session.tiles}
              texts={texts}
              language={language}
              isDark={isDark}
              chosen={chosen}
              followed={followed}
              marks={marks}
              onChoose={chooseSubject}
            />
          )}
          {(chosen !== null || target !== null) && (
            <Detail
              session={session}
              state={state}
              district={district}
              timeZone={timeZone}
              texts={texts}
              language={language}
              nowMs={nowMs}
              chosen={chosen}
              target={target}
              followed={followed}
              onFollow={setFollowed}
              onChoose={chooseSubject}
              onClose={() => chooseSubject(null)}
            />
          )}
        </div>
        <AlertList
          open={open}
          listed={listed}
          filter={filter}
          onFilter={setFilter}
          district={district}
          timeZone={timeZone}
          texts={texts}
          language={language}
          mayAct={session.mayAct}
          chosen={alert}
          onChoose={chooseAlert}
          deed={deed}
          onDeed={setDeed}
          historyOf={historyOf}
          onHistory={setHistoryOf}
          ask={session.ask}
          footprints={footprints ?? NO_FOOTPRINTS}
          nameOf={(id) =>
            plan?.places.find((place) => place.id === id)?.name[language] ??
            plan?.units.find((unit) => unit.id === id)?.callsign ??
            id
          }
          onMarks={setMarks}
          nowMs={nowMs}
        />
      </div>
      <Urgent state={state} language={language} />
    </main>
  );
}

/** Where somebody should go: to the alert, else to the chosen place or unit. */
function targetOfChoice(
  { plan, positions }: ConsoleState,
  chosen: string | null,
  alert: Parameters<typeof targetOf>[0] | undefined,
): Target | null {
  if (alert !== undefined) return targetOf(alert, positions);
  if (chosen === null) return null;
  if (plan?.places.some(({ id }) => id === chosen) === true) return { is: 'place', place: chosen };
  const at = positions.get(chosen);
  return at === undefined ? null : { is: 'position', lng: at.lng, lat: at.lat };
}

/** Says the most urgent alert to those who hear the page, once. */
function Urgent({ state, language }: { readonly state: ConsoleState; readonly language: Language }) {
  const [first] = [...state.open.values()].filter(({ severity }) => severity === 'high').sort(byUrgency);
  return (
    <p class="heard" aria-live="assertive">
      {first?.state === 'unack-active' ? first.sentence[language] : ''}
    </p>
  );
}
