/** Asks a question on the terminal. */
import process from "node:process";
import { createInterface } from "node:readline";
import { messages } from "./terminal.js";

/** Whether somebody can be asked. */
export const canAsk = (): boolean => process.stdin.isTTY === true && messages.isTerminal;

/** Returns whether the user says yes. Enter, Ctrl-C and Ctrl-D mean no. */
export const confirm = (question: string): Promise<boolean> =>
  new Promise((resolve) => {
    const reader = createInterface({ input: process.stdin, output: messages.stream });
    let isYes = false;
    reader.on("close", () => resolve(isYes));
    reader.on("SIGINT", () => reader.close());
    reader.question(`${question} [y/N] `, (answer) => {
      isYes = /^y(es)?$/i.test(answer.trim());
      reader.close();
    });
  });
