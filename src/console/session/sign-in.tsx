import { useState } from 'preact/hooks';
import type { Texts } from '../i18n/texts.js';
import type { SessionEnd } from '../store/state.js';
import { needsPurpose } from './session.js';
import './sign-in.css';

interface Props {
  readonly texts: Texts;
  /** A token that the page's address brought, and that still needs a purpose. */
  readonly brought: string;
  /** Why the last session ended, or was not begun. */
  readonly trouble: SessionEnd | 'unreachable' | null;
  readonly waits: boolean;
  readonly onToken: (token: string, purpose: string | null) => void;
}

export function SignIn({ texts, brought, trouble, waits, onToken }: Props) {
  const [typed, setToken] = useState('');
  const [purpose, setPurpose] = useState('');
  const { signIn, ended } = texts;
  const token = (typed === '' ? brought : typed).trim();
  const asksWhy = needsPurpose(token);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (token !== '') onToken(token, asksWhy ? purpose.trim() : null);
  };
  return (
    <main class="sign-in">
      <form onSubmit={submit} aria-busy={waits}>
        <h1>{signIn.title}</h1>
        <label for="token">{signIn.token}</label>
        <input
          id="token"
          type="password"
          autocomplete="off"
          spellcheck={false}
          value={typed === '' ? brought : typed}
          onInput={({ currentTarget }) => setToken(currentTarget.value)}
        />
        <p class="hint">{signIn.hint}</p>
        {asksWhy && (
          <>
            <label for="purpose">{signIn.purpose}</label>
            <input
              id="purpose"
              required
              pattern=".*\S.*"
              maxLength={200}
              value={purpose}
              onInput={({ currentTarget }) => setPurpose(currentTarget.value)}
            />
            <p class="hint">{signIn.purposeHint}</p>
          </>
        )}
        {trouble !== null && (
          <p class="trouble" role="alert">
            {trouble === 'unreachable' ? signIn.unreachable : ended[trouble]}
          </p>
        )}
        <button type="submit" class="main" disabled={waits}>
          {waits ? signIn.waiting : signIn.go}
        </button>
      </form>
    </main>
  );
}
