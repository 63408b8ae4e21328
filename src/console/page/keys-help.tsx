import type { Texts } from '../i18n/texts.js';

/** What each key does. */
export function KeysHelp({ texts, onClose }: { readonly texts: Texts; readonly onClose: () => void }) {
  return (
    <dialog open class="keys" onClose={onClose} aria-labelledby="keys-title">
      <h2 id="keys-title">{texts.keys.title}</h2>
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
