/** Parsers of option values: each error names what is allowed. */
import { InvalidArgumentError } from "commander";

/** Returns a parser of whole numbers in a range. */
export const wholeNumber =
  (least: number, greatest: number) =>
  (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= greatest)) {
      throw new InvalidArgumentError(`Give a whole number from ${least} to ${greatest}.`);
    }
    return value;
  };

/** Parses a number above 0, e.g. `1.5`. */
export const positiveNumber = (text: string): number => {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value > 0)) throw new InvalidArgumentError("Give a number above 0.");
  return value;
};
