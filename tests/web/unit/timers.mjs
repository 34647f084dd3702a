// Time that is moved by hand, in place of the browser's timers.
export class Timers {
  now = 0;
  #waiting = [];

  after = (ms, call) => {
    const one = { at: this.now + ms, call };
    this.#waiting.push(one);
    return () => { this.#waiting = this.#waiting.filter((other) => other !== one); };
  };

  // Runs what falls due within `ms`, in order; promises settle in between.
  async pass(ms) {
    const until = this.now + ms;
    for (;;) {
      await settled();
      const next = this.#waiting.filter((one) => one.at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#waiting = this.#waiting.filter((one) => one !== next);
      this.now = next.at;
      next.call();
    }
    this.now = until;
  }
}

// All promises that can go on have gone on.
export const settled = () => new Promise((resolve) => setImmediate(resolve));
