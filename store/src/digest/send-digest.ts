import { NO_FILTER } from '../../../src/model/task-query';
import type { EpochMs } from '../../../src/model/units';
import { sendMail } from '../alerts/send-mail';
import type { Archive, Asking } from '../archive/archive';
import { collectDigest } from './collect-digest';
import type { AskView } from './collect-digest';
import type { DigestConfig } from './digest-config';
import { digestMail } from './digest-mail';

const TIMEOUT_MS = 60_000;
/** Nobody waits for it, and it looks at more than any screen. */
const PATIENCE: Asking = { maxMs: 600_000, maxBytes: 512 * 1024 ** 2 };

/** Collects the digest of the period that ends at `to`, and mails it. */
export async function sendDigest(
  ask: AskView,
  config: DigestConfig,
  period: { from: EpochMs; to: EpochMs },
  grafanaUrl: string | undefined
): Promise<void> {
  const digest = await collectDigest(ask, period);
  const mail = { from: config.from, to: config.to, ...digestMail(digest, config.language, grafanaUrl) };
  await sendMail(config.smtp, mail, AbortSignal.timeout(TIMEOUT_MS), TIMEOUT_MS);
}

/** The views of an archive, as the digest asks for them. */
export function askArchive(archive: Pick<Archive, 'query'>, now: () => EpochMs): AskView {
  return async (view, range, step, limit) =>
    JSON.parse(await archive.query({ view, range, step, limit, filter: NO_FILTER, now: now() }, PATIENCE));
}
