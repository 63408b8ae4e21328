import t from 'tap';
import { ask, LiveClient } from './clients.js';
import { T0_MS } from './records.js';
import { type Rig, startRig } from './rig.js';

const MINUTE_MS = 60_000;
const ALERTS = '/v1/districts/meixian/alerts';
/** `T0_MS` is eight o'clock in the district. */
const RAISED = {
  zh: '人民广场岗点已空岗12分钟（08:00起），请派警力到岗。',
  en: "People's Square has been unattended for 12 min (since 08:00); send a unit.",
};

async function emitRaise(rig: Rig): Promise<void> {
  await rig.district().engine.emit({ alerts: [{ alertId: 'gap', atMs: T0_MS + 12 * MINUTE_MS }] });
}

t.test("each reader gets the sentence that its facts come to, by the district's clock", async (t) => {
  const rig = await startRig(t);
  await emitRaise(rig);
  const token = await rig.token({ role: 'supervisor', subject: 'li' });
  const client = new LiveClient(rig, '/v1/districts/meixian/live', { token });
  t.match(await client.first('snapshot'), { openAlerts: [{ sentence: RAISED }] });
  t.match((await ask(rig, ALERTS, { token })).body.items, [{ sentence: RAISED }]);
  t.match((await ask(rig, `${ALERTS}/gap`, { token })).body, { versions: [{ sentence: RAISED }] });

  const ending = { ending: 'arrival', byUnit: 'car-1' } as const;
  const toMs = T0_MS + 20 * MINUTE_MS;
  await rig.district().engine.emit({
    alerts: [{ alertId: 'gap', change: 'cleared', condition: 'cleared', toMs, evidence: ending }],
  });
  t.match((await client.first('alert')).sentence, {
    zh: '人民广场岗点已恢复值守（car-1于08:20到岗），此前空岗20分钟。',
  });
});

t.test('without a plan the clock is not known, and times say that they are in UTC', async (t) => {
  const rig = await startRig(t);
  await emitRaise(rig);
  rig.district().plan = null;
  const token = await rig.token({ role: 'supervisor' });
  t.match((await ask(rig, ALERTS, { token })).body.items, [
    { sentence: { zh: /（UTC 00:00起）/, en: /since 00:00 UTC/ } },
  ]);
});
