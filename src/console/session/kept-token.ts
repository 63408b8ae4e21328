const NAME = 'beatwatch.token';

/** The part of a browser's `sessionStorage` that is used: it ends with the tab. */
export interface TabStorage {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

/**
 * The token of this tab: one that the page's address brings behind `#token=`, which no server and no log sees, or the one kept from before. The
 * address is cleaned at once, so that nobody copies it, and it cannot sign in twice from the history of the browser.
 */
export function takeToken(
  storage: TabStorage,
  address: { readonly hash: string; readonly pathname: string; readonly search: string },
  history: { replaceState(state: null, title: string, address: string): void },
): string | null {
  const brought = new URLSearchParams(address.hash.replace(/^#/, '')).get('token');
  if (brought === null) return storage.getItem(NAME);
  history.replaceState(null, '', `${address.pathname}${address.search}`);
  storage.setItem(NAME, brought);
  return brought;
}

export function keepToken(storage: TabStorage, token: string | null): void {
  if (token === null) storage.removeItem(NAME);
  else storage.setItem(NAME, token);
}

const PURPOSE = 'beatwatch.purpose';

/** Why an auditor of this tab looks; null: nobody has said, or the tab's session needs no purpose. */
export function keptPurpose(storage: TabStorage): string | null {
  return storage.getItem(PURPOSE);
}

export function keepPurpose(storage: TabStorage, purpose: string | null): void {
  if (purpose === null) storage.removeItem(PURPOSE);
  else storage.setItem(PURPOSE, purpose);
}
