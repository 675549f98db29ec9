/** A storage node as it introduced itself last. Its id names its data: a new disk needs a new id. */
export type NodeRecord = {
  readonly nodeId: string;
  readonly region: string;
  readonly zone: string;
  /** host:port of its gRPC listener. */
  readonly address: string;
  /** host:port by region of the caller, where it differs. */
  readonly addressByRegion: Readonly<Record<string, string>>;
  /** UUID of the run of its process that registered last. */
  readonly bootId: string;
};

/** Whether two nodes would fail together: the same zone of the same region. */
export function shareZone(a: NodeRecord, b: NodeRecord): boolean {
  return a.region === b.region && a.zone === b.zone;
}

/** Address at which a caller standing in `site` reaches the node. */
export function addressFrom(node: NodeRecord, site: string): string {
  return node.addressByRegion[site] ?? node.address;
}

/** Whether nothing about the node differs; a new run of its process does. */
export function sameNode(a: NodeRecord, b: NodeRecord): boolean {
  return (
    a.bootId === b.bootId &&
    a.region === b.region &&
    a.zone === b.zone &&
    a.address === b.address &&
    sameAddresses(a.addressByRegion, b.addressByRegion)
  );
}

function sameAddresses(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const regions = Object.keys(a);
  return regions.length === Object.keys(b).length && regions.every((region) => a[region] === b[region]);
}
