import { LIVE_CLOSE_CODES } from '../protocol/live-close-codes.js';
import { LIVE_SUBPROTOCOL } from '../protocol/live-socket.js';
import { CLOSE_CODES } from '../protocol/tracker-close-codes.js';
import { TRACKER_PATH, TRACKER_SUBPROTOCOL } from '../protocol/tracker-socket.js';
import { LiveQuery } from './live/live-query.js';
import { LiveMessageSchema, SubscribeSchema } from './live/live-schemas.js';
import { withNames } from './named-schemas.js';

const LIVE_PATH = '/v1/districts/{district}/live';

/** What each message of the live socket is for, by its type. */
const LIVE_MESSAGES: Readonly<Record<string, string>> = {
  snapshot: 'The state of one instant: first, and after each subscribe.',
  alert: 'A version of an alert, each once, in order.',
  positions: 'Positions that changed.',
  units: 'Units whose state changed.',
  coverage: 'Places whose coverage changed.',
  tasks: 'Tasks that changed.',
  resync: 'The transitions that were asked for are not there any more; a whole snapshot follows.',
  missing: 'Transitions that are gone though later ones are there.',
  stale: 'What is shown is not of now, or is again.',
  error: 'A message of the client was wrong; the socket closes.',
};

/** The AsyncAPI 3.0 document of both sockets: who says what, in which shape, and why a socket is closed. */
export function asyncApiDocument(trackerProto: string): object {
  const live = liveMessages();
  const { document, schemas } = withNames({
    asyncapi: '3.0.0',
    info: {
      title: 'Beatwatch sockets',
      version: '1',
      description:
        'The socket of trackers (protobuf) and the live socket of supervisors (JSON). HTTP: /v1/openapi.json.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      beatwatch: {
        host: '{host}',
        protocol: 'ws',
        variables: {
          host: { default: '127.0.0.1:8080', description: 'Host and port of the server, or of the proxy.' },
        },
        security: [{ $ref: '#/components/securitySchemes/token' }],
      },
    },
    channels: { trackers: trackersChannel(trackerProto), live: liveChannel(live) },
    operations: operations(Object.keys(live)),
  });
  return {
    ...(document as object),
    components: {
      schemas,
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'EdDSA.' } },
    },
  };
}

function trackersChannel(trackerProto: string): object {
  const payload = { schemaFormat: 'application/vnd.google.protobuf;version=3', schema: trackerProto };
  const contentType = 'application/x-protobuf';
  return {
    address: TRACKER_PATH,
    title: 'Trackers',
    description: `WebSocket, subprotocol ${TRACKER_SUBPROTOCOL}, binary: one message of /v1/tracker.proto a frame.`,
    messages: {
      TrackerFrame: { name: 'TrackerFrame', summary: 'A report or a heartbeat.', contentType, payload },
      ServerFrame: { name: 'ServerFrame', summary: 'Welcome, ack or refusal.', contentType, payload },
    },
    bindings: webSocket({ type: 'object', properties: {} }),
    'x-subprotocol': TRACKER_SUBPROTOCOL,
    'x-close-codes': Object.values(CLOSE_CODES),
  };
}

function liveChannel(messages: Readonly<Record<string, object>>): object {
  const { ticket, after, purpose, place, unit, rule, severity } = LiveQuery.properties;
  return {
    address: LIVE_PATH,
    title: 'Live',
    description: `WebSocket, subprotocol ${LIVE_SUBPROTOCOL}, JSON text. First a snapshot, then changes; with \`after\` every alert transition above it first.`,
    parameters: { district: { description: 'Id of the district.', examples: ['example'] } },
    messages: {
      ...messages,
      subscribe: {
        name: 'subscribe',
        summary: 'Other filters, without a new connection.',
        payload: SubscribeSchema,
        examples: [{ name: 'onePlace', payload: { type: 'subscribe', places: ['square'] } }],
      },
    },
    bindings: webSocket({ type: 'object', properties: { ticket, after, purpose, place, unit, rule, severity } }),
    'x-subprotocol': LIVE_SUBPROTOCOL,
    'x-close-codes': Object.entries(LIVE_CLOSE_CODES).map(([reason, close]) => ({ ...close, reason })),
  };
}

function webSocket(query: object): object {
  return { ws: { method: 'GET', query, bindingVersion: '0.1.0' } };
}

function liveMessages(): Record<string, object> {
  return Object.fromEntries(
    LiveMessageSchema.anyOf.map((payload) => {
      const name = String(payload.properties.type?.const);
      return [name, { name, summary: LIVE_MESSAGES[name], payload }];
    }),
  );
}

/** Seen from the server, as AsyncAPI wants it. */
function operations(liveNames: readonly string[]): object {
  const operation = (action: 'send' | 'receive', channel: string, summary: string, names: readonly string[]) => ({
    action,
    summary,
    channel: { $ref: `#/channels/${channel}` },
    messages: names.map((name) => ({ $ref: `#/channels/${channel}/messages/${name}` })),
  });
  return {
    receiveReports: operation('receive', 'trackers', 'A tracker reports.', ['TrackerFrame']),
    answerReports: operation('send', 'trackers', 'Each report is answered once.', ['ServerFrame']),
    tellState: operation('send', 'live', 'A supervisor is told what is so, and what changes.', liveNames),
    changeFilter: operation('receive', 'live', 'A supervisor asks for something else.', ['subscribe']),
  };
}
