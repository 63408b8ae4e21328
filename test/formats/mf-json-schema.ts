const INSTANT = {
  // 7.2.1.1: RFC 3339 where `trs` is the default; the published schema leaves numbers out.
  type: 'string',
  pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?(Z|[+-]\\d{2}:\\d{2})$',
};

const NAMED_REFERENCE = {
  // 7.2.3.1, requirements of class prism/crs: a name and nothing else.
  type: 'object',
  required: ['type', 'properties'],
  properties: {
    type: { const: 'Name' },
    properties: {
      type: 'object',
      required: ['name'],
      additionalProperties: false,
      properties: { name: { type: 'string' } },
    },
  },
};

const MOVING_POINT = {
  // 7.2.1.1, requirements 2.6 to 2.8 and 2.12; that both arrays have the same length is for the test to check (2.7).
  type: 'object',
  required: ['type', 'datetimes', 'coordinates'],
  properties: {
    type: { const: 'MovingPoint' },
    // Requirement 2.6 asks for one instant at least, the schema published with it for two that differ.
    datetimes: { type: 'array', minItems: 2, uniqueItems: true, items: INSTANT },
    coordinates: {
      type: 'array',
      minItems: 2,
      items: { type: 'array', minItems: 2, maxItems: 3, items: { type: 'number' } },
    },
    interpolation: { enum: ['Discrete', 'Step', 'Linear', 'Quadratic', 'Cubic'] },
    crs: NAMED_REFERENCE,
    trs: NAMED_REFERENCE,
  },
};

const TEMPORAL_GEOMETRY = {
  // 7.2.1 and 7.2.1.2: a moving point, or a collection of them in `prisms`.
  oneOf: [
    MOVING_POINT,
    {
      type: 'object',
      required: ['type', 'prisms'],
      properties: {
        type: { const: 'MovingGeometryCollection' },
        prisms: { type: 'array', items: MOVING_POINT },
        crs: NAMED_REFERENCE,
        trs: NAMED_REFERENCE,
      },
    },
  ],
};

/**
 * The part of MF-JSON Prism that moving points use, written down from the text of OGC 19-045r3, and as strict as the JSON Schema that
 * is published with it. Not here: moving lines, polygons and point clouds, `base` and `orientations`, `temporalProperties`, linked references.
 */
export const MF_JSON_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  // 7.2.5: MovingFeatureCollection.
  type: 'object',
  required: ['type', 'features'],
  properties: {
    type: { const: 'FeatureCollection' },
    features: {
      type: 'array',
      minItems: 1,
      items: {
        // 7.2.4: MovingFeature.
        type: 'object',
        required: ['type', 'temporalGeometry'],
        properties: {
          type: { const: 'Feature' },
          temporalGeometry: TEMPORAL_GEOMETRY,
          temporalProperties: false,
          crs: NAMED_REFERENCE,
          trs: NAMED_REFERENCE,
          properties: { type: ['object', 'null'] },
          id: { type: ['string', 'number'] },
        },
      },
    },
    crs: NAMED_REFERENCE,
    trs: NAMED_REFERENCE,
    label: { type: ['string', 'null'] },
  },
};
