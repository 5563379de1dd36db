/** An instant, and the version that every answer begins with, as OpenAPI says them. */
export const TIME = { type: 'number', description: 'Epoch milliseconds.' };
export const V = { v: { const: 1 } };

/** Of `/api/v1/sources`: `src/model/source-status.ts` in the words of OpenAPI. */
export const SOURCES_SCHEMAS = {
  Sources: {
    type: 'object',
    required: ['v', 'sources'],
    properties: { ...V, sources: { type: 'array', items: { $ref: '#/components/schemas/SourceStatus' } } },
  },
  SourceStatus: {
    type: 'object',
    required: [
      ...['name', 'system', 'systemName', 'everyMs', 'collected', 'skipped', 'truncated', 'vanished'],
      ...['unreported', 'lacks', 'notices'],
    ],
    properties: {
      name: { type: 'string', description: 'As in the config; the `source` of its runs.' },
      system: { type: 'string', description: '`flower`' },
      systemName: { type: 'string', description: '`Celery (Flower)`' },
      url: { type: 'string' },
      everyMs: { type: 'number' },
      up: { type: 'boolean', description: 'Whether the last poll was answered in full; absent before the first.' },
      lastPollAt: TIME,
      lastGoodAt: TIME,
      lagMs: { type: 'number', description: 'How far what is kept lies behind the source.' },
      collected: { type: 'integer', description: 'Attempts that were new or had changed, since the store started.' },
      skipped: {
        type: 'integer',
        description:
          'Records that could not be read or taken; one that stays in the source counts each time it is read.',
      },
      truncated: { type: 'integer', description: 'Polls in which the source had more than it gave.' },
      vanished: {
        type: 'integer',
        description: 'Runs that had not ended when the source stopped telling of them. They stay as they were.',
      },
      lastError: {
        type: 'object',
        required: ['at', 'kind', 'message'],
        properties: { at: TIME, kind: { type: 'string' }, message: { type: 'string' } },
      },
      unreported: { type: 'array', items: { type: 'string' }, description: 'Facts that such a source never tells.' },
      lacks: {
        type: 'array',
        description: 'What it would tell if it were set up for it.',
        items: {
          type: 'object',
          required: ['what', 'setting', 'message'],
          properties: {
            what: { type: 'string' },
            setting: { type: 'string', description: '`task_send_sent_event = True`' },
            message: { type: 'string' },
          },
        },
      },
      notices: { type: 'array', items: { type: 'string' }, description: 'Of the last poll.' },
    },
  },
};
