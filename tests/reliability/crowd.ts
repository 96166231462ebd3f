import { setTimeout as sleep } from "node:timers/promises";

/** Clients that ask one time after the other until they are told to stop; one that fails does not keep others from it. */
export class Crowd {
  private isOver = false;
  private readonly clients: Promise<void>[];

  constructor(size: number, ask: (n: number) => Promise<void>, pause = 2) {
    let n = 0;
    this.clients = Array.from({ length: size }, async () => {
      while (!this.isOver) {
        await ask(n++);
        await sleep(pause);
      }
    });
  }

  /** Comes back when all have their answers. */
  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.clients);
  }
}
