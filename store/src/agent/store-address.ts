import { AgentError } from './agent-error';

/** Where events go. The token is only ever sent to this address and never written to disk. */
export interface StoreAddress {
  /** Without a path at the end: `http://127.0.0.1:7331`. */
  url: string;
  token?: string;
}

export const DEFAULT_STORE = 'http://127.0.0.1:7331';

/** @throws AgentError when the text is not an http(s) address. */
export function readStoreAddress(text: string, token: string | undefined): StoreAddress {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new AgentError(`[runlane] the store's address is not a URL: "${text}". Give one like ${DEFAULT_STORE}.`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new AgentError(`[runlane] the store's address must begin with http:// or https://, found "${text}".`);
  }
  return {
    url: `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`,
    token: token === '' ? undefined : token,
  };
}
