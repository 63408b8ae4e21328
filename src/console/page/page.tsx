import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { AlertList } from '../alerts/alert-list.js';
import { byUrgency, digest } from '../alerts/order.js';
import { Board } from '../board/board.js';
import { boardRows } from '../board/rows.js';
import type { Language, Texts } from '../i18n/texts.js';
import { clockText } from '../i18n/words.js';
import { DistrictMap } from '../map/district-map.js';
import type { Footprint } from '../map/features.js';
import type { Session } from '../session/session.js';
import { type ConsoleState, serverTimeMs } from '../store/state.js';
import type { Store } from '../store/store.js';
import { act, SHOWN } from '../alerts/alert-list.js';
import { modeAt, strengthOf } from './duty.js';
import { keyDeed } from './keys.js';

interface Props {
  readonly session: Session;
  readonly store: Store;
  readonly district: string;
  readonly footprints: readonly Footprint[];
  readonly texts: Texts;
  readonly language: Language;
  readonly isDark: boolean;
  readonly onLanguage: () => void;
  readonly onTheme: () => void;
  readonly onSignOut: () => void;
}

/** The district on one screen: what is wrong, where, and who can go there. */
export function Page({ session, store, district, footprints, texts, language, isDark, ...on }: Props) {
  const state = useStore(store);
  const ownMs = useSeconds();
  const [place, setPlace] = useState<string | null>(null);
  const [alert, setAlert] = useState<string | null>(null);
  const [historyOf, setHistoryOf] = useState<string | null>(null);
  const [showsKeys, setShowsKeys] = useState(false);
  const nowMs = serverTimeMs(state, ownMs);
  const { plan } = state;
  const timeZone = plan?.timeZone ?? 'UTC';
  const rows = useMemo(
    () => (plan === null ? [] : boardRows(plan, state.coverage, nowMs)),
    [plan, state.coverage, nowMs],
  );
  // Keys come faster than the page is drawn: the next one is about what the last one chose.
  const lastChosen = useRef<string | null>(null);
  const chooseAlert = (alertId: string | null): void => {
    lastChosen.current = alertId;
    setAlert(alertId);
    const chosen = alertId === null ? undefined : store.state.open.get(alertId);
    setPlace(chosen?.place ?? chosen?.unit ?? null);
  };
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const deed = keyDeed(event);
      if (deed === null) return;
      // Escape closes the history of an alert by itself, and nothing else with it.
      if (deed === 'close' && historyOf !== null) return;
      event.preventDefault();
      const { shown } = digest(store.state.open.values(), SHOWN);
      const at = shown.findIndex(({ alertId }) => alertId === lastChosen.current);
      const chosen = at < 0 ? undefined : shown[at];
      if (deed === 'next') chooseAlert(shown[Math.min(shown.length - 1, at + 1)]?.alertId ?? null);
      else if (deed === 'previous') chooseAlert(shown[Math.max(0, at - 1)]?.alertId ?? null);
      else if (deed === 'acknowledge' && chosen !== undefined && session.mayAct)
        void act({ ask: session.ask, district, texts, nowMs }, chosen, 'acknowledge', {});
      else if (deed === 'history' && chosen !== undefined) setHistoryOf(chosen.alertId);
      else if (deed === 'find') document.getElementById('find')?.focus();
      else if (deed === 'language') on.onLanguage();
      else if (deed === 'theme') on.onTheme();
      else if (deed === 'keys') setShowsKeys((shows) => !shows);
      else if (deed === 'close') {
        setShowsKeys(false);
        chooseAlert(null);
      }
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  });
  return (
    <div class="page">
      <Header state={state} nowMs={nowMs} timeZone={timeZone} texts={texts} language={language} {...on} />
      <Find plan={plan} texts={texts} language={language} onFound={setPlace} />
      <Notices state={state} texts={texts} timeZone={timeZone} />
      <div class="columns">
        {plan !== null && (
          <Board rows={rows} plan={plan} texts={texts} language={language} chosen={place} onChoose={setPlace} />
        )}
        <DistrictMap
          store={store}
          footprints={footprints}
          texts={texts}
          language={language}
          isDark={isDark}
          chosen={place}
        />
        <AlertList
          open={state.open}
          district={district}
          timeZone={timeZone}
          texts={texts}
          language={language}
          mayAct={session.mayAct}
          chosen={alert}
          onChoose={chooseAlert}
          historyOf={historyOf}
          onHistory={setHistoryOf}
          ask={session.ask}
          nowMs={nowMs}
        />
      </div>
      <Urgent state={state} language={language} />
      {showsKeys && <Keys texts={texts} onClose={() => setShowsKeys(false)} />}
    </div>
  );
}

