import { useEffect, useRef, useState } from 'preact/hooks';
import type { AlertAnswer } from '../../protocol/alert-states.js';
import type { Language, Texts } from '../i18n/texts.js';
import { clockText } from '../i18n/words.js';
import { type Ask, AskError } from '../socket/ask.js';

interface Props {
  readonly alertId: string;
  readonly open: ReadonlyMap<string, AlertAnswer>;
  readonly district: string;
  readonly timeZone: string;
  readonly texts: Texts;
  readonly language: Language;
  readonly ask: Ask;
  readonly onClose: () => void;
}

/** All versions of an alert: what was told when, and what took it back. */
export function AlertHistory({ alertId, open, district, timeZone, texts, language, ask, onClose }: Props) {
  const [versions, setVersions] = useState<readonly AlertAnswer[] | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const dialog = useRef<HTMLDialogElement>(null);
  // It is asked for again when another version comes.
  const latest = open.get(alertId)?.transition;
  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal();
    let isGone = false;
    ask(`/v1/districts/${district}/alerts/${encodeURIComponent(alertId)}`)
      .then((answer) => !isGone && setVersions((answer as { versions: AlertAnswer[] }).versions))
      .catch((error: unknown) => {
        if (!isGone) setTrouble(error instanceof AskError ? error.message : String(error));
      });
    return () => {
      isGone = true;
    };
  }, [alertId, latest, district, ask]);
  return (
    <dialog ref={dialog} class="history" onClose={onClose} aria-labelledby="history-title">
      <h3 id="history-title">{texts.alerts.history}</h3>
      {trouble !== null && <p role="alert">{texts.alerts.failed(trouble)}</p>}
      <ol>
        {versions?.map((version) => (
          <li key={version.transition}>
            <p class="when">{texts.alerts.version(version.version, clockText(timeZone, version.atMs))}</p>
            <p class="sentence">{version.sentence[language]}</p>
            {version.evidence.comment !== undefined && <blockquote>{version.evidence.comment}</blockquote>}
          </li>
        ))}
      </ol>
      <form method="dialog">
        <button type="submit">{texts.alerts.close}</button>
      </form>
    </dialog>
  );
}
