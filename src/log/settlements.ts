import { decodeLogEntry, encodeLogEntry } from '../codec/log-codec.js';
import { settlementEntries, settlementOf } from '../codec/settlement-payload.js';
import type { DayMark, DaySettlement, SettledDay } from '../model/day-record.js';
import { BeatwatchError, messageOf } from '../model/errors.js';
import type { SettlementEntry } from '../model/log-entry.js';
import type { RedisConnection } from '../redis/connection.js';
import { districtKey } from '../redis/district-key.js';
import { runScript } from '../redis/script.js';
import type { LogHistory } from './log-history.js';
import { logKey } from './raw-entry.js';
import { settlementScript } from './scripts.js';

export interface SettlementsOptions {
  readonly district: string;
  /** Purpose `query`. */
  readonly connection: RedisConnection;
}

/** The days that are settled, oldest first. */
export async function readSettledDays({ district, connection }: SettlementsOptions): Promise<readonly SettledDay[]> {
  const days = Object.values(await connection.hgetall(daysKey(district)));
  return days.map((text) => JSON.parse(text) as SettledDay).sort((a, b) => a.fromMs - b.fromMs);
}

/** Null: the day is not settled. */
export async function readSettledDay(o: SettlementsOptions, day: string): Promise<SettledDay | null> {
  const text = await o.connection.hget(daysKey(o.district), day);
  return text === null ? null : (JSON.parse(text) as SettledDay);
}

export interface AppendedSettlement extends SettlementsOptions {
  readonly settlement: DaySettlement;
  readonly mark: Omit<DayMark, 'logId' | 'atMs' | 'parts'>;
  /** The day as it was when the settlement was made; null: it was not settled. */
  readonly before: SettledDay | null;
}

/**
 * Appends the entries of a settlement and notes the day as settled, both or neither, if the day is still as `before` says. Answers whether the
 * day then stands as this settlement says: another settler may have come first with the same. False: with another, and nothing is
 * written. Code `log-missing`.
 */
export async function appendSettlement(o: AppendedSettlement): Promise<boolean> {
  const { district, connection, settlement, mark, before } = o;
  const payloads = settlementEntries(settlement, mark.digest).map((entry) => Buffer.from(encodeLogEntry(entry)));
  const [head, tail] = noteOf(settlement, before, { ...mark, parts: payloads.length });
  const args = [settlement.record.day, before === null ? '' : noteText(before), head, tail, ...payloads];
  const keys = [logKey(district), daysKey(district)];
  const found = await runScript(connection, settlementScript, keys, args);
  if (String(found) === 'settled') return true;
  if (String(found) === 'missing')
    throw new BeatwatchError('log-missing', `log of ${district}: got none, expected one to settle a day of`);
  const now = await readSettledDay(o, settlement.record.day);
  return now?.settlements.at(-1)?.digest === mark.digest;
}

function noteText({ day, fromMs, toMs, settlements }: SettledDay): string {
  return JSON.stringify({ day, fromMs, toMs, settlements });
}

/** The note of the day in two parts: between them the script says where the entries stand. */
function noteOf(
  { record: { day, fromMs, toMs } }: DaySettlement,
  before: SettledDay | null,
  mark: Omit<DayMark, 'logId' | 'atMs'>,
): [head: string, tail: string] {
  const settlements = before?.settlements.map((one) => JSON.stringify(one)) ?? [];
  const head = `{"day":"${day}","fromMs":${fromMs},"toMs":${toMs},"settlements":[`;
  return [`${head}${[...settlements, JSON.stringify(mark).slice(0, -1)].join(',')},`, '}]}'];
}

/** What a settlement says, from the log. Code `settlement-gone` when its entries are not there any more, or not as they were. */
export async function readSettlement(
  history: LogHistory,
  day: string,
  { digest, atMs, parts }: DayMark,
): Promise<DaySettlement> {
  const gone = (got: string, cause?: unknown) =>
    new BeatwatchError(
      'settlement-gone',
      `settlement of ${day}: got ${got}, expected ${parts} entries as they were appended`,
      { day },
      cause === undefined ? {} : { cause },
    );
  const found = new Map<number, SettlementEntry>();
  await history.read({
    fromMs: atMs,
    toMs: atMs + 1,
    kinds: ['settlement'],
    visit: (entries) => {
      for (const { payload } of entries) {
        const entry = settlementIn(payload);
        if (entry?.day === day && entry.digest === digest) found.set(entry.part, entry);
      }
    },
  });
  if (found.size !== parts) throw gone(`${found.size} of its entries in the log`);
  try {
    return settlementOf([...found.values()].sort((a, b) => a.part - b.part));
  } catch (error) {
    throw gone(messageOf(error), error);
  }
}

/** Null: the entry is not as it was. */
function settlementIn(payload: Uint8Array): SettlementEntry | null {
  try {
    const entry = decodeLogEntry('settlement', payload);
    return entry.kind === 'settlement' ? entry : null;
  } catch {
    return null;
  }
}

function daysKey(district: string): string {
  return districtKey(district, 'days');
}
