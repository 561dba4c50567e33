/** Variables that name a proxy for an address, by its scheme. Node reads the lower-case form first. */
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  "https:": ["https_proxy", "HTTPS_PROXY"],
  "http:": ["http_proxy", "HTTP_PROXY"],
};
/** Other programs, Python among them, use these for every address. Node does not read them. */
const FOR_ALL = ["all_proxy", "ALL_PROXY"];

type Variables = Readonly<Record<string, string | undefined>>;

/** Returns whether NO_PROXY exempts a host: "*", the host, or a domain above it. */
function isExempt(env: Variables, host: string): boolean {
  const entries = (env.no_proxy ?? env.NO_PROXY ?? "").split(/[\s,]+/).filter((entry) => entry !== "");
  return entries.some((entry) => {
    const name = entry
      .toLowerCase()
      .replace(/:\d+$/, "")
      .replace(/^\*?\./, "");
    return entry === "*" || host === name || host.endsWith(`.${name}`);
  });
}

/** How this Node can be told to use the variables; undefined when it cannot. */
const canUseProxies = (): boolean =>
  process.allowedNodeEnvironmentFlags.has("--use-env-proxy") ||
  Number.parseInt(process.versions.node, 10) >= 24;

/** Whether this Node uses the variables. They count when Node starts. */
function usesProxies(env: Variables): boolean {
  if (!canUseProxies()) return false;
  const flags = [...process.execArgv, ...(env.NODE_OPTIONS ?? "").split(/\s+/)];
  return env.NODE_USE_ENV_PROXY === "1" || flags.includes("--use-env-proxy");
}

/**
 * Returns what a message about a failed connection says of the proxies in the environment: which one Node uses, or how
 * it is told to use one that it ignores. Undefined when none is set for the address.
 */
export function proxyNote(env: Variables, endpoint: string): string | undefined {
  const { protocol, hostname } = new URL(endpoint);
  const isSet = (name: string): boolean => (env[name]?.trim() ?? "") !== "";
  const own = VARIABLES[protocol]?.find(isSet);
  const name = own ?? FOR_ALL.find(isSet);
  if (name === undefined || isExempt(env, hostname)) return undefined;
  if (own !== undefined && usesProxies(env)) return `Node uses the proxy of ${own}`;
  const { node } = process.versions;
  const remedies = [
    ...(own === undefined ? [`set ${VARIABLES[protocol]?.at(-1)} to that proxy`] : []),
    ...(usesProxies(env) ? [] : ["set NODE_USE_ENV_PROXY=1"]),
  ];
  const remedy = canUseProxies() ? "" : "use Node 22.21 or newer, and there ";
  return `${name} is set but Node ${node} ignores it; ${remedy}${remedies.join(" and ")}`;
}
