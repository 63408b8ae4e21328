import { connect } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import t from 'tap';
import { Compile } from 'typebox/compile';
import { ask } from './clients.js';
import { T0_MS } from './records.js';
import { startRig } from './rig.js';

t.test('tickets', async (t) => {
  const rig = await startRig(t);
  const before = Date.now();
  const { status, body } = await ask(rig, '/v1/ticket', {
    method: 'POST',
    token: await rig.token({ role: 'supervisor' }),
  });
  t.equal(status, 200);
  t.match(body.ticket, /^[\w-]{43}$/);
  t.ok(Number(body.expiresAtMs) >= before + 30_000 && Number(body.expiresAtMs) <= Date.now() + 30_000);
});

t.test('the virtual clock: set, ticked, and passed by the engine when it is answered', async (t) => {
  const rig = await startRig(t);
  const token = await rig.token({ role: 'admin' });
  for (const nowMs of [T0_MS + 1_000, T0_MS + 1_000, T0_MS + 5_000]) {
    const { status, body } = await ask(rig, '/v1/districts/meixian/clock', { token, body: { nowMs } });
    t.equal(status, 200);
    t.match(body.logId, new RegExp(`^${nowMs}-`));
    const cursor = await rig.district().hot.readCursor();
    t.ok((cursor?.logId.ms ?? 0) >= nowMs, 'the engine has passed it');
  }
  t.equal((await ask(rig, '/v1/districts/meixian', { token })).body.nowMs, T0_MS + 5_000);
});

t.test("a plain request to the trackers' socket is told to upgrade, with or without a token", async (t) => {
  const rig = await startRig(t);
  for (const role of [null, 'tracker', 'supervisor'] as const) {
    const o = role === null ? {} : { token: await rig.token({ role }) };
    const plain = await ask(rig, '/v1/ingest', o);
    t.match(plain, { status: 426, body: { code: 'upgrade-required', message: /expected Upgrade: websocket/ } });
    t.strictSame([plain.headers.get('upgrade'), plain.headers.get('sec-websocket-version')], ['websocket', '13']);
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const other = await ask(rig, '/v1/ingest', { ...o, method });
      t.match(other, { status: 405, body: { code: 'method-not-allowed' } });
      t.equal(other.headers.get('allow'), 'GET');
    }
  }
});

t.test('health and readiness', async (t) => {
  const rig = await startRig(t);
  t.match(await ask(rig, '/healthz'), { status: 200, body: { alive: true } });
  t.match(await ask(rig, '/readyz'), { status: 200, body: { ready: true, checks: [{ name: 'redis', ok: true }] } });
  rig.readiness.ok = false;
  t.match(await ask(rig, '/readyz'), {
    status: 503,
    body: { ready: false, checks: [{ name: 'redis', ok: false, detail: 'as the test says' }] },
  });
  t.equal((await ask(rig, '/healthz')).status, 200);
});

t.test('details of readiness are for this machine and for admins; anybody learns which checks fail', async (t) => {
  const rig = await startRig(t);
  const asked = async (token?: string) => {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const headers = { 'x-forwarded-for': '203.0.113.7', ...authorization };
    return await (await fetch(`${rig.url}/readyz`, { headers })).json();
  };
  const plain = { ready: true, checks: [{ name: 'redis', ok: true }] };
  const whole = { ready: true, checks: [{ name: 'redis', ok: true, detail: 'as the test says' }] };
  t.strictSame(await asked(), plain);
  t.strictSame(await asked('no token'), plain);
  t.strictSame(await asked(await rig.token({ role: 'supervisor' })), plain);
  t.strictSame(await asked(await rig.token({ role: 'admin' })), whole);
  t.strictSame((await ask(rig, '/readyz')).body, whole);
});

t.test('the document is OpenAPI 3.1', async (t) => {
  const rig = await startRig(t);
  const { body, headers } = await ask(rig, '/v1/openapi.json');
  t.match(headers.get('content-type'), 'application/json');
  t.match(body, {
    openapi: '3.1.0',
    info: { title: 'Beatwatch' },
    components: { securitySchemes: { token: { scheme: 'bearer' } } },
  });
  const tags = new Set((body.tags as { name: string }[]).map(({ name }) => name));
  const schemas: unknown[] = [];
  for (const [path, operations] of Object.entries(body.paths as Record<string, Record<string, Operation>>)) {
    const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    for (const [method, operation] of Object.entries(operations)) {
      const name = `${method} ${path}`;
      t.ok(operation.summary, `${name} says what it is`);
      t.strictSame(
        operation.tags.filter((tag) => !tags.has(tag)),
        [],
        `${name} has known tags`,
      );
      const parameters = operation.parameters ?? [];
      const inPath = parameters.filter((parameter) => parameter.in === 'path');
      t.strictSame(
        inPath.map((parameter) => parameter.name).sort(),
        [...wanted].sort(),
        `${name} has its path parameters`,
      );
      for (const parameter of parameters) {
        t.match(parameter.in, /^(path|query|header)$/);
        if (parameter.in !== 'query')
          t.equal(parameter.required === true, parameter.in === 'path', `${name} ${parameter.name}`);
        schemas.push(parameter.schema);
      }
      for (const [status, response] of Object.entries(operation.responses)) {
        t.match(status, /^[1-5]\d\d$/);
        t.ok(response.description !== undefined, `${name} ${status} has a description`);
        schemas.push(...Object.values(response.content ?? {}).map(({ schema }) => schema));
      }
      const media = operation.requestBody?.content;
      if (media !== undefined) schemas.push(media['application/json']?.schema);
      t.equal(
        media !== undefined,
        method !== 'get' && !path.endsWith('/ticket'),
        `${name} has a body where it takes one`,
      );
    }
  }
  t.ok(schemas.length > 100);
  for (const schema of schemas) {
    t.ok(typeof schema === 'object' && schema !== null);
    t.doesNotThrow(() => Compile(schema as object));
  }
  const named = Object.keys((body.components as { schemas: object }).schemas);
  const references = JSON.stringify(body).match(/"\$ref":"[^"]*"/g) ?? [];
  const known = new Set(named.map((name) => `"$ref":"#/components/schemas/${name}"`));
  t.strictSame(
    references.filter((reference) => !known.has(reference)),
    [],
    'nothing refers elsewhere',
  );

  const published = (await ask(rig, '/v1/schemas')).body;
  t.strictSame(Object.keys(published).sort(), [
    'district',
    'error',
    'live-message',
    'live-subscribe',
    'order',
    'places',
    'plan',
    'roads',
    'roster',
    'units',
  ]);
});

interface Operation {
  readonly summary?: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: unknown;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: unknown }>> };
  readonly responses: Readonly<
    Record<
      string,
      { readonly description?: string; readonly content?: Readonly<Record<string, { readonly schema: unknown }>> }
    >
  >;
}

t.test('a request that arrives while the process closes is told so, and closing does not hang', async (t) => {
  const rig = await startRig(t);
  const socket = connect(Number(new URL(rig.url).port), '127.0.0.1');
  socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n');
  // Else the server may not have seen the connection.
  await ask(rig, '/healthz');
  const closing = rig.api.close();
  socket.write('\r\n');
  const [head = '', body = ''] = (await readAll(socket)).split('\r\n\r\n');
  t.match(head, /^HTTP\/1.1 503 /);
  t.match(JSON.parse(body), { code: 'shutting-down' });
  await closing;
  await t.rejects(ask(rig, '/healthz'), 'nobody listens any more');
});
