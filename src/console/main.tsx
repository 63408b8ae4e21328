import { render } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import type { CompiledPlan } from '../model/plan.js';
import { NO_ROADS, type RoadCollection } from '../model/roads.js';
import './design/base.css';
import type { Language } from './i18n/texts.js';
import { TEXTS } from './i18n/words.js';
import type { Footprint } from './map/features.js';
import { loadMapsAfter } from './map/later-maps.js';
import { Roads } from './map/roads.js';
import { Page } from './page/page.js';
import { keepPurpose, keepToken, keptPurpose, takeToken } from './session/kept-token.js';
import { needsPurpose, type Session, signIn } from './session/session.js';
import { SignIn } from './session/sign-in.js';
import { AskError } from './socket/ask.js';
import { LiveLink, type LinkMachine, type LinkSocket } from './socket/live-link.js';
import { boardFirst } from './store/board-first.js';
import type { SessionEnd } from './store/state.js';
import { Store } from './store/store.js';

const browser: LinkMachine = {
  openSocket: (url, protocol) => new WebSocket(url, protocol) as LinkSocket,
  nowMs: () => Date.now(),
  random: () => Math.random(),
  serverTimeMs: async (signal) => {
    const { ok, headers } = await fetch('/healthz', { cache: 'no-store', signal });
    const atMs = Date.parse(headers.get('date') ?? '');
    if (!ok || Number.isNaN(atMs)) throw new Error('the server does not say its time');
    // It says whole seconds, rounded down.
    return atMs + 500;
  },
  pause: (ms, signal) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    }),
};

/** The plan of a district is asked for so often: it changes seldom, and a page stays open for a whole shift. */
const PLAN_EVERY_MS = 30_000;

interface Open {
  readonly district: string;
  readonly store: Store;
  /** Null: they have not come yet. */
  readonly footprints: readonly Footprint[] | null;
  readonly roads: RoadCollection;
}

function App() {
  const [language, setLanguage] = useState<Language>(localStorage.getItem('beatwatch.language') === 'en' ? 'en' : 'zh');
  const [isDark, setIsDark] = useState(darkAtFirst);
  const [session, setSession] = useState<Session | null>(null);
  const [trouble, setTrouble] = useState<SessionEnd | 'unreachable' | null>(null);
  const [waits, setWaits] = useState(false);
  const [brought, setBrought] = useState('');
  const [district, setDistrict] = useState<string | null>(null);
  const open = useDistrict(session, district, (why) => {
    keepToken(sessionStorage, null);
    setSession(null);
    setTrouble(why);
  });
  const enter = async (token: string, purpose: string | null): Promise<void> => {
    setWaits(true);
    const result = await signIn(location.origin, token, { purpose, nowMs: () => browser.nowMs() });
    setWaits(false);
    if (result.is === 'in') {
      keepToken(sessionStorage, token);
      keepPurpose(sessionStorage, purpose);
      setBrought('');
      setTrouble(null);
      setSession(result.session);
      return;
    }
    if (result.is === 'refused') keepToken(sessionStorage, null);
    setTrouble(result.is === 'refused' ? result.why : 'unreachable');
  };
  // Before the first frame is drawn: nobody waits for that.
  useLayoutEffect(() => {
    const token = takeToken(sessionStorage, location, history);
    const purpose = keptPurpose(sessionStorage);
    if (token === null) return;
    // An auditor says why before anything is asked.
    if (needsPurpose(token) && purpose === null) setBrought(token);
    else void enter(token, purpose);
  }, []);
  useEffect(() => {
    document.documentElement.lang = language;
    localStorage.setItem('beatwatch.language', language);
  }, [language]);
  useEffect(() => {
    document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
    localStorage.setItem('beatwatch.theme', isDark ? 'dark' : 'light');
  }, [isDark]);
  const texts = TEXTS[language];
  if (session !== null && open === null)
    return (
      <p class="none" role="status">
        {texts.link.connecting}
      </p>
    );
  if (session === null || open === null)
    return (
      <SignIn
        texts={texts}
        brought={brought}
        trouble={trouble}
        waits={waits}
        onToken={(token, purpose) => void enter(token, purpose)}
      />
    );
  return (
    <Roads.Provider value={open.roads}>
      <Page
        key={open.district}
        district={open.district}
        store={open.store}
        footprints={open.footprints}
        session={session}
        onDistrict={setDistrict}
        texts={texts}
        language={language}
        isDark={isDark}
        onLanguage={() => setLanguage(language === 'zh' ? 'en' : 'zh')}
        onTheme={() => setIsDark(!isDark)}
        onSignOut={() => {
          keepToken(sessionStorage, null);
          keepPurpose(sessionStorage, null);
          setSession(null);
        }}
      />
    </Roads.Provider>
  );
}

