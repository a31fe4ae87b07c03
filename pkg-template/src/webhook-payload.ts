/** Finds the event and the credential in a payload, whose form the vendor does not document. */
import { parseLink } from "./local.js";
import { webhookError } from "./webhook-error.js";

export const ISSUED = "credential.issued";

/** Members that usually wrap the data of a payload. */
const WRAPPERS = /^(data|payload|event|object|credential|document)$/i;
const MAX_DEPTH = 3;
const EVENT_NAMES = /^(event|topic|type|event_?(type|name))$/i;
const CREDENTIAL_NAMES = /^(document|credential)(_?(id|key|url|link))?$/i;
const PLAIN_NAMES = /^(id|url|link)$/i;
/** Paths where a plain `id` is that of the delivery: the top, and an event. */
const DELIVERY_PATHS = /^$|event\.$/i;

/** An object in a payload. */
export interface PayloadObject {
  /** Its path, ending in a dot; empty for the payload itself. */
  readonly path: string;
  /** Its own members. */
  readonly members: readonly [name: string, value: unknown][];
}

/** Returns the objects in which a payload's data may be: the payload, and wrappers in it. */
export const objectsIn = (value: unknown, path = "", depth = 0): PayloadObject[] => {
  if (typeof value !== "object" || value === null) return [];
  const members = Object.entries(value);
  const wrapped = depth === MAX_DEPTH ? [] : members.filter(([name]) => WRAPPERS.test(name));
  return [
    { path, members },
    ...wrapped.flatMap(([name, member]) => objectsIn(member, `${path}${name}.`, depth + 1)),
  ];
};

/** A string in a payload, and its path. */
interface PayloadString {
  readonly path: string;
  readonly text: string;
}

const stringsIn = (objects: readonly PayloadObject[], names: RegExp): PayloadString[] =>
  objects.flatMap(({ path, members }) =>
    members.flatMap(([name, text]) =>
      typeof text === "string" && names.test(name) ? [{ path: path + name, text }] : [],
    ),
  );

/** Returns the name of the event, or `null`. */
export const eventIn = (objects: readonly PayloadObject[]): string | null => {
  // The outermost object that names one: in inner objects, `type` is more likely that of a thing.
  for (const object of objects) {
    const names = stringsIn([object], EVENT_NAMES).map(({ text }) => text);
    const [first] = names;
    if (first !== undefined) return names.find((name) => name === ISSUED) ?? first;
  }
  return null;
};

/**
 * Returns the id of the credential, or `null`.
 *
 * @throws WebhookError `ambiguous_document_id` if there are two.
 */
export const documentIdIn = async (
  objects: readonly PayloadObject[],
  hosts: readonly string[] | undefined,
): Promise<string | null> => {
  const inner = objects.filter(({ path }) => !DELIVERY_PATHS.test(path));
  // A plain `id` counts only if nothing has a name of a credential.
  for (const strings of [stringsIn(objects, CREDENTIAL_NAMES), stringsIn(inner, PLAIN_NAMES)]) {
    let found: { path: string; id: string } | undefined;
    for (const { path, text } of strings) {
      const parsed = await parseLink(text, hosts);
      if (!parsed.ok) continue;
      if (found && found.id !== parsed.id) {
        throw webhookError("ambiguous_document_id", `${found.path} and ${path} name different credentials`);
      }
      found = { path, id: parsed.id };
    }
    if (found) return found.id;
  }
  return null;
};
