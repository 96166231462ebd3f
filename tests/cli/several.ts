import { perform } from "../../cli/program.js";

/**
 * Runs `apw` several times in this one process, which is what most of a run takes: for words that end at once. It is told
 * the words as JSON on its standard input, and says on its last line what each run wrote and ended with.
 */
interface Written {
  exitCode: number;
  stdout: string;
  stderr: string;
}

const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
const results: Written[] = [];
const real = { stdout: process.stdout.write, stderr: process.stderr.write };
for (const words of JSON.parse(Buffer.concat(chunks).toString()) as string[][]) {
  const written = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const)
    process[stream].write = (chunk: string | Uint8Array) => {
      written[stream] += Buffer.from(chunk as string).toString();
      return true;
    };
  process.exitCode = 0;
  await perform(words);
  results.push({ exitCode: Number(process.exitCode), ...written });
}
process.stdout.write = real.stdout;
process.stderr.write = real.stderr;
process.stdout.write(JSON.stringify(results), () => process.exit(0));
