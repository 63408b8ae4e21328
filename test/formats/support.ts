export const START_MS = Date.UTC(2026, 10, 24, 0, 30);

/** Names that formats have broken before. */
export const ODD_TEXTS = [
  'plain',
  '',
  ' spaces around ',
  'a "quoted" name',
  'comma, and; semicolon',
  'two\nlines',
  'two\r\nlines',
  '=1+1',
  "=cmd|' /C calc'!A0",
  "'=1+1",
  "'plain",
  '+86 753 2180000',
  '-5',
  '-5+3',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  '＝1+1',
  '梅县区公安局·巡逻车一号',
  '🚓👮‍♀️',
  '<b>&amp;</b>',
  '_x000D_',
  'null',
  '0012',
  'é\u0301',
] as const;

export async function bytesOf(chunks: AsyncIterable<string | Uint8Array>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts);
}

export async function textOf(chunks: AsyncIterable<string | Uint8Array>): Promise<string> {
  return (await bytesOf(chunks)).toString('utf8');
}
