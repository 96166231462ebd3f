import { type MetricType, Status } from "./enums.js";
import { Histogram } from "./histogram.js";
import { toKey, toText } from "./text.js";

/** A value that VMs share, and its version. */
interface Entry {
  value: Uint8Array;
  cas: number;
}

interface Queue {
  id: number;
  vmId: string;
  name: string;
  entries: Uint8Array[];
  /** Tells the VM that registered the queue last. */
  notify: () => void;
}

export interface Metric {
  name: string;
  type: MetricType;
  /** Of a counter or gauge its value; of a histogram the sum of what was recorded. */
  value: bigint;
  /** What a histogram was given; of the others it stays empty. */
  histogram: Histogram;
}

/**
 * What the workers of one proxy have in common: shared data and queues by `vm_id`, and metrics. Hosts that are given the
 * same one are workers of the same process.
 */
export class SharedState {
  private readonly data = new Map<string, Map<string, Entry>>();
  private readonly queues: Queue[] = [];
  private readonly metricsByName = new Map<string, Metric>();
  private nextCas = 1;

  get(vmId: string, key: Uint8Array): Entry | undefined {
    return this.data.get(vmId)?.get(toKey(key));
  }

  /** A version of 0 writes in any case, and so does any other on a key that is not there. */
  set(vmId: string, key: Uint8Array, value: Uint8Array, cas: number): Status {
    const entries = this.data.get(vmId) ?? new Map<string, Entry>();
    this.data.set(vmId, entries);
    const present = entries.get(toKey(key));
    if (present !== undefined && cas !== 0 && cas !== present.cas) return Status.CasMismatch;
    entries.set(toKey(key), { value: value.slice(), cas: this.nextCas++ });
    return Status.Ok;
  }

  /** The keys of a VM's shared data with their values, as text. */
  entries(vmId = ""): Map<string, Uint8Array> {
    const found = [...(this.data.get(vmId) ?? [])];
    return new Map(found.map(([key, { value }]) => [textOf(key), value]));
  }

  registerQueue(vmId: string, name: Uint8Array, notify: (queue: number) => void): number {
    const known = this.findQueue(vmId, name);
    if (known !== undefined) {
      known.notify = () => notify(known.id);
      return known.id;
    }
    const id = this.queues.length + 1;
    this.queues.push({ id, vmId, name: toKey(name), entries: [], notify: () => notify(id) });
    return id;
  }

  resolveQueue(vmId: string, name: Uint8Array): number | undefined {
    return this.findQueue(vmId, name)?.id;
  }

  enqueue(queue: number, entry: Uint8Array): Status {
    const known = this.queues[queue - 1];
    if (known === undefined) return Status.NotFound;
    known.entries.push(entry.slice());
    known.notify();
    return Status.Ok;
  }

  dequeue(queue: number): Uint8Array | Status.NotFound | Status.Empty {
    const known = this.queues[queue - 1];
    if (known === undefined) return Status.NotFound;
    return known.entries.shift() ?? Status.Empty;
  }

  /** The statistic of a name, made when there is none. */
  metric(type: MetricType, name: string): Metric {
    const key = `${type} ${name}`;
    const metric = this.metricsByName.get(key) ?? { name, type, value: 0n, histogram: new Histogram() };
    this.metricsByName.set(key, metric);
    return metric;
  }

  get metrics(): Metric[] {
    return [...this.metricsByName.values()];
  }

  private findQueue(vmId: string, name: Uint8Array): Queue | undefined {
    const key = toKey(name);
    return this.queues.find((queue) => queue.vmId === vmId && queue.name === key);
  }
}

function textOf(key: string): string {
  return toText(Uint8Array.from(key, (character) => character.charCodeAt(0)));
}
