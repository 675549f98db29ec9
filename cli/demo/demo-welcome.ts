import type { ClusterPlan } from "../cluster/cluster-plan.ts";

/**
 * What the demo prints when it runs: where everything is, and commands to copy.
 * @param issuer one with headroom left, for the commands
 */
export function renderWelcome(
  { endpoints, opsAddresses }: ClusterPlan,
  directory: string,
  issuer: string,
): string {
  const [region] = Object.keys(endpoints);
  const endpoint = endpoints[region];
  const ops = opsAddresses[`router-${region}`];
  const routers = Object.entries(endpoints).map(
    ([name, address]) =>
      `  ${name.padEnd(10)} gRPC ${address}   HTTP http://${opsAddresses[`router-${name}`]}`,
  );
  const service = "harborpoint.reservation.v1.ReservationService";
  return `Routers
${routers.join("\n")}
Data and logs in ${directory}

Try
  npx harborpoint status --endpoint ${endpoint}
  npx harborpoint shard list --endpoint ${endpoint}
  npx harborpoint issuer locate ${issuer} --endpoint ${endpoint}
  npx harborpoint reserve ${issuer} 250000 --desk MAD-GOV --endpoint ${endpoint}
  curl -s http://${ops}/${service}/GetExposure -H 'content-type: application/json' -d '{"issuerId":"${issuer}"}'
  curl -s http://${ops}/metrics
`;
}
