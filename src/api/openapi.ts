import swagger from '@fastify/swagger';
import type { ApiServer } from './api-server.js';
import { API_ERRORS } from './errors.js';

/** Collects the document from the schemas of routes that are registered after this. */
export async function installOpenApi(app: ApiServer): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Beatwatch',
        version: '1',
        description: [
          'Positions, coverage, visits and alerts of police patrol, by district.',
          'Times are milliseconds since the Unix epoch, UTC; positions CGCS2000/WGS-84 degrees.',
          'Every read of a district is recorded in its log with who, role, purpose (X-Purpose, or ?purpose=), what, how many records, and the SHA-256 of the body of the answer. Auditors must say the purpose.',
          `Error codes: ${Object.keys(API_ERRORS).join(', ')}.`,
        ].join('\n\n'),
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      tags: [
        { name: 'district', description: 'Districts, their plan and places' },
        { name: 'state', description: 'What is true now' },
        { name: 'record', description: 'What was' },
        { name: 'alerts', description: 'Alerts, and what is done about them' },
        { name: 'tasks', description: 'What explains an alert: escorts, incidents, maintenance' },
        { name: 'trackers', description: "The trackers' socket" },
        { name: 'live', description: "The supervisors' socket" },
        { name: 'access', description: 'Tickets' },
        { name: 'admin', description: 'Virtual clock, revocations' },
        { name: 'console', description: 'The page of the console' },
        { name: 'process', description: 'Health and numbers of the process' },
        { name: 'documentation', description: 'This document, and JSON Schemas' },
      ],
      components: {
        securitySchemes: {
          token: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description: 'EdDSA, made by `beatwatch token`.',
          },
        },
      },
      security: [{ token: [] }],
    },
  });
}
