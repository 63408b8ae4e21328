/** A tracker's connections here: how many it has had anywhere when each was claimed; null while that is asked. */
interface Connections<Session> {
  newestClaim: number;
  readonly claims: Map<Session, number | null>;
}

/** The sessions of one district in this process, and which of them a newer connection has superseded. */
export class ConnectionTable<Session extends { readonly tracker: string }> {
  readonly #byTracker = new Map<string, Connections<Session>>();

  add(session: Session): void {
    const connections = this.#byTracker.get(session.tracker) ?? { newestClaim: 0, claims: new Map<Session, null>() };
    connections.claims.set(session, null);
    this.#byTracker.set(session.tracker, connections);
  }

  /** The session's own claim is known now. Returns the sessions that are superseded: others, or itself. */
  claimed(session: Session, claim: number): Session[] {
    const connections = this.#byTracker.get(session.tracker);
    if (connections?.claims.has(session) !== true) return [];
    connections.claims.set(session, claim);
    return this.learn(session.tracker, claim);
  }

  /** A claim of the tracker was made somewhere. Returns the sessions here that are superseded. */
  learn(tracker: string, claim: number): Session[] {
    const connections = this.#byTracker.get(tracker);
    if (connections === undefined) return [];
    // A claim that is not newer may still be the first word about it: messages and replies overtake each other.
    connections.newestClaim = Math.max(connections.newestClaim, claim);
    const { newestClaim, claims } = connections;
    return [...claims].filter(([, own]) => own !== null && own < newestClaim).map(([session]) => session);
  }

  remove(session: Session): void {
    const connections = this.#byTracker.get(session.tracker);
    connections?.claims.delete(session);
    if (connections?.claims.size === 0) this.#byTracker.delete(session.tracker);
  }

  trackers(): string[] {
    return [...this.#byTracker.keys()];
  }
}
