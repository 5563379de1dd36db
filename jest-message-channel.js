// jsdom has no MessageChannel, which React 19's scheduler wants; Node's own would keep jest from ending.
globalThis.MessageChannel ??= class {
  constructor() {
    const port = (other) => ({
      onmessage: null,
      postMessage: (data) => setTimeout(() => this[other].onmessage?.({ data }), 0),
      close: () => undefined,
    });
    this.port1 = port('port2');
    this.port2 = port('port1');
  }
};
