import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import type { Language, Texts, View } from '../i18n/texts.js';
import { clockText } from '../i18n/words.js';
import { LiveView } from '../live/live-view.js';
import type { Footprint } from '../map/features.js';
import { loadMaps } from '../map/later-maps.js';
import { PlanView } from '../plan/plan-view.js';
import { type Session, viewsOf } from '../session/session.js';
import { useChime } from '../sound/chime.js';
import { type ConsoleState, serverTimeMs } from '../store/state.js';
import type { Store } from '../store/store.js';
import { TimeView } from '../time/time-view.js';
import { Header } from './header.js';
import { keyDeed } from './keys.js';
import { KeysHelp } from './keys-help.js';
import './page.css';

interface Props {
  readonly session: Session;
  readonly store: Store;
  readonly district: string;
  /** Null: they have not come yet. */
  readonly footprints: readonly Footprint[] | null;
  readonly texts: Texts;
  readonly language: Language;
  readonly isDark: boolean;
  readonly onDistrict: (district: string) => void;
  readonly onLanguage: () => void;
  readonly onTheme: () => void;
  readonly onSignOut: () => void;
}

/** The rooms of the page that the role may enter, under one header. */
export function Page({ session, store, district, footprints, texts, language, isDark, ...on }: Props) {
  const state = useStore(store);
  const ownMs = useSeconds();
  const views = viewsOf(session);
  const [view, setView] = useState<View>(views[0] ?? 'plan');
  const [showsKeys, setShowsKeys] = useState(false);
  const [chime, sound] = useChime(store);
  useLayoutEffect(() => void loadMaps().catch(() => undefined), []);
  const nowMs = serverTimeMs(state, ownMs);
  const timeZone = state.plan?.timeZone ?? 'UTC';
  // A key that comes with the first frame counts.
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent): void => {
      chime.gesture();
      const deed = keyDeed(event);
      if (deed === 'language') on.onLanguage();
      else if (deed === 'theme') on.onTheme();
      else if (deed === 'sound' && session.mayLive) chime.switch();
      else if (deed === 'keys') setShowsKeys((shows) => !shows);
      else if (deed === 'close') return setShowsKeys(false);
      else if ((deed === 'live' || deed === 'plan' || deed === 'time') && views.includes(deed)) setView(deed);
      else return;
      event.preventDefault();
    };
    const click = (): void => chime.gesture();
    addEventListener('keydown', press);
    addEventListener('pointerdown', click);
    return () => {
      removeEventListener('keydown', press);
      removeEventListener('pointerdown', click);
    };
  });
  const shared = { session, district, footprints, texts, language, isDark };
  return (
    <div class="page">
      <Header
        state={state}
        district={district}
        districts={session.districts}
        views={views}
        view={view}
        isLive={session.mayLive}
        nowMs={nowMs}
        timeZone={timeZone}
        texts={texts}
        language={language}
        sound={sound}
        onView={setView}
        onSound={() => chime.switch()}
        onKeys={() => setShowsKeys(!showsKeys)}
        {...on}
      />
      <Notices state={state} texts={texts} timeZone={timeZone} isLive={session.mayLive} />
      {view === 'live' && <LiveView {...shared} store={store} state={state} nowMs={nowMs} />}
      {view === 'plan' && <PlanView {...shared} plan={state.plan} nowMs={nowMs} />}
      {view === 'time' && <TimeView {...shared} plan={state.plan} nowMs={nowMs} />}
      {showsKeys && <KeysHelp texts={texts} onClose={() => setShowsKeys(false)} />}
    </div>
  );
}

/** What is wrong with what the page shows. */
function Notices({
  state,
  texts,
  timeZone,
  isLive,
}: Pick<Props, 'texts'> & { readonly state: ConsoleState; readonly timeZone: string; readonly isLive: boolean }) {
  const { link, stale, lost, plan } = state;
  const notices = [
    link.is === 'away' ? texts.link.away(clockText(timeZone, serverTimeMs(state, link.sinceMs)), link.why) : null,
    link.is === 'ended' ? texts.ended[link.why] : null,
    stale === null ? null : texts.link.stale(stale.detail),
    ...lost.map(({ from, to }) => texts.link.lost(from, to)),
    plan === null && isLive ? texts.link.noPlan : null,
  ].filter((notice) => notice !== null);
  return (
    <div class="notices" role="status">
      {notices.map((notice) => (
        <p key={notice}>{notice}</p>
      ))}
    </div>
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
