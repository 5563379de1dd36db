import type { Connector } from '../connectors/connector';
import type { RunPage } from '../model/answer';
import { NO_FILTER } from '../model/task-query';
import { SharedAnswers } from './shared-answers';

/** Pages kept: panels walk through them together. */
const MOST_PAGES = 8;

/**
 * The same source for all panels of a page: of one that answers no view itself, runs are read once for all of them, whatever
 * each filters by. Filters are applied here anyway, and a dashboard of twelve panels asks such a source as one does.
 */
export class SharedPages {
  private readonly pages = new SharedAnswers<RunPage>(MOST_PAGES);

  of(connector: Connector): Connector {
    if (connector.answers !== undefined) {
      return connector;
    }
    return {
      ...connector,
      runs: async ({ range, limit, cursor }, signal) => {
        const query = { filter: NO_FILTER, range, limit, ...(cursor !== undefined && { cursor }) };
        const page = await this.pages.get(JSON.stringify(query), signal, (shared) => connector.runs(query, shared));
        return { ...page, unfiltered: true };
      },
    };
  }
}
