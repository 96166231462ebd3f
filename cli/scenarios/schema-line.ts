/** The first line of a file in `scenarios/` of a project that has this package installed: editors complete by it. */
export const scenarioSchemaLine =
  "# yaml-language-server: $schema=../node_modules/as-proxy-wasm/dist/cli/scenarios/scenario.schema.json";
