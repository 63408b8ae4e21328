/** A longer line is no record; it is skipped to its end without being kept. */
export const MAX_LINE_BYTES = 1_048_576;
const LF = 0x0a;
const CR = 0x0d;

/** Lines of UTF-8 text without their ends (LF, CRLF or CR alone); null for one that is too long. Holds one line at most. */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string | null> {
  let parts: Buffer[] = [];
  let length = 0;
  // An LF right after a CR belongs to the end of the line before it, also in the next chunk.
  let afterCr = false;
  const take = (): string | null => {
    const line = length > MAX_LINE_BYTES ? null : Buffer.concat(parts).toString('utf8');
    parts = [];
    length = 0;
    return line;
  };
  const keep = (part: Buffer): void => {
    length += part.length;
    if (length <= MAX_LINE_BYTES) parts.push(part);
    else parts = [];
  };
  for await (const chunk of bytes) {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    while (rest.length > 0) {
      if (afterCr && rest[0] === LF) rest = rest.subarray(1);
      afterCr = false;
      const end = endOfLine(rest);
      if (end < 0) break;
      keep(rest.subarray(0, end));
      yield take();
      afterCr = rest[end] === CR;
      rest = rest.subarray(end + 1);
    }
    if (rest.length > 0) keep(Buffer.from(rest));
  }
  if (length > 0) yield take();
}

function endOfLine(bytes: Buffer): number {
  const lf = bytes.indexOf(LF);
  const cr = (lf < 0 ? bytes : bytes.subarray(0, lf)).indexOf(CR);
  return cr < 0 ? lf : cr;
}
