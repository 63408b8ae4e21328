import { useState } from 'preact/hooks';
import type { CompiledPlan } from '../../model/plan.js';
import type { Language, Texts } from '../i18n/texts.js';

interface Props {
  readonly plan: CompiledPlan | null;
  readonly texts: Texts;
  readonly language: Language;
  readonly onFound: (id: string) => void;
}

/** Finds a place or a unit by a part of its name. */
export function Find({ plan, texts, language, onFound }: Props) {
  // Thousands of names stand in the page once somebody looks for one.
  const [isUsed, setIsUsed] = useState(false);
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
        onFocus={() => setIsUsed(true)}
        onInput={({ currentTarget }) => find(currentTarget.value)}
      />
      <datalist id="names">{isUsed && [...names.keys()].map((name) => <option key={name} value={name} />)}</datalist>
    </search>
  );
}
