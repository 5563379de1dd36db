/**
 * Tells the store about jobs that wait: what the agent cannot know, because it starts only when the job does. Keeps
 * events in memory while the store is away; the oldest go first when there are too many.
 */
export function createStoreClient(url, token, tell) {
  const MOST = 5000;
  let waiting = [];
  let sending = false;
  let pause = 0;
  let toldAway = false;

  async function send() {
    if (sending || waiting.length === 0) {
      return;
    }
    sending = true;
    const batch = waiting.slice(0, 500);
    try {
      const response = await fetch(`${url}/api/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson', ...(token && { authorization: `Bearer ${token}` }) },
        body: `${batch.map((event) => JSON.stringify(event)).join('\n')}\n`,
        signal: AbortSignal.timeout(5000),
      });
      const answer = await response.text();
      if (response.status !== 202) {
        throw new Error(`answered ${response.status}: ${answer.slice(0, 200)}`);
      }
      waiting = waiting.filter((event) => !batch.includes(event));
      pause = 0;
      toldAway = false;
    } catch (error) {
      pause = Math.min(5000, pause * 2 || 250);
      if (!toldAway) {
        tell(`the store at ${url} does not take events (${error.cause?.code ?? error.message}). Trying again.`);
        toldAway = true;
      }
    }
    sending = false;
    setTimeout(send, pause).unref();
  }

  return {
    put(event) {
      waiting.push(event);
      if (waiting.length > MOST) {
        waiting.shift();
      }
      void send();
    },
    waiting: () => waiting.length,
  };
}
