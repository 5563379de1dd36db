import { ConnectorError } from '../model/connector-error';
import { ShapeError } from '../model/read-shape';
import type { Asked } from './parse-json';

/**
 * What `read` makes of an answer that is JSON.
 *
 * @throws ConnectorError (`unexpected-shape`) for its `ShapeError`: what was found, and where to look
 */
export function readAnswer<T>({ connector, where, system }: Asked, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof ShapeError) {
      throw new ConnectorError(
        'unexpected-shape',
        connector,
        `${where} answered something that is not ${system}'s: ${cause.message}. Check the address in the data source settings.`,
        { cause }
      );
    }
    throw cause;
  }
}
