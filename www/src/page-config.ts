/**
 * Reads and validates the settings of the service from `GET /api/config`.
 */

/** A made-up credential to try the page with. */
export interface Sample {
  name: string;
  input: string;
  recipientName: string | null;
}

/** What the service says about itself. */
export interface PageConfig {
  mode: "sandbox" | "live";
  issuerLabel: string | null;
  hosts: readonly string[];
  /** Whether a name may be compared with the recipient's. */
  compareNames: boolean;
  samples: readonly Sample[];
  /** Whether this came from the service, or is what holds without its word. */
  loaded: boolean;
}

/** What holds where the service did not say: Hyperstack's own host and nothing else. */
export const defaultConfig: PageConfig = {
  mode: "live",
  issuerLabel: null,
  hosts: ["hyperstack.id"],
  compareNames: false,
  samples: [],
  loaded: false,
};

/** Asks the service; whatever goes wrong gives the default. */
export async function loadConfig(endpoint: string, timeoutMs: number): Promise<PageConfig> {
  try {
    const answer = await fetch(endpoint, {
      headers: { accept: "application/json" },
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!answer.ok) return defaultConfig;
    return parseConfig(await answer.json()) ?? defaultConfig;
  } catch {
    return defaultConfig;
  }
}

/** The configuration in a JSON value; `null` where the value is not one. */
export function parseConfig(json: unknown): PageConfig | null {
  if (!isRecord(json)) return null;
  const { mode, issuer_label: issuerLabel, hosts, compare_names: compareNames, samples } = json;
  if (mode !== "sandbox" && mode !== "live") return null;
  if (!(issuerLabel === null || typeof issuerLabel === "string")) return null;
  if (!Array.isArray(hosts) || hosts.length === 0) return null;
  if (!hosts.every((host): host is string => typeof host === "string" && host !== "")) return null;
  if (typeof compareNames !== "boolean") return null;
  if (!Array.isArray(samples)) return null;
  const parsed = samples.map(parseSample);
  if (!parsed.every((sample) => sample !== null)) return null;
  // Made-up credentials have no place beside real ones, whatever the service says.
  return {
    mode,
    issuerLabel: issuerLabel || null,
    hosts,
    compareNames,
    samples: mode === "sandbox" ? parsed : [],
    loaded: true,
  };
}

function parseSample(json: unknown): Sample | null {
  if (!isRecord(json)) return null;
  const { name, input, recipient_name: recipientName = null } = json;
  if (typeof name !== "string" || typeof input !== "string") return null;
  if (!(recipientName === null || typeof recipientName === "string")) return null;
  return { name, input, recipientName };
}

function isRecord(json: unknown): json is Record<string, unknown> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
