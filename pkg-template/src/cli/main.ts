/** Runs the command line, and turns every error into a message and an exit code. */
import { readFileSync } from "node:fs";
import process from "node:process";
import { type Command, CommanderError } from "commander";
import { describeError } from "./cli-error.js";
import { EXIT, type ExitCode } from "./exit-codes.js";
import { causeOf } from "./files.js";
import { createProgram, RefusedToken } from "./program.js";
import { messages, output, printable } from "./terminal.js";

/** Reads the version from the package's `package.json`, beside `dist`. */
const readVersion = (): string => {
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
};

/** Returns a command and all its subcommands. */
const withSubcommands = (command: Command): Command[] => [
  command,
  ...command.commands.flatMap(withSubcommands),
];

const run = async (args: readonly string[]): Promise<ExitCode> => {
  let exitCode: ExitCode = EXIT.OK;
  const program = createProgram(readVersion(), (code) => {
    exitCode = code;
  });
  for (const command of withSubcommands(program)) {
    command.showHelpAfterError(`See: ${[...ancestors(command), command.name()].join(" ")} --help`);
  }
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander printed the message. Code 0 means that the user asked for help or the version.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.OK : EXIT.USAGE;
    const failure =
      error instanceof RefusedToken ? { message: error.message, exitCode: EXIT.USAGE } : describeError(error);
    const { red } = messages.colors;
    await messages.line(`${red("error:")} ${failure.message.split("\n").map(printable).join("\n")}`);
    return failure.exitCode;
  }
};

/** Returns the names of the commands above a command. */
const ancestors = ({ parent }: Command): string[] => (parent ? [...ancestors(parent), parent.name()] : []);

/** Returns the exit code of a run whose results may not have been written. */
const checkOutput = async (exitCode: ExitCode): Promise<ExitCode> => {
  if (output.failure === undefined) return exitCode;
  const { red } = messages.colors;
  await messages.line(`${red("error:")} standard output cannot be written: ${causeOf(output.failure)}.`);
  return EXIT.CANNOT_WRITE;
};

void run(process.argv.slice(2))
  .then(checkOutput)
  .then((exitCode) => {
    // `process.exit` would discard output that the reader of a pipe has not read yet.
    process.exitCode = exitCode;
  });
