import { trapsIn, withoutFrames } from "../check/trap.js";
import { locatedTraps, trapText } from "../check/trap-lines.js";
import { Lines } from "../check/where.js";
import type { Difference } from "./difference.js";
import type { Modules } from "./modules.js";
import { entriesOf, type Role } from "./role.js";

/** What was seen, with the lines of the source in place of the trace of a trap. */
export async function withTrapLines(
  differences: readonly Difference[],
  role: Role,
  modules: Modules,
): Promise<Difference[]> {
  if (!differences.some(({ got }) => trapsIn(got).length > 0)) return [...differences];
  const names = [...new Set(entriesOf(role).map(({ plugin }) => plugin))];
  const files = await Promise.all(names.map((name) => modules.file(name)));
  const wayOut = names.some((name) => modules.isCompiledHere(name))
    ? "test it with --debug"
    : "give one that apw build --debug made, with --module";
  return differences.map((difference) => {
    const frames = trapsIn(difference.got).flatMap((trap) => trap.frames);
    // In a chain hosts do not say which plugin trapped.
    const file = files.find((one) => Lines.of(one)?.contradict(frames) === false) ?? files[0]!;
    const where = locatedTraps(difference.got, file, wayOut).flatMap((trap) => trapText(trap).slice(1));
    return where.length === 0
      ? difference
      : { ...difference, got: [withoutFrames(difference.got), ...where].join("\n") };
  });
}
