/** The minor releases of Istio that are in use: EnvoyFilters that match none of them match no proxy. */
export const releasesInUse = ["1.24", "1.25", "1.26", "1.27", "1.28", "1.29", "1.30", "1.31"] as const;
