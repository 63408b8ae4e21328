import { useState } from 'preact/hooks';
import type { Texts } from '../i18n/texts.js';
import type { SessionEnd } from '../store/state.js';

interface Props {
  readonly texts: Texts;
  /** Why the last session ended, or was not begun. */
  readonly trouble: SessionEnd | 'unreachable' | null;
  readonly waits: boolean;
  readonly onToken: (token: string) => void;
}

export function SignIn({ texts, trouble, waits, onToken }: Props) {
  const [token, setToken] = useState('');
  const { signIn, ended } = texts;
  const submit = (event: Event): void => {
    event.preventDefault();
    if (token.trim() !== '') onToken(token.trim());
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
          value={token}
          onInput={({ currentTarget }) => setToken(currentTarget.value)}
        />
        <p class="hint">{signIn.hint}</p>
        {trouble !== null && (
          <p class="trouble" role="alert">
            {trouble === 'unreachable' ? signIn.unreachable : ended[trouble]}
          </p>
        )}
        <button type="submit" disabled={waits}>
          {waits ? signIn.waiting : signIn.go}
        </button>
      </form>
    </main>
  );
}
