/** A tracker's id of a report as the archive's two columns have it. */
export interface ReportIdColumns {
  readonly number: bigint | null;
  readonly bytes: Uint8Array | null;
}

/** Bytes of an id that is kept as a number. */
export const NUMBER_BYTES = 8;

export function reportIdColumns(id: Uint8Array): ReportIdColumns {
  if (id.length !== NUMBER_BYTES) return { number: null, bytes: id };
  return { number: Buffer.from(id.buffer, id.byteOffset, NUMBER_BYTES).readBigInt64BE(), bytes: null };
}

export function reportIdOf({ number, bytes }: ReportIdColumns): Uint8Array {
  if (number === null) return bytes ?? new Uint8Array(0);
  const id = Buffer.alloc(NUMBER_BYTES);
  id.writeBigInt64BE(number);
  return id;
}
