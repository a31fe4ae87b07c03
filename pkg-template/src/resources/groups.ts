/** Credential groups: the template of a course or programme. */
import type { ApiPromise } from "../api-promise.js";
import type { Caller } from "../caller.js";
import type { ListOptions, RequestOptions } from "../options.js";
import type { Paged } from "../paged.js";
import type {
  CreatedGroup,
  CreateGroupParams,
  Done,
  FoundGroup,
  Group,
  ListedGroup,
  PageParams,
  SearchGroupsParams,
  UpdateGroupParams,
} from "../types.js";

/**
 * Credential groups: the template of a course or programme.
 *
 * @category Client
 */
export class GroupsResource {
  readonly #caller: Caller;

  /** @internal */
  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /**
   * Creates a group (`POST /v1/groups/new`, vendor page `create-credential-group`). Never retried after a lost
   * connection: the error then says that the group may exist.
   *
   * @param params - Title, description, at least one template; `validity` in years.
   * @param options - Abort, timeouts, retries, headers.
   * @throws {@link BadRequestError} `missing_title_description`.
   * @example
   * ```ts
   * const { group_key } = await hyperstack.groups.create({
   *   title: "Rust 101",
   *   description: "A course",
   *   badge_template: "xyz",
   * });
   * ```
   */
  readonly create = (params: CreateGroupParams, options?: RequestOptions): ApiPromise<CreatedGroup> =>
    this.#caller.call("groups.create", options, (core, config, given) =>
      core.createGroup(config, params, given),
    );

  /**
   * Reads a group (`GET /v1/group/view/{group_key}`, vendor page `view-credential-group`).
   *
   * @param group_key - Key of the group: 1 to 64 letters, digits, `-` or `_`.
   * @param options - Abort, timeouts, retries, headers.
   * @throws {@link NotFoundError} `group_not_found` for an unknown key.
   * @example
   * ```ts
   * const { title, tags } = await hyperstack.groups.view(group_key);
   * ```
   */
  readonly view = (group_key: string, options?: RequestOptions): ApiPromise<Group> =>
    this.#caller.call("groups.view", options, (core, config, given) =>
      core.viewGroup(config, group_key, given),
    );

  /**
   * Changes the given fields of a group (`POST /v1/group/update/{group_key}`, vendor page `update-credential-group`).
   *
   * @param group_key - Key of the group: 1 to 64 letters, digits, `-` or `_`.
   * @param params - The fields that change; `validity` in years.
   * @param options - Abort, timeouts, retries, headers.
   * @throws {@link NotFoundError} `group_not_found`, {@link BadRequestError} with an undocumented code.
   * @example
   * ```ts
   * await hyperstack.groups.update(group_key, { title: "Rust 102" });
   * ```
   */
  readonly update = (
    group_key: string,
    params: UpdateGroupParams,
    options?: RequestOptions,
  ): ApiPromise<Done> =>
    this.#caller.call("groups.update", options, (core, config, given) =>
      core.updateGroup(config, group_key, params, given),
    );

  /**
   * Lists all groups (`POST /v1/groups/all`). No vendor page describes it, so its entries are not validated.
   *
   * @param params - First page, from 1, and entries per page, 50 by default.
   * @param options - Abort, timeouts, retries, headers, maximum of pages.
   * @throws {@link ResponseError} `page_repeated`, `page_mismatch`, `too_many_pages`, while it is iterated.
   * @example
   * ```ts
   * for await (const group of hyperstack.groups.list()) console.log(group);
   * ```
   */
  readonly list = (params?: PageParams, options?: ListOptions): Paged<ListedGroup> =>
    this.#caller.list(
      { operation: "groups.list", member: "groups" },
      params,
      options,
      (core, config, page, given) => core.listGroups(config, page, given),
    );

  /**
   * Searches groups by title (`POST /v1/groups/search`, vendor page `search-groups`). Parts of titles match: compare
   * what is returned.
   *
   * @param params - The search, first page, entries per page.
   * @param options - Abort, timeouts, retries, headers, maximum of pages.
   * @throws {@link ResponseError} `page_repeated`, `page_mismatch`, `too_many_pages`, while it is iterated.
   * @example
   * ```ts
   * const groups = await hyperstack.groups.search({ title: "Rust" }).toArray({ limit: 20 });
   * ```
   */
  readonly search = (params?: SearchGroupsParams, options?: ListOptions): Paged<FoundGroup> =>
    this.#caller.list(
      { operation: "groups.search", member: "groups", id: "group_key" },
      params,
      options,
      (core, config, page, given) => core.searchGroups(config, page, given),
    );
}
