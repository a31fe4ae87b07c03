/**
 * Reads and validates the settings of the service from `GET /api/config`.
 */

/** A sample credential. */
export interface Sample {
  name: string;
  input: string;
  recipientName: string | null;
}

/** The settings of the service. */
export interface PageConfig {
  mode: "sandbox" | "live";
  issuerLabel: string | null;
  /** The issuer's web site. */
  issuerUrl: string | null;
  /** The path of a picture on this origin. */
  issuerLogo: string | null;
  /** Where to reach the operator of the service: an https address or a mail link. */
  contactUrl: string | null;
  hosts: readonly string[];
  /** Whether a name may be compared with the recipient's. */
  compareNames: boolean;
  samples: readonly Sample[];
  /** Whether the settings came from the service; otherwise they are the defaults. */
  loaded: boolean;
}

/** The defaults if the service does not respond: only Hyperstack's own host is trusted. */
export const defaultConfig: PageConfig = {
  mode: "live",
  issuerLabel: null,
  issuerUrl: null,
  issuerLogo: null,
  contactUrl: null,
  hosts: ["hyperstack.id"],
  compareNames: false,
  samples: [],
  loaded: false,
};

/** Fetches the settings; any failure returns the defaults. */
export async function loadConfig(endpoint: string, timeoutMs: number): Promise<PageConfig> {
  try {
    const response = await fetch(endpoint, {
      headers: { accept: "application/json" },
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) return defaultConfig;
    return parseConfig(await response.json()) ?? defaultConfig;
  } catch {
    return defaultConfig;
  }
}

/** Reads the settings from a JSON value; `null` if they are not valid. */
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
  // Samples are never shown beside real credentials, whatever the service sends.
  return {
    mode,
    issuerLabel: issuerLabel || null,
    issuerUrl: httpsOrNull(json.issuer_url),
    issuerLogo: pathOrNull(json.issuer_logo),
    contactUrl: httpsOrNull(json.contact_url) ?? mailOrNull(json.contact_url),
    hosts,
    compareNames,
    samples: mode === "sandbox" ? parsed : [],
    loaded: true,
  };
}

/** Anything but an https address is ignored: the page works without it. */
function httpsOrNull(url: unknown): string | null {
  return typeof url === "string" && /^https:\/\//i.test(url) && URL.canParse(url) ? url : null;
}

/** A mail link to one address, without headers. */
function mailOrNull(url: unknown): string | null {
  return typeof url === "string" && /^mailto:[\w.+-]+@[a-z0-9.-]+$/i.test(url) ? url : null;
}

/** A path on this origin; two slashes would lead to another. */
function pathOrNull(path: unknown): string | null {
  return typeof path === "string" && /^\/[\w.-]/.test(path) ? path : null;
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
