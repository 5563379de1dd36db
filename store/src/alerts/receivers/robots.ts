import { createHmac } from 'node:crypto';
import type { EpochMs } from '../../../../src/model/units';
import type { Endpoint } from '../alerts-config';
import { DeliveryError } from '../delivery-error';
import { httpCall } from '../http-call';
import type { Deliver } from '../notification';
import { robotText, titleOf } from './robot-text';

/** Limits that the two services document. */
const WECOM_BYTES = 4_096;
const DINGTALK_BYTES = 20_000;
/** Both count messages per minute. */
const TOO_OFTEN: ReadonlySet<number> = new Set([45009, 130101]);
const TOO_OFTEN_WAIT_MS = 60_000;

/** A group robot of WeCom (企业微信). The key is part of the address. */
export function wecom(endpoint: Endpoint): Deliver {
  return async (notification, signal) => {
    const content = robotText(notification, WECOM_BYTES, '\n');
    const { body } = await httpCall(endpoint, { body: { msgtype: 'markdown', markdown: { content } }, signal });
    checkAnswer('WeCom', body);
    return undefined;
  };
}

/** A group robot of DingTalk (钉钉), signed where it has a secret. */
export function dingtalk(endpoint: Endpoint, secret: string | undefined, now: () => EpochMs): Deliver {
  return async (notification, signal) => {
    const markdown = { title: titleOf(notification), text: robotText(notification, DINGTALK_BYTES, '\n\n') };
    const { body } = await httpCall(endpoint, {
      body: { msgtype: 'markdown', markdown },
      ...(secret !== undefined && { query: signature(secret, now()) }),
      signal,
    });
    checkAnswer('DingTalk', body);
    return undefined;
  };
}

function signature(secret: string, now: EpochMs): Record<string, string> {
  const timestamp = String(Math.round(now));
  return { timestamp, sign: createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64') };
}

/** Both answer 200 and say in the body whether it worked. */
function checkAnswer(service: string, body: string): void {
  let code: unknown;
  try {
    code = (JSON.parse(body) as { errcode?: unknown }).errcode;
  } catch {
    throw new DeliveryError(`${service} answered something that is no JSON`, true);
  }
  if (code !== undefined && code !== 0) {
    const often = typeof code === 'number' && TOO_OFTEN.has(code);
    throw new DeliveryError(
      `${service} answered errcode ${typeof code === 'number' ? code : 'that is no number'}`,
      true,
      often ? TOO_OFTEN_WAIT_MS : undefined
    );
  }
}