function Header({
  state,
  nowMs,
  timeZone,
  texts,
  language,
  onLanguage,
  onTheme,
  onSignOut,
}: Pick<Props, 'texts' | 'language' | 'onLanguage' | 'onTheme' | 'onSignOut'> & {
  readonly state: ConsoleState;
  readonly nowMs: number;
  readonly timeZone: string;
}) {
  const { plan, units } = state;
  const { mode, next } = plan === null ? { mode: 'none' as const, next: null } : modeAt(plan, nowMs);
  const { onDuty, live, silent } = strengthOf(units);
  return (
    <header>
      <h1>{plan?.name[language] ?? 'Beatwatch'}</h1>
      <time class="clock" dateTime={new Date(nowMs).toISOString()}>
        {clockText(timeZone, nowMs)}
      </time>
      <span class={`link ${state.link.is} ${state.stale === null ? '' : 'stale'}`}>
        {state.link.is === 'live' && state.stale === null ? `● ${texts.link.live}` : `○ ${texts.link.connecting}`}
      </span>
      <span class="mode">
        {texts.mode[mode]}
        {next !== null && <small>{texts.nextMode(texts.mode[next.mode], clockText(timeZone, next.atMs, false))}</small>}
      </span>
      <span class="strength">{texts.strength(onDuty, live, silent)}</span>
      <span class="buttons">
        <button type="button" onClick={onLanguage} lang={language === 'zh' ? 'en' : 'zh'}>
          {texts.otherLanguage}
        </button>
        <button type="button" onClick={onTheme}>
          {texts.theme}
        </button>
        <button type="button" onClick={onSignOut}>
          {texts.signIn.out}
        </button>
      </span>
    </header>
  );
}

/** Finds a place or a unit by a part of its name. */
function Find({
  plan,
  texts,
  language,
  onFound,
}: Pick<Props, 'texts' | 'language'> & {
  readonly plan: ConsoleState['plan'];
  readonly onFound: (id: string) => void;
}) {
  const names = new Map([
    ...(plan?.places.map(({ id, name }) => [name[language], id] as const) ?? []),
    ...(plan?.units.map(({ id, callsign }) => [callsign, id] as const) ?? []),
  ]);
  const find = (text: string): void => {
    const id = names.get(text);
    if (id !== undefined) onFound(id);
  };
  const label = texts.keys.rows.find(([key]) => key === '/')?.[1] ?? '';
  return (
    <search class="find">
      <input
        id="find"
        type="search"
        list="names"
        placeholder={label}
        aria-label={label}
        onInput={({ currentTarget }) => find(currentTarget.value)}
      />
      <datalist id="names">
        {[...names.keys()].map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </search>
  );
}

/** What is wrong with what the page shows. */
function Notices({
  state,
  texts,
  timeZone,
}: Pick<Props, 'texts'> & { readonly state: ConsoleState; readonly timeZone: string }) {
  const { link, stale, lost, plan } = state;
  const notices = [
    link.is === 'away' ? texts.link.away(clockText(timeZone, serverTimeMs(state, link.sinceMs)), link.why) : null,
    link.is === 'ended' ? texts.ended[link.why] : null,
    stale === null ? null : texts.link.stale(stale.detail),
    ...lost.map(({ from, to }) => texts.link.lost(from, to)),
    plan === null ? texts.link.noPlan : null,
  ].filter((notice) => notice !== null);
  return (
    <div class="notices" role="status">
      {notices.map((notice) => (
        <p key={notice}>{notice}</p>
      ))}
    </div>
  );
}

/** Says the most urgent alert to those who hear the page, once. */
function Urgent({ state, language }: Pick<Props, 'language'> & { readonly state: ConsoleState }) {
  const [first] = [...state.open.values()].filter(({ severity }) => severity === 'high').sort(byUrgency);
  return (
    <p class="heard" aria-live="assertive">
      {first?.state === 'unack-active' ? first.sentence[language] : ''}
    </p>
  );
}

function Keys({ texts, onClose }: Pick<Props, 'texts'> & { readonly onClose: () => void }) {
  return (
    <dialog open class="keys" onClose={onClose} aria-labelledby="keys-title">
      <h3 id="keys-title">{texts.keys.title}</h3>
      <dl>
        {texts.keys.rows.map(([key, does]) => (
          <div key={key}>
            <dt>{key}</dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={onClose}>
        {texts.alerts.close}
      </button>
    </dialog>
  );
}

function useStore(store: Store): ConsoleState {
  const [state, setState] = useState(store.state);
  useEffect(() => {
    setState(store.state);
    return store.watch(setState);
  }, [store]);
  return state;
}

/** This machine's clock, each second. */
function useSeconds(): number {
  const [nowMs, setNowMs] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return nowMs;
}
