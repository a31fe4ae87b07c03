/** Asks for confirmation on the terminal. */
import process from "node:process";
import { createInterface } from "node:readline";
import { messages } from "./terminal.js";

/** Whether there is a terminal to ask on. */
export const canAsk = (): boolean => process.stdin.isTTY === true && messages.isTerminal;

/** Returns whether the user confirms. Enter, Ctrl-C and Ctrl-D mean no. */
export const confirm = (question: string): Promise<boolean> =>
  new Promise((resolve) => {
    const reader = createInterface({ input: process.stdin, output: messages.stream });
    let isYes = false;
    reader.on("close", () => resolve(isYes));
    reader.on("SIGINT", () => reader.close());
    reader.question(`${question} [y/N] `, (reply) => {
      isYes = /^y(es)?$/i.test(reply.trim());
      reader.close();
    });
  });
