import type { Smtp } from './alerts-config';
import { DeliveryError } from './delivery-error';

export interface Mail {
  from: string;
  to: readonly string[];
  subject: string;
  text: string;
  html: string;
}

/**
 * Sends one mail over a connection of its own.
 *
 * @throws DeliveryError with the server's code; not with its words, which may repeat what was sent.
 */
export async function sendMail(smtp: Smtp, mail: Mail, signal: AbortSignal, timeoutMs: number): Promise<void> {
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    host: smtp.host,
    port: smtp.port,
    secure: smtp.secure,
    ...(smtp.user !== undefined && { auth: { user: smtp.user, pass: smtp.password ?? '' } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const where = `${smtp.host}:${smtp.port}`;
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new DeliveryError(`${where} does not answer (timeout)`, true)), {
      once: true,
    });
  });
  try {
    await Promise.race([transport.sendMail({ ...mail, to: [...mail.to] }), aborted]);
  } catch (error) {
    throw error instanceof DeliveryError ? error : toError(where, error);
  } finally {
    transport.close();
  }
}

function toError(where: string, error: unknown): DeliveryError {
  const found =
    typeof error === 'object' && error !== null ? (error as { code?: unknown; responseCode?: unknown }) : {};
  const { code, responseCode } = found;
  const fact = typeof responseCode === 'number' ? String(responseCode) : typeof code === 'string' ? code : 'failed';
  // 5xx to a mail (not to the login) says that this mail will never be taken.
  const never = typeof responseCode === 'number' && responseCode >= 550 && responseCode < 560 && code !== 'EAUTH';
  return new DeliveryError(`${where} did not take the mail (${fact})`, !never);
}
