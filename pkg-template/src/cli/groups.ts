/** The commands `groups list`, `groups create` and `groups view`. */
import type { CreatedGroup, CreateGroupParams, Group, ListedGroup } from "hyperstack-credentials";
import { type ClientOptions, createClient } from "./client.js";
import { EXIT, type ExitCode } from "./exit-codes.js";
import { type Column, printList, printRecord, type RecordOptions } from "./records.js";

/** Options of `groups list`. */
export interface ListGroupsOptions extends ClientOptions, RecordOptions {
  keyword?: string;
  limit?: number;
}

/** Options of `groups create`. */
export interface CreateGroupOptions extends ClientOptions, RecordOptions {
  title: string;
  description: string;
  certificateTemplate?: string;
  badgeTemplate?: string;
  url?: string;
  tags?: string[];
  code?: string;
  validYears?: number;
  blockchain?: boolean;
}

const LIST_COLUMNS: readonly Column<ListedGroup>[] = [
  { heading: "key", cell: ({ group_key }) => group_key },
  { heading: "title", cell: ({ title }) => title },
  { heading: "code", cell: ({ group_code }) => group_code },
];
const CREATED_FIELDS: readonly Column<CreatedGroup>[] = [
  { heading: "key", cell: ({ group_key }) => group_key },
];
const FIELDS: readonly Column<Group>[] = [
  { heading: "title", cell: ({ title }) => title },
  { heading: "code", cell: ({ group_code }) => group_code },
  { heading: "description", cell: ({ description }) => description },
  { heading: "tags", cell: ({ tags }) => tags.join(", ") },
  { heading: "valid_years", cell: ({ does_expire, validity }) => (does_expire ? validity : "") },
  { heading: "url", cell: ({ url }) => url },
];

/** Runs `groups list`. */
export const listGroups = async (options: ListGroupsOptions): Promise<ExitCode> => {
  const { groups } = createClient(options);
  const { keyword, json, limit } = options;
  const found: AsyncIterable<ListedGroup> =
    keyword === undefined ? groups.list() : groups.search({ keyword });
  await printList(found, LIST_COLUMNS, { ...(json && { json }), limit });
  return EXIT.OK;
};

const paramsOf = (options: CreateGroupOptions): CreateGroupParams => ({
  title: options.title,
  description: options.description,
  certificate_template: options.certificateTemplate,
  badge_template: options.badgeTemplate,
  url: options.url,
  tags: options.tags,
  group_code: options.code,
  blockchain: options.blockchain,
  ...(options.validYears !== undefined && { does_expire: true, validity: options.validYears }),
});

/** Runs `groups create`. */
export const createGroup = async (options: CreateGroupOptions): Promise<ExitCode> => {
  await printRecord(await createClient(options).groups.create(paramsOf(options)), CREATED_FIELDS, options);
  return EXIT.OK;
};

/** Runs `groups view`. */
export const viewGroup = async (key: string, options: ClientOptions & RecordOptions): Promise<ExitCode> => {
  await printRecord(await createClient(options).groups.view(key), FIELDS, options);
  return EXIT.OK;
};
