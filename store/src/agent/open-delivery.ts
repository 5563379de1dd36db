import type { TaskEvent } from '../../../src/model/task-event';
import { createDelivery, type Delivery } from './delivery';
import type { Notices } from './notices';
import type { DeliveryOptions } from './run-options';
import { createSender, type Sender } from './sender';
import { openSpool, spoolDirectory, type Spool } from './spool';
import { readStoreAddress } from './store-address';

/** Puts sender and spool together. Where one of them cannot be had it does with the other, and says so. */
export function openDelivery(options: DeliveryOptions, notices: Notices): Delivery {
  return createDelivery({ sender: openSender(options, notices), spool: openSpoolOf(options, notices), notices });
}

/**
 * Opens at `begin`, at the latest when it is closed; what is put before waits in memory. A spool on a disk that hangs must
 * not keep the command from running, so nothing of it is touched before the command runs.
 */
export function deferDelivery(open: () => Delivery): Delivery & { begin(): void } {
  let opened: Delivery | undefined;
  const early: TaskEvent[] = [];
  const begin = (): Delivery => {
    if (opened === undefined) {
      const delivery = open();
      opened = delivery;
      early.splice(0).forEach((event) => delivery.put(event));
    }
    return opened;
  };
  return {
    begin,
    put: (event) => {
      if (opened === undefined) {
        early.push(event);
      } else {
        opened.put(event);
      }
    },
    dropped: () => begin().dropped(),
    close: (graceMs) => begin().close(graceMs),
  };
}

function openSender(options: DeliveryOptions, notices: Notices): Sender {
  try {
    return createSender(readStoreAddress(options.store, options.token));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    notices.tell(`${why.replace('[runlane] ', '')} Events wait in the spool.`);
    return { send: async () => ({ kind: 'later', why }) };
  }
}

function openSpoolOf(options: DeliveryOptions, notices: Notices): Spool | undefined {
  try {
    return openSpool(spoolDirectory(options.spool, options.store), options.spoolLimitBytes);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    notices.tell(`the spool cannot be opened: ${why}. Events that the store does not take at once are lost.`);
    return undefined;
  }
}
