import { useEffect, useRef, useState } from 'preact/hooks';
import type { AlertAnswer } from '../../protocol/alert-states.js';
import type { Language, Texts } from '../i18n/texts.js';
import { clockText } from '../i18n/words.js';
import type { Features, Footprint } from '../map/features.js';
import { type Ask, AskError } from '../socket/ask.js';
import { type Evidence, evidenceMarks, evidenceOf, looksOf } from './evidence.js';
import { evidenceText } from './evidence-text.js';
import { lastSeenBy } from './last-seen.js';

interface Props {
  readonly alertId: string;
  readonly open: ReadonlyMap<string, AlertAnswer>;
  readonly district: string;
  readonly footprints: readonly Footprint[];
  readonly timeZone: string;
  readonly texts: Texts;
  readonly language: Language;
  readonly ask: Ask;
  /** What a place or a unit is called. */
  readonly nameOf: (id: string) => string;
  /** What the map is to show of the chosen version; null: nothing more. */
  readonly onMarks: (marks: Features<object> | null) => void;
  readonly onClose: () => void;
}

/** All versions of an alert: what was told when, what it rested on, which the map shows, and what took it back. */
export function AlertHistory({ alertId, open, district, timeZone, texts, language, ask, onClose, ...props }: Props) {
  const [versions, setVersions] = useState<readonly AlertAnswer[]>([]);
  const [chosen, setChosen] = useState<number | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const panel = useRef<HTMLElement>(null);
  // It is asked for again when another version comes.
  const latest = open.get(alertId)?.transition;
  useEffect(() => {
    const gone = new AbortController();
    const { signal } = gone;
    setTrouble(null);
    ask(`/v1/districts/${district}/alerts/${encodeURIComponent(alertId)}`, { signal })
      .then((answer) => !signal.aborted && setVersions((answer as { versions: AlertAnswer[] }).versions))
      .catch((error: unknown) => {
        if (!signal.aborted) setTrouble(error instanceof AskError ? error.message : String(error));
      });
    return () => gone.abort();
  }, [alertId, latest, district, ask]);
  useEffect(() => {
    setChosen(null);
    panel.current?.focus();
  }, [alertId]);
  // Until somebody chooses another, the version that was told last.
  const version = versions.find(({ transition }) => transition === chosen) ?? versions.at(-1) ?? null;
  const items = useEvidence(version, { ask, district, ...props });
  return (
    <section ref={panel} class="history" role="dialog" aria-labelledby="history-title" tabIndex={-1}>
      <header>
        <h2 id="history-title">{texts.alerts.history}</h2>
        <button type="button" onClick={onClose}>
          {texts.alerts.close}
        </button>
      </header>
      {trouble !== null && <p role="alert">{texts.alerts.failed(trouble)}</p>}
      <ol>
        {versions.map((one) => (
          <li key={one.transition} class="version">
            <button type="button" class="told" aria-pressed={one === version} onClick={() => setChosen(one.transition)}>
              <span class="when">{texts.alerts.version(one.version, clockText(timeZone, one.atMs))}</span>
              <span class="sentence">{one.sentence[language]}</span>
              {one.evidence.comment !== undefined && <q>{one.evidence.comment}</q>}
            </button>
            {one === version && items.length > 0 && (
              <ol class="evidence" aria-label={texts.live.evidence.title}>
                {items.map((item, index) => (
                  <li key={`${index} ${item.is}`}>
                    <span class="number">{index + 1}</span>{' '}
                    {evidenceText(item, { texts, timeZone, nameOf: props.nameOf })}
                  </li>
                ))}
              </ol>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** What a version rests on; it is drawn once it is known where those units were that it names. */
function useEvidence(
  version: AlertAnswer | null,
  { ask, district, footprints, onMarks }: Pick<Props, 'ask' | 'district' | 'footprints' | 'onMarks'>,
): readonly Evidence[] {
  const items = version === null ? [] : evidenceOf(version);
  const transition = version?.transition;
  useEffect(() => {
    if (version === null) return;
    const gone = new AbortController();
    const { signal } = gone;
    const seen = new Map<string, readonly [number, number]>();
    const draw = (): void => {
      if (!signal.aborted) onMarks(evidenceMarks(version, items, { footprints, seen }));
    };
    draw();
    const looks = looksOf(items).map(async ({ unit, byMs }) => {
      // Who cannot be found is not drawn; the words name the unit all the same.
      const at = await lastSeenBy(ask, district, { unit, byMs, signal }).catch(() => null);
      if (at !== null) seen.set(unit, at);
    });
    if (looks.length > 0) void Promise.all(looks).then(draw);
    return () => gone.abort();
  }, [transition, footprints, ask, district]);
  useEffect(() => () => onMarks(null), []);
  return items;
}
