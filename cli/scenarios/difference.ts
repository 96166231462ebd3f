/** Something that is not as the scenario says: where, what was wanted, what there was. */
export interface Difference {
  where: string;
  wanted: string;
  got: string;
}

export const inLines = ({ where, wanted, got }: Difference): string =>
  `${where}\n  wanted  ${indented(wanted)}\n  got     ${indented(got)}`;

const indented = (text: string) => text.replaceAll("\n", "\n          ");
