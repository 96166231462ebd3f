/** Envoy's admin interface. */
export class Admin {
  /** `address` is host:port. */
  constructor(readonly address: string) {}

  async text(path: string, method = "GET"): Promise<string> {
    const response = await fetch(`http://${this.address}${path}`, { method });
    if (!response.ok) throw new Error(`the admin interface answers ${response.status} to ${path}`);
    return response.text();
  }

  async json<T>(path: string): Promise<T> {
    return JSON.parse(await this.text(path)) as T;
  }

  /** True when Envoy has read its configuration and serves. */
  async isLive(): Promise<boolean> {
    try {
      return (await this.text("/ready")).startsWith("LIVE");
    } catch {
      return false;
    }
  }

  async listenerPorts(): Promise<Map<string, number>> {
    type Listeners = {
      listener_statuses?: { name: string; local_address: { socket_address?: { port_value: number } } }[];
    };
    const { listener_statuses: statuses = [] } = await this.json<Listeners>("/listeners?format=json");
    return new Map(
      statuses.flatMap(({ name, local_address: { socket_address: socket } }): [string, number][] =>
        socket ? [[name, socket.port_value]] : [],
      ),
    );
  }

  /** Counters and gauges by name; `filter` is a regular expression of Envoy's. */
  async stats(filter = ""): Promise<Map<string, number>> {
    const query = filter === "" ? "" : `&filter=${encodeURIComponent(filter)}`;
    const { stats } = await this.json<{ stats: { name?: string; value?: number }[] }>(
      `/stats?format=json${query}`,
    );
    return new Map(
      stats.flatMap(({ name, value }): [string, number][] =>
        name !== undefined && value !== undefined ? [[name, value]] : [],
      ),
    );
  }

  prometheus(): Promise<string> {
    return this.text("/stats/prometheus");
  }

  configDump(): Promise<Record<string, unknown>> {
    return this.json("/config_dump");
  }

  /** What the allocator says, in bytes. */
  async memory(): Promise<{ allocated: number; heapSize: number }> {
    const { allocated, heap_size: heapSize } = await this.json<{ allocated: string; heap_size: string }>(
      "/memory",
    );
    return { allocated: Number(allocated), heapSize: Number(heapSize) };
  }

  async setLogLevel(component: string, level: string): Promise<void> {
    await this.text(`/logging?${component}=${level}`, "POST");
  }
}
