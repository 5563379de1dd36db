const { TestEnvironment } = require('jest-environment-jsdom');

/** jsdom with what browsers have and it lacks: @grafana/data asks for it when it is loaded. */
module.exports = class extends TestEnvironment {
  async setup() {
    await super.setup();
    Object.assign(this.global, { TextDecoder, TextEncoder });
  }
};
