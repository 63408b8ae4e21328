import t from 'tap';
import { localDay, localDayAt } from '../../src/days/local-day.js';

const HOUR_MS = 3_600_000;

t.test('a day goes from one local midnight to the next, also where the clock changes', async (t) => {
  const shanghai = localDay('2026-11-24', 'Asia/Shanghai');
  t.equal(shanghai.fromMs, Date.UTC(2026, 10, 23, 16));
  t.equal(shanghai.toMs - shanghai.fromMs, 24 * HOUR_MS);
  const summer = localDay('2026-03-29', 'Europe/Berlin');
  t.equal(summer.toMs - summer.fromMs, 23 * HOUR_MS);
  const winter = localDay('2026-10-25', 'Europe/Berlin');
  t.equal(winter.toMs - winter.fromMs, 25 * HOUR_MS);
});

t.test('an instant lies in the local day, and days are counted from it', async (t) => {
  const day = localDayAt(Date.UTC(2026, 10, 23, 16), 'Asia/Shanghai');
  t.equal(day.day, '2026-11-24');
  t.equal(localDayAt(day.fromMs - 1, 'Asia/Shanghai').day, '2026-11-23');
  t.equal(localDayAt(day.fromMs - 1, 'Asia/Shanghai').toMs, day.fromMs);
});

t.test('what is no date is refused with what was got', async (t) => {
  for (const bad of ['2026-02-30', '24.11.2026', '2026-11-24T00:00:00Z', ''])
    t.throws(() => localDay(bad, 'Asia/Shanghai'), { code: 'day-invalid', message: JSON.stringify(bad) });
});
