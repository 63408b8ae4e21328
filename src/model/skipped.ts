/** Who looked at an entry that could not be folded, and what came of it. */
export interface SkippedClearing {
  readonly actor: string;
  readonly reason: string;
  readonly atMs: number;
}

/** An entry of the log that could not be folded (P1). */
export interface SkippedRecord {
  readonly logId: string;
  /** Why. */
  readonly error: string;
  /** Null: nobody has cleared it. */
  readonly cleared: SkippedClearing | null;
  /** Its kind, length, and the beginning of its payload, base64; null once the log was trimmed beyond it. */
  readonly kind: string | null;
  readonly bytes: number | null;
  readonly payload: string | null;
}
