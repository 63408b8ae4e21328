/** What of a district's record is gone from the store though nothing that Beatwatch does takes it away. */
export interface Loss {
  readonly what: 'log' | 'alerts' | 'visits';
  /** How many entries, or versions. */
  readonly count: number;
  /** First and last of them: numbers of versions; of the log ids, where they are known. Null: not known. */
  readonly from: string | null;
  readonly to: string | null;
}

/** Somebody knows that something is gone. */
export interface LossAccepted {
  readonly actor: string;
  readonly reason: string;
  readonly atMs: number;
}

export interface LossAcceptance extends LossAccepted {
  /** All that was gone then. */
  readonly losses: readonly Loss[];
  /** Where the log ended then, `<ms>-<seq>`; null: there was none. */
  readonly logEnd: string | null;
}

/** A loss as people read it. */
export interface LossRecord extends Loss {
  readonly text: string;
  /** Null: nobody has accepted it. */
  readonly accepted: LossAccepted | null;
}

/** Numbers `from` to `to` of a stream of versions, inclusive: they are not there. */
export interface MissingNumbers {
  readonly from: number;
  readonly to: number;
}

/** What one stream of versions holds. */
export interface StreamFacts {
  /** Numbers; 0 of an empty stream. */
  readonly first: number;
  readonly last: number;
  readonly length: number;
  /** The cursor says that all up to this number were written. */
  readonly written: number;
  /** Beatwatch itself has trimmed those up to this number, which are archived; 0: none. */
  readonly trimmedUpTo: number;
  /** How many of the versions up to `trimmedUpTo` were missing already when their neighbours were trimmed. */
  readonly lostBefore: number;
  /** The first stretches of the versions that `lostBefore` counts. */
  readonly holesBefore: readonly MissingNumbers[];
}

export interface LogFacts {
  readonly length: number;
  /** How many entries it has ever had. */
  readonly added: number;
  /** How many Beatwatch itself has trimmed from its beginning. */
  readonly trimmed: number;
  /** The newest entry that was deleted one by one, `<ms>-<seq>`; null: none was. */
  readonly deletedUpTo: string | null;
  readonly lastId: string | null;
}

/** All of one instant. */
export interface RecordFacts {
  readonly log: LogFacts;
  readonly alerts: StreamFacts;
  readonly visits: StreamFacts;
}