function darkAtFirst(): boolean {
  const kept = localStorage.getItem('beatwatch.theme');
  return kept === null ? matchMedia('(prefers-color-scheme: dark)').matches : kept === 'dark';
}

/** Follows the chosen district of the session, or its first, for as long as the session is good. */
function useDistrict(session: Session | null, wanted: string | null, onEnd: (why: SessionEnd) => void): Open | null {
  const [open, setOpen] = useState<Open | null>(null);
  const chosen = session?.districts.find(({ district }) => district === wanted) ?? session?.districts[0];
  useLayoutEffect(() => {
    if (session === null || chosen === undefined) return;
    const { district, clock, nowMs } = chosen;
    const { ask, mayLive, listedMs } = session;
    const store = new Store((draw) => requestAnimationFrame(draw));
    // Until the live link says better, and for those who have none.
    store.tell({ is: 'clock', serverMs: nowMs, askedMs: listedMs, answeredMs: listedMs });
    const stopped = new AbortController();
    const boardIsThere = mayLive ? boardFirst(store, browser, stopped.signal) : Promise.resolve();
    loadMapsAfter(boardIsThere);
    const link = mayLive
      ? new LiveLink({
          district,
          clock,
          socketOrigin: location.origin.replace(/^http/, 'ws'),
          ask,
          machine: browser,
          tell: (event) => {
            if (event.is === 'ended') onEnd(event.why);
            else store.tell(event);
          },
          lastTransition: () => store.state.lastTransition,
        })
      : null;
    const tell = (part: Partial<Open>): void => {
      if (stopped.signal.aborted) return;
      setOpen((known) => ({ footprints: null, roads: NO_ROADS, ...known, district, store, ...part }));
    };
    // A map is drawn without them, too; the next plan asks again.
    const askRoads = async (): Promise<void> => {
      try {
        tell({ roads: (await ask(`/v1/districts/${district}/roads`)) as RoadCollection });
      } catch (error) {
        if (!(error instanceof AskError)) throw error;
      }
    };
    const keepPlan = async (): Promise<void> => {
      for (let known = -1; !stopped.signal.aborted; ) {
        try {
          const plan = (await ask(`/v1/districts/${district}/plan`)) as CompiledPlan;
          if (plan.version !== known) {
            store.tell({ is: 'plan', plan });
            // What can be read comes before what must be drawn.
            if (known < 0) tell({});
            await boardIsThere;
            void askRoads();
            const places = `/v1/districts/${district}/places?shape=footprint`;
            const { features } = (await ask(places)) as { features: Footprint[] };
            known = plan.version;
            tell({ footprints: features });
          }
        } catch (error) {
          if (!(error instanceof AskError)) throw error;
          if (known < 0) tell({ footprints: [] });
        }
        // Each look of an auditor stands in the access record: once is enough.
        if (!mayLive) return;
        await browser.pause(PLAN_EVERY_MS, stopped.signal);
      }
    };
    void keepPlan();
    return () => {
      stopped.abort();
      void link?.close();
      setOpen(null);
    };
  }, [session, chosen]);
  return open;
}

const holder = document.getElementById('page');
if (holder !== null) render(<App />, holder);
