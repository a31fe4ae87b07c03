/** Identifies visitors for the rate limit, and defines what happens when the limit itself fails. */

/** Cloudflare's binding, as far as it is used. */
export interface RateLimit {
  limit(options: { key: string }): Promise<{ success: boolean }>;
}

const IPV4 = /^(?:::ffff:)?(\d{1,3}(?:\.\d{1,3}){3})$/i;
const GROUP = /^[0-9a-f]{1,4}$/i;

/**
 * The key under which a visitor's requests are counted: an IPv4 address, or the first 64 bits of an IPv6 address, because whoever
 * has one such network has 2^64 addresses in it. Requests without an address share one count.
 *
 * @param address - `cf-connecting-ip`, which Cloudflare sets and no visitor can.
 */
export const visitorKey = (address: string | null): string => {
  const unknown = "unknown";
  if (address === null) return unknown;
  const four = IPV4.exec(address)?.[1];
  if (four !== undefined) return four;
  const halves = address.split("::");
  const [before = [], after = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  // An IPv4 address at the end takes the place of two groups.
  const ending = after.length > 0 ? after : before;
  if (ending.at(-1)?.includes(".")) ending.splice(-1, 1, "0", "0");
  const missing = 8 - before.length - after.length;
  if (halves.length > 2 || (halves.length === 2 ? missing < 1 : missing !== 0)) return unknown;
  const groups = [...before, ...Array<string>(missing).fill("0"), ...after];
  if (!groups.every((group) => GROUP.test(group))) return unknown;
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(":")}::/64`;
};

/**
 * `allow` of a verify handler. A limit that fails lets everyone through: a fault of the limiter would otherwise be an outage
 * of the service, and the account has its own limits. If names are compared it lets nobody through, because only the limit
 * prevents guessing.
 *
 * @param failed - Called if the limit failed.
 */
export const limiter =
  (limit: RateLimit, { namesCompared, failed }: { namesCompared: boolean; failed: () => void }) =>
  async (request: Request): Promise<boolean> => {
    try {
      return (await limit.limit({ key: visitorKey(request.headers.get("cf-connecting-ip")) })).success;
    } catch {
      failed();
      return !namesCompared;
    }
  };
