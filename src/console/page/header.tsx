import type { ComponentChildren } from 'preact';
import type { Language, Texts, View } from '../i18n/texts.js';
import { clockText } from '../i18n/words.js';
import type { DistrictChoice } from '../session/session.js';
import type { ChimeState } from '../sound/chime.js';
import type { ConsoleState } from '../store/state.js';
import { modeAt, strengthOf } from './duty.js';

interface Props {
  readonly state: ConsoleState;
  readonly district: string;
  /** Those that the session may choose. */
  readonly districts: readonly DistrictChoice[];
  readonly views: readonly View[];
  readonly view: View;
  readonly isLive: boolean;
  readonly nowMs: number;
  readonly timeZone: string;
  readonly texts: Texts;
  readonly language: Language;
  readonly sound: ChimeState;
  readonly onView: (view: View) => void;
  readonly onDistrict: (district: string) => void;
  readonly onSound: () => void;
  readonly onLanguage: () => void;
  readonly onTheme: () => void;
  readonly onKeys: () => void;
  readonly onSignOut: () => void;
}

/** What holds for every room: the district, its clock, the link, the mode of duty, the strength. */
export function Header(props: Props) {
  const { state, views, view, isLive, nowMs, timeZone, texts, language, sound } = props;
  return (
    <header class="top">
      <h1>
        {props.districts.length < 2 ? (
          (state.plan?.name[language] ?? 'Beatwatch')
        ) : (
          <select
            aria-label={texts.district}
            value={props.district}
            onChange={({ currentTarget }) => props.onDistrict(currentTarget.value)}
          >
            {props.districts.map(({ district, name }) => (
              <option key={district} value={district}>
                {name?.[language] ?? district}
              </option>
            ))}
          </select>
        )}
      </h1>
      <nav aria-label="Beatwatch">
        {views.map((one) => (
          <button
            key={one}
            type="button"
            aria-current={one === view ? 'page' : undefined}
            onClick={() => props.onView(one)}
          >
            {texts.views[one]}
          </button>
        ))}
      </nav>
      {isLive && <Now state={state} nowMs={nowMs} timeZone={timeZone} texts={texts} />}
      <span class="buttons">
        {isLive && (
          <Button onClick={props.onSound} isPressed={sound === 'on' || sound === 'waits'} kind={`sound ${sound}`}>
            {texts.live.sound[sound]}
          </Button>
        )}
        <Button onClick={props.onLanguage} lang={language === 'zh' ? 'en' : 'zh'}>
          {texts.otherLanguage}
        </Button>
        <Button onClick={props.onTheme}>{texts.theme}</Button>
        <Button onClick={props.onKeys} label={texts.keys.title}>
          ?
        </Button>
        <Button onClick={props.onSignOut}>{texts.signIn.out}</Button>
      </span>
    </header>
  );
}

function Button({
  children,
  onClick,
  isPressed,
  kind,
  label,
  lang,
}: {
  readonly children: ComponentChildren;
  readonly onClick: () => void;
  readonly isPressed?: boolean;
  readonly kind?: string;
  readonly label?: string;
  readonly lang?: string;
}) {
  return (
    <button type="button" class={kind} aria-pressed={isPressed} aria-label={label} lang={lang} onClick={onClick}>
      {children}
    </button>
  );
}

function Now({ state, nowMs, timeZone, texts }: Pick<Props, 'state' | 'nowMs' | 'timeZone' | 'texts'>) {
  const { plan, units, link, stale } = state;
  const { mode, next } = plan === null ? { mode: 'none' as const, next: null } : modeAt(plan, nowMs);
  const { onDuty, live, silent } = strengthOf(units);
  const isCurrent = link.is === 'live' && stale === null;
  return (
    <>
      <time class="clock" dateTime={new Date(nowMs).toISOString()}>
        {clockText(timeZone, nowMs)}
      </time>
      <span class={`link ${link.is} ${stale === null ? '' : 'stale'}`}>
        {isCurrent ? `● ${texts.link.live}` : `○ ${texts.link.connecting}`}
      </span>
      <span class="mode">
        {texts.mode[mode]}
        {next !== null && <small>{texts.nextMode(texts.mode[next.mode], clockText(timeZone, next.atMs, false))}</small>}
      </span>
      <span class="strength">{texts.strength(onDuty, live, silent)}</span>
    </>
  );
}
