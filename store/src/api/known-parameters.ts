import type { FastifyInstance } from 'fastify';
import { isFilterField } from '../../../src/model/query-params';
import { RequestError } from './errors';
import { KNOWN_PARAMETERS, parametersOf } from './openapi';

const MOST_TOLD_CHARS = 80;

/**
 * Refuses a question with a parameter that no route reads: a filter whose name is misspelt would be answered with all runs,
 * and look like an answer.
 */
export function addParameterCheck(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ query, routeOptions, method }) => {
    const { url = '' } = routeOptions;
    // Events are taken as they are: what came with them would be lost with a refusal.
    if (method !== 'GET' || !url.startsWith('/api/v1/')) {
      return;
    }
    const unknown = Object.keys(query as object).find((name) => !KNOWN_PARAMETERS.has(name) && !isFilterField(name));
    if (unknown !== undefined) {
      const read = parametersOf(url);
      const names = read.includes('match') ? [...read, 'any field of match', 'label:<name>'] : read;
      throw new RequestError(
        400,
        `${JSON.stringify(unknown.slice(0, MOST_TOLD_CHARS))} is no parameter of ${url}. ` +
          (names.length === 0 ? 'It reads none. Leave it out.' : `It reads ${names.join(', ')}.`)
      );
    }
  });
}
