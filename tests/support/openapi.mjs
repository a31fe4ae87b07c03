/** Reads `openapi.yaml` and finds operations and schemas in it. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/** The file itself, for programs that read it on their own. */
export const path = new URL("../../openapi.yaml", import.meta.url).pathname;

/** The document as data. */
export const read = () => parse(readFileSync(path, "utf8"));

/** What a node is, or what it refers to. */
export function resolve(document, node) {
  let found = node;
  while (found?.$ref !== undefined) {
    const steps = found.$ref.replace(/^#\//, "").split("/");
    found = steps.reduce(
      (place, step) => place?.[step.replaceAll("~1", "/").replaceAll("~0", "~")],
      document,
    );
    if (found === undefined) throw new Error(`openapi.yaml refers to ${node.$ref}, which is not there`);
  }
  return found;
}

/** Every operation, with its parameters and responses resolved. */
export function operations(document) {
  return Object.entries(document.paths).flatMap(([template, item]) =>
    METHODS.filter((method) => item[method] !== undefined).map((method) => {
      const operation = item[method];
      return {
        id: operation.operationId,
        method: method.toUpperCase(),
        template,
        operation,
        parameters: [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((parameter) =>
          resolve(document, parameter),
        ),
        responses: Object.fromEntries(
          Object.entries(operation.responses).map(([status, response]) => [
            status,
            resolve(document, response),
          ]),
        ),
      };
    }),
  );
}

/** The values of the parameters in a path that fits the template, or `null` where it does not fit. */
export function match(template, pathname) {
  const names = [];
  const pattern = template.replace(/\{(\w+)\}/g, (_, name) => {
    names.push(name);
    return "([^/]+)";
  });
  const found = new RegExp(`^${pattern}$`).exec(pathname);
  return found === null ? null : Object.fromEntries(names.map((name, index) => [name, found[index + 1]]));
}
